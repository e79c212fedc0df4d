// How old a camera's frames are when they are handed over, with the time painted into the picture as black and white
// blocks. Two modes:
//   faceatt-bench-lag paint WIDTH HEIGHT FPS          raw BGR frames on stdout, for ffmpeg to encode and serve
//   faceatt-bench-lag read SOURCE SECONDS [WORK_MS]   reads them with Sources, taking WORK_MS (20) for each; prints
// The clock is the machine's monotonic one: both run on the same machine.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "faceatt/vision/sources.hpp"

namespace {

using namespace faceatt;
using Clock = std::chrono::steady_clock;

constexpr int kBlock = 32;  // pixels
constexpr int kBits = 16;   // milliseconds, modulo 65.536 s

std::uint16_t now_ms() {
  return static_cast<std::uint16_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count());
}

cv::Rect block(int bit) { return {bit % 8 * kBlock, bit / 8 * kBlock, kBlock, kBlock}; }

int paint(int width, int height, int fps) {
  cv::Mat image(height, width, CV_8UC3);
  auto due = Clock::now();
  for (int n = 0;; ++n) {
    image.setTo(cv::Scalar(n % 200, 100, 255 - n % 200));
    const auto time = now_ms();
    for (int bit = 0; bit < kBits; ++bit) image(block(bit)).setTo((time >> bit & 1) != 0 ? 255 : 0);
    if (std::fwrite(image.data, 1, image.total() * 3, stdout) != image.total() * 3) return 0;
    std::fflush(stdout);
    due += std::chrono::nanoseconds(1'000'000'000 / fps);
    std::this_thread::sleep_until(due);
  }
}

int read(const std::string& spec, double seconds, int work_ms) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto begin = Clock::now();
  Sources sources({parse_source_spec(spec)});
  const auto opened = Clock::now();
  const auto end = opened + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<int> lags;
  double first_frame = 0;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    const SourceEvent event = sources.next(std::min(end, now + std::chrono::seconds(1)));
    if (event.kind != SourceEvent::Kind::kFrame) {
      if (event.kind != SourceEvent::Kind::kIdle)
        fmt::print("{} {}\n", event.kind == SourceEvent::Kind::kLost ? "lost" : "back", event.reason);
      continue;
    }
    if (first_frame == 0) first_frame = std::chrono::duration<double>(Clock::now() - begin).count();
    unsigned time = 0;
    for (int bit = 0; bit < kBits; ++bit) {
      const cv::Rect area = block(bit);
      const auto& pixel = event.frame.image.at<cv::Vec3b>(area.y + kBlock / 2, area.x + kBlock / 2);
      time |= (pixel[1] > 127 ? 1U : 0U) << bit;
    }
    if (Clock::now() - opened > std::chrono::seconds(1)) lags.push_back(static_cast<std::uint16_t>(now_ms() - time));
    std::this_thread::sleep_for(std::chrono::milliseconds(work_ms));
  }
  if (lags.empty()) {
    fmt::print("no frames\n");
    return 1;
  }
  std::sort(lags.begin(), lags.end());
  fmt::print(
      "opened after {:.2f} s, first frame {:.2f} s; {} frames, lag median {} ms, 99 % {} ms, worst {} ms, dropped {}\n",
      std::chrono::duration<double>(opened - begin).count(), first_frame, lags.size(), lags[lags.size() / 2],
      lags[lags.size() * 99 / 100], lags.back(), sources.dropped(0));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 4 && arguments[0] == "paint") {
    return paint(std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
  }
  if (arguments.size() >= 3 && arguments[0] == "read") {
    return read(arguments[1], std::atof(argv[3]), arguments.size() > 3 ? std::atoi(argv[4]) : 20);
  }
  fmt::print(stderr, "usage: faceatt-bench-lag paint WIDTH HEIGHT FPS | read SOURCE SECONDS [WORK_MS]\n");
  return 2;
}
