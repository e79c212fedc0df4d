#include "faceatt/vision/video.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <opencv2/videoio.hpp>
#include <optional>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr double kFolderFrameRate = 10;   // frames per second given to a folder of images
constexpr double kAssumedFrameRate = 25;  // of a clip that does not tell

Error cannot_open(const std::string& name, const std::string& why) {
  return Error(ErrorCode::kCannotRun, fmt::format("{}: {}", name, why));
}

class FolderSource final : public FrameSource {
 public:
  explicit FolderSource(const std::string& folder) : name_(folder) {
    std::vector<std::filesystem::path> unreadable;
    photos_ = photos_in(folder, unreadable);
    if (!unreadable.empty()) throw cannot_open(unreadable.front().string(), "folder cannot be read");
    if (photos_.empty()) throw cannot_open(folder, "no photos in this folder");
  }
  bool next(Frame& frame) override {
    if (next_ == photos_.size()) return false;
    const std::size_t index = next_++;  // also past an image that cannot be read
    frame = read_photo(photos_[index]);
    frame.index = static_cast<std::int64_t>(index);
    frame.seconds = static_cast<double>(index) / kFolderFrameRate;
    return true;
  }
  bool is_live() const override { return false; }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  std::vector<std::filesystem::path> photos_;
  std::size_t next_ = 0;
};

class CaptureSource final : public FrameSource {
 public:
  CaptureSource(const std::string& spec, std::optional<int> device) : live_(device || is_stream(spec)) {
    silence_opencv();
    ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
    name_ = device ? "camera" + std::to_string(*device) : without_password(spec);
    try {
      const StderrCapture capture;
      if (device) {
        video_.open(*device, cv::CAP_V4L2);
      } else {
        video_.open(spec, cv::CAP_FFMPEG);
      }
    } catch (const cv::Exception&) {
      video_.release();
    }
    if (!video_.isOpened()) {
      throw cannot_open(name_, device  ? "no such camera, or it is in use (see /dev/video*)"
                               : live_ ? "the stream cannot be opened"
                                       : "not a video that can be read");
    }
    const double rate = video_.get(cv::CAP_PROP_FPS);
    rate_ = rate > 0.5 && rate < 1000 ? rate : kAssumedFrameRate;
  }

  bool next(Frame& frame) override {
    cv::Mat image;
    try {
      if (!video_.read(image) || image.empty()) return false;
    } catch (const cv::Exception&) {
      return false;
    }
    frame.image = std::move(image);
    frame.index = count_++;
    frame.source = name_;
    frame.seconds = seconds_of(frame.index);
    last_ = frame.seconds;
    return true;
  }
  bool is_live() const override { return live_; }
  const std::string& name() const override { return name_; }

 private:
  static bool is_stream(const std::string& spec) {
    return spec.find("://") != std::string::npos && !spec.starts_with("file://");
  }

  double seconds_of(std::int64_t index) {
    if (live_) {
      const auto now = std::chrono::steady_clock::now();
      if (index == 0) start_ = now;
      return std::chrono::duration<double>(now - start_).count();
    }
    // The container's time stamp where it makes sense, else the nominal rate.
    const double stamp = video_.get(cv::CAP_PROP_POS_MSEC) / 1000;
    const double nominal = static_cast<double>(index) / rate_;
    if (index == 0) return 0;
    return stamp > last_ && stamp < last_ + 10 ? stamp : std::max(nominal, last_ + 0.5 / rate_);
  }

  std::string name_;
  bool live_;
  cv::VideoCapture video_;
  double rate_ = kAssumedFrameRate;
  std::int64_t count_ = 0;
  double last_ = 0;
  std::chrono::steady_clock::time_point start_;
};

}  // namespace

std::string without_password(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return url;
  const auto begin = scheme + 3;
  const std::string rest = url.substr(begin, url.find('?', begin) - begin);  // a query may hold a password too
  // A password may hold a '/' that should have been escaped: then what stands before it is no host and port.
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto colon = rest.find(':');
  const bool has_port = colon < slash && rest.find_first_not_of("0123456789", colon + 1) >= slash && colon + 1 < slash;
  const bool plain = rest.find('@') < slash || colon >= slash || has_port;
  const auto at = plain ? rest.find_last_of('@', slash) : rest.rfind('@');
  return url.substr(0, begin) + (at == std::string::npos || (plain && at > slash) ? rest : rest.substr(at + 1));
}

std::unique_ptr<FrameSource> FrameSource::create(const std::string& spec) {
  int device = 0;
  const char* const end = spec.data() + spec.size();
  const auto [rest, error] = std::from_chars(spec.data(), end, device);
  if (error == std::errc{} && rest == end && device >= 0) return std::make_unique<CaptureSource>(spec, device);
  if (spec.find("://") == std::string::npos) {
    std::error_code failure;
    const auto status = std::filesystem::status(spec, failure);
    if (!std::filesystem::exists(status)) throw cannot_open(spec, "no such file, folder or camera");
    if (std::filesystem::is_directory(status)) return std::make_unique<FolderSource>(spec);
  }
  return std::make_unique<CaptureSource>(spec, std::nullopt);
}

}  // namespace faceatt
