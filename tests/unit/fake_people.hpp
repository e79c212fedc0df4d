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
    return [this](const std::filesystem::path& photo) {
      read.push_back(photo.filename().string());
      Portrait portrait;
      const std::string text = slurp(photo);
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

inline GalleryPhoto photo_of(Encoding encoding) {
  GalleryPhoto photo;
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

}  // namespace faceatt::test
