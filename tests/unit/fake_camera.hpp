// Sources that do what a test wants, for Camera and Sources.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/video.hpp"

namespace faceatt::test {

inline void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// A picture that differs from that of every other number.
inline cv::Mat numbered(std::int64_t number) {
  cv::Mat image(48, 64, CV_8UC3);
  for (int i = 0; i < image.rows * image.cols; ++i) {
    image.at<cv::Vec3b>(i) = cv::Vec3b::all(static_cast<unsigned char>(30 + (i * 7 + number * 13) % 200));
  }
  return image;
}

// What grab() and retrieve() do is up to `script`: called with the number of the frame; false ends it.
class FakeSource final : public FrameSource {
 public:
  using Script = std::function<bool(std::int64_t number, Frame& frame)>;
  explicit FakeSource(Script script, double rate = 25) : script_(std::move(script)), rate_(rate) {}

  bool grab() override {
    ++number_;
    frame_ = {};
    return script_(number_, frame_);
  }
  double seconds() const override { return static_cast<double>(number_) / rate_; }
  bool retrieve(Frame& frame) override {
    if (frame_.source == "throw") throw Error(ErrorCode::kInput, "unreadable");
    if (frame_.image.empty()) return false;
    frame = frame_;
    frame.index = number_;
    frame.seconds = seconds();
    return true;
  }
  bool is_live() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  Script script_;
  double rate_;
  std::int64_t number_ = -1;
  Frame frame_;
  std::string name_ = "fake";
};

// A frame each `ms`, `count` of them.
inline std::unique_ptr<FrameSource> steady(int ms, std::int64_t count = 1'000'000) {
  return std::make_unique<FakeSource>([=](std::int64_t number, Frame& frame) {
    if (ms > 0) sleep_ms(ms);
    frame.image = numbered(number);
    return number < count;
  });
}

}  // namespace faceatt::test
