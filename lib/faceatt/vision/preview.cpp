#include "faceatt/vision/preview.hpp"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr double kInterval = 1;  // seconds
constexpr int kMaxSide = 1280;   // pixels
constexpr int kJpegQuality = 80;

}  // namespace

Preview::Preview(std::filesystem::path path) : path_(std::move(path)) {
  const std::string type = lower_ascii(path_.extension().string());
  if (type != ".jpg" && type != ".jpeg") throw UsageError(path_.string() + ": a preview is a .jpg file");
}

std::optional<std::string> Preview::offer(const cv::Mat& image, double seconds) {
  if (tried_ && seconds >= *tried_ && seconds < *tried_ + kInterval) return std::nullopt;
  tried_ = seconds;
  cv::Mat small = image;
  if (const int longer = std::max(image.cols, image.rows); longer > kMaxSide) {
    const double scale = static_cast<double>(kMaxSide) / longer;
    const auto side = [&](int length) { return std::max(1, static_cast<int>(length * scale)); };
    cv::resize(image, small, {side(image.cols), side(image.rows)}, 0, 0, cv::INTER_AREA);
  }
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", small, bytes, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  try {
    publish_file(path_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    failing_ = false;
  } catch (const std::system_error& e) {
    if (!std::exchange(failing_, true)) return path_.string() + ": " + e.code().message();
  }
  return std::nullopt;
}

}  // namespace faceatt
