// What the accuracy benches share: a list of photos, the face that each is of, and encodings of all of them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/threads.hpp"

namespace faceatt::bench {

struct Photo {
  std::string role, id;
  std::filesystem::path file;
};

inline std::vector<Photo> read_list(const std::filesystem::path& list) {
  const std::string text = read_file(list, 100u << 20);
  CsvReader reader(text);
  const auto header = reader.next();
  const auto column = [&](const char* name) {
    const auto at = std::find(header->cells.begin(), header->cells.end(), name);
    if (at == header->cells.end()) throw std::runtime_error(fmt::format("{}: no column '{}'", list.string(), name));
    return static_cast<std::size_t>(at - header->cells.begin());
  };
  const std::size_t role = column("role"), id = column("id"), file = column("file");
  std::vector<Photo> photos;
  while (const auto row = reader.next()) {
    photos.push_back({row->cells.at(role), row->cells.at(id), list.parent_path() / row->cells.at(file)});
  }
  return photos;
}

// LFW's rule: the photo is of the face nearest to its middle.
inline std::optional<Face> middle_face(const Frame& frame, const std::vector<Face>& faces) {
  const auto off = [&](const Face& face) {
    const Point centre = face.box.centre();
    return std::hypot(centre.x - static_cast<float>(frame.image.cols) / 2,
                      centre.y - static_cast<float>(frame.image.rows) / 2);
  };
  const auto nearest =
      std::min_element(faces.begin(), faces.end(), [&](const Face& a, const Face& b) { return off(a) < off(b); });
  return nearest == faces.end() ? std::nullopt : std::optional(*nearest);
}

using EncodingWork = OrderedWork<std::size_t, Encoding>;

// Encodings of photos 0..count-1, empty where no face was found.
template <typename MakeWorker>
std::vector<Encoding> encode_all(std::size_t count, const MakeWorker& make_worker) {
  std::vector<Encoding> encodings;
  std::size_t given = 0;
  const ThreadsPerCall one_thread(1);
  EncodingWork::run(
      core_count(), [&] { return given < count ? std::optional(given++) : std::nullopt; }, make_worker,
      [&](const std::size_t&, Encoding&& encoding) { encodings.push_back(std::move(encoding)); });
  return encodings;
}

}  // namespace faceatt::bench
