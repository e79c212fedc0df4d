// People without pictures: a "photo" is a text file with the numbers of its encoding, or why it cannot be used.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "helpers.hpp"

namespace faceatt::test {

inline Encoding unit(Encoding values) {
  normalise(values);
  return values;
}

// Reads "1 0 0" (the encoding, scaled to length 1) or "bad REASON".
struct FakeReader {
  std::vector<std::string> read;  // file names, in order

  PortraitReader reader() {
    return [this](const std::filesystem::path& photo, const std::string& text) {
      read.push_back(photo.filename().string());
      Portrait portrait;
      if (text.starts_with("bad ")) {
        portrait.problem = text.substr(4);
        portrait.quality = 5;
        return portrait;
      }
      std::istringstream in(text);
      for (float value = 0; in >> value;) portrait.encoding.push_back(value);
      normalise(portrait.encoding);
      portrait.quality = 80;
      return portrait;
    };
  }
};

inline NewPhoto photo_of(Encoding encoding) {
  NewPhoto photo;
  photo.portrait.encoding = unit(std::move(encoding));
  photo.portrait.quality = 80;
  return photo;
}

// People with one photo each.
inline Gallery gallery_of(const std::vector<std::pair<std::string, Encoding>>& people) {
  Gallery gallery;
  for (const auto& [id, encoding] : people) gallery.add(id, "Name of " + id, photo_of(encoding));
  return gallery;
}

// Highest similarity of each person to the probe, in the order of people(); -1 for people without usable photos.
inline std::vector<float> scores(const Gallery& gallery, const Encoding& probe) {
  std::vector<float> best(gallery.people().size(), -1.0F);
  const auto nearest = gallery.nearest({&probe, 1}, best.size());
  for (const auto& candidate : nearest[0].expected) {
    best[static_cast<std::size_t>(candidate.person - gallery.people().data())] = static_cast<float>(candidate.score);
  }
  return best;
}

}  // namespace faceatt::test
