// How old a camera's frames are when they are handed over, with the time painted into the picture as black and white
// blocks. Two modes:
//   faceatt-bench-lag paint CLIP FPS                raw BGR frames of the clip, over and over, for ffmpeg to serve
//   faceatt-bench-lag read SOURCE SECONDS MODELS    does with them what faceatt-watch does; prints the lag afterwards
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

#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/sources.hpp"
#include "faceatt/vision/threads.hpp"
#include "row.hpp"

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

int paint(const std::string& clip, int fps) {
  auto due = Clock::now();
  while (true) {
    Frame frame;
    for (const auto source = FrameSource::create(clip); source->next(frame);) {
      cv::Mat image = frame.image.clone();
      const auto time = now_ms();
      for (int bit = 0; bit < kBits; ++bit) image(block(bit)).setTo((time >> bit & 1) != 0 ? 255 : 0);
      if (std::fwrite(image.data, 1, image.total() * 3, stdout) != image.total() * 3) return 0;
      std::fflush(stdout);
      due += std::chrono::nanoseconds(1'000'000'000 / fps);
      std::this_thread::sleep_until(due);
    }
  }
}

void print(std::vector<int> lags, const char* of) {
  std::sort(lags.begin(), lags.end());
  bench::print_row(fmt::format("from painting a frame to the end of its work, {} {} frames", of, lags.size()),
                   fmt::format("median {} ms, 99 % {} ms, worst {} ms", lags[lags.size() / 2],
                               lags[lags.size() * 99 / 100], lags.back()));
}

int read(const std::string& spec, double seconds, const std::string& models) {
  const ThreadsPerCall one_thread(1);
  Stages stages({models, "yunet", ""});
  const Gallery nobody;
  WatchOptions options;
  options.rule = match_rule(stages.encoder_model(), "normal", {});
  options.follow.is_live = true;
  Watcher watcher(watch_stages(stages), nobody, options);
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
        fmt::print(stderr, "{} {}\n", event.kind == SourceEvent::Kind::kLost ? "lost" : "back", event.reason);
      continue;
    }
    if (first_frame == 0) first_frame = std::chrono::duration<double>(Clock::now() - begin).count();
    unsigned time = 0;
    for (int bit = 0; bit < kBits; ++bit) {
      const cv::Rect area = block(bit);
      const auto& pixel = event.frame.image.at<cv::Vec3b>(area.y + kBlock / 2, area.x + kBlock / 2);
      time |= (pixel[1] > 127 ? 1U : 0U) << bit;
    }
    watcher.process(event.frame, [](const WatchEvent&) {});
    if (Clock::now() - opened > std::chrono::seconds(1)) lags.push_back(static_cast<std::uint16_t>(now_ms() - time));
  }
  if (lags.empty()) {
    fmt::print(stderr, "no frames\n");
    return 1;
  }
  bench::print_row("first frame of a network camera after", fmt::format("{:.2f} s", first_frame),
                   fmt::format("frames left out: {}", sources.dropped(0)));
  print(lags, "all");
  print({lags.end() - std::min<std::ptrdiff_t>(300, std::ssize(lags)), lags.end()}, "the last");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 3 && arguments[0] == "paint") return paint(arguments[1], std::atoi(argv[3]));
  if (arguments.size() == 4 && arguments[0] == "read") return read(arguments[1], std::atof(argv[3]), arguments[3]);
  fmt::print(stderr, "usage: faceatt-bench-lag paint CLIP FPS | read SOURCE SECONDS MODELS\n");
  return 2;
}
