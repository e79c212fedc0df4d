// The latest picture as a file, for a web page, a desktop or whoever wants to see whether the camera still looks right.
#pragma once

#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

namespace faceatt {

// One thread at a time.
class Preview {
 public:
  // Touches nothing yet. Throws UsageError unless the name ends in .jpg or .jpeg.
  explicit Preview(std::filesystem::path path);

  // Replaces the file with `image` (8-bit BGR; scaled down to 1280 pixels of the longer side) unless one was written
  // less than a second of frame time ago. Whoever opens it finds a whole picture; only its owner may (0600). Nothing is
  // synced. Returns why it cannot be written, once until it can be again; every second is another try. Takes 5 ms for
  // 720p.
  std::optional<std::string> offer(const cv::Mat& image, double seconds);

 private:
  std::filesystem::path path_;
  std::optional<double> tried_;  // seconds of the last try
  bool failing_ = false;
};

}  // namespace faceatt
