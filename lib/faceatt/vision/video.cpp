#include "faceatt/vision/video.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <opencv2/videoio.hpp>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/quiet.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "faceatt/vision/stream.hpp"

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
  bool grab() override {
    if (grabbed_ == photos_.size()) return false;
    ++grabbed_;
    return true;
  }
  double seconds() const override { return static_cast<double>(index()) / kFolderFrameRate; }
  bool retrieve(Frame& frame) override {
    frame = read_photo(photos_.at(grabbed_ - 1));
    frame.index = index();
    frame.seconds = seconds();
    return true;
  }
  bool is_live() const override { return false; }
  const std::string& name() const override { return name_; }

 private:
  std::int64_t index() const { return static_cast<std::int64_t>(grabbed_) - 1; }

  std::string name_;
  std::vector<std::filesystem::path> photos_;
  std::size_t grabbed_ = 0;
};

// What OpenCV opens: devices and video files.
class CaptureSource final : public FrameSource {
 public:
  explicit CaptureSource(const std::string& spec) : name_(source_name(spec)), live_(is_live_spec(spec)) {
    silence_opencv();
    try {
      if (live_) {
        open_device(spec);
      } else {
        ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
        const StderrCapture capture;
        video_.open(spec, cv::CAP_FFMPEG);
      }
    } catch (const cv::Exception&) {
      video_.release();
    }
    if (!video_.isOpened()) {
      if (live_) throw cannot_open(name_, "no such camera, or it is in use (see /dev/video*)");
      const bool is_closed = ::access(spec.c_str(), R_OK) != 0;
      throw cannot_open(name_, is_closed ? errno_text(errno) : "not a video that can be read");
    }
    const double rate = video_.get(cv::CAP_PROP_FPS);
    rate_ = rate > 0.5 && rate < 1000 ? rate : kAssumedFrameRate;
  }

  bool grab() override {
    try {
      if (!video_.grab()) return false;
    } catch (const cv::Exception&) {
      return false;
    }
    grabbed_ = std::chrono::steady_clock::now();
    if (count_++ == 0) start_ = grabbed_;
    seconds_ = next_seconds();
    return true;
  }
  double seconds() const override { return seconds_; }

  bool retrieve(Frame& frame) override {
    cv::Mat image;
    try {
      if (!video_.retrieve(image) || image.empty()) return false;
    } catch (const cv::Exception&) {
      return false;
    }
    frame.image = std::move(image);
    frame.index = count_ - 1;
    frame.source = name_;
    frame.seconds = seconds_;
    frame.grabbed = live_ ? grabbed_ : std::chrono::steady_clock::time_point{};
    return true;
  }
  bool is_live() const override { return live_; }
  const std::string& name() const override { return name_; }

 private:
  // Not under a StderrCapture: others would wait for a device that hangs.
  void open_device(const std::string& spec) {
    const int device = device_number(spec);
    if (!(device >= 0 ? video_.open(device, cv::CAP_V4L2) : video_.open(spec, cv::CAP_V4L2))) return;
    // Compressed pictures, where there are any, for USB's sake; and never an old frame.
    video_.set(cv::CAP_PROP_FOURCC, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'));
    video_.set(cv::CAP_PROP_BUFFERSIZE, 1);
  }

  double next_seconds() {
    if (live_) return std::chrono::duration<double>(grabbed_ - start_).count();
    // The container's time stamp where it makes sense, else the nominal rate.
    const double stamp = video_.get(cv::CAP_PROP_POS_MSEC) / 1000;
    const double nominal = static_cast<double>(count_ - 1) / rate_;
    if (count_ == 1) return 0;
    return stamp > seconds_ && stamp < seconds_ + 10 ? stamp : std::max(nominal, seconds_ + 0.5 / rate_);
  }

  std::string name_;
  bool live_;
  cv::VideoCapture video_;
  double rate_ = kAssumedFrameRate;
  std::int64_t count_ = 0;  // grabbed
  double seconds_ = 0;
  std::chrono::steady_clock::time_point start_, grabbed_;
};

}  // namespace

std::unique_ptr<FrameSource> FrameSource::create(const std::string& spec, std::stop_token stop) {
  if (is_live_spec(spec)) {
    if (spec.find("://") != std::string::npos) return open_stream(spec, std::move(stop));
    return std::make_unique<CaptureSource>(spec);
  }
  if (spec.find("://") == std::string::npos) {
    std::error_code failure;
    const auto status = std::filesystem::status(spec, failure);
    if (!std::filesystem::exists(status)) throw cannot_open(spec, "no such file, folder or camera");
    if (std::filesystem::is_directory(status)) return std::make_unique<FolderSource>(spec);
  }
  return std::make_unique<CaptureSource>(spec);
}

}  // namespace faceatt
