// A picture in memory. The only public header of the library, with face.hpp's users, that shows an OpenCV type.
#pragma once

#include <chrono>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

#include "faceatt/core/time.hpp"

namespace faceatt {

struct Frame {
  cv::Mat image;                                    // 8-bit BGR (CV_8UC3), upright: EXIF orientation is already applied
  double seconds = 0;                               // since the first frame of the source; 0 for a photo
  std::int64_t index = 0;                           // 0-based position in the source
  std::string source;                               // file as given, or camera name
  std::chrono::steady_clock::time_point grabbed{};  // when a live frame was received; default for files
  std::optional<LocalTime> taken;                   // of photos, by the camera's clock: EXIF, where it has a date
};

}  // namespace faceatt
