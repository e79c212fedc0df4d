// Stage: file -> Frame, for still pictures.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"

namespace faceatt {

struct PhotoLimits {
  std::uint64_t max_bytes = 200u << 20;    // of the file
  std::uint64_t max_pixels = 150'000'000;  // decoded; checked in the header, before memory is taken
};

// An Error(kInput): the picture is empty, damaged or cut short. It may still be on its way here.
class DamagedPhoto : public Error {
 public:
  explicit DamagedPhoto(const std::string& message) : Error(ErrorCode::kInput, message) {}
};

// Reads JPEG, PNG, WebP, TIFF and BMP in any bit depth and colour space that OpenCV decodes. EXIF orientation is
// applied, the EXIF time is Frame::taken. Throws Error(kInput) "PATH: reason" when the file is missing, of another
// kind or too large, DamagedPhoto when it is empty, damaged or cut short.
Frame read_photo(const std::filesystem::path& path, const PhotoLimits& limits = {});

// The same for a file's bytes; `name` is what messages call it.
Frame decode_photo(const std::string& bytes, const std::string& name, const PhotoLimits& limits = {});

// The part of the frame inside `part` as JPEG of quality 95. Throws Error(kInput) when no pixel lies there.
std::string encode_jpeg(const Frame& frame, const Box& part);

// All photos at `path`: itself when it is not a folder, else those inside it and its subfolders, sorted by path; dot
// files and dot folders are left out, links to folders are not followed. `unreadable` gets the folders that could not
// be opened.
std::vector<std::filesystem::path> photos_in(const std::filesystem::path& path,
                                             std::vector<std::filesystem::path>& unreadable);

}  // namespace faceatt
