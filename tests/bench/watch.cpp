// What a frame of a clip costs: decoding alone, decoding and detection in every frame, and all that faceatt-watch does.
// usage: faceatt-bench-watch MODELS CLIP...
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "faceatt/core/parallel.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/sources.hpp"
#include "faceatt/vision/threads.hpp"
#include "row.hpp"

namespace {

using namespace faceatt;
using Clock = std::chrono::steady_clock;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Returns milliseconds of the processor per frame; `beside` are those of something else, to compare with.
double measure(const std::string& clip, const char* what, const std::function<void(const Frame&)>& work,
               double beside = 0) {
  Sources sources({parse_source_spec(clip)});
  const double cpu = cpu_seconds();
  const auto begin = Clock::now();
  int frames = 0;
  while (true) {
    const SourceEvent event = sources.next(Clock::now() + std::chrono::seconds(60));
    if (event.kind == SourceEvent::Kind::kEnd) break;
    if (event.kind != SourceEvent::Kind::kFrame) continue;
    work(event.frame);
    ++frames;
  }
  const double wall = std::chrono::duration<double>(Clock::now() - begin).count();
  const double ms = 1000 * (cpu_seconds() - cpu) / frames;
  bench::print_row(fmt::format("{}: {}", std::filesystem::path(clip).stem().string(), what),
                   fmt::format("{:.1f} ms, {:.0f} frames/s", ms, frames / wall),
                   beside > 0 ? fmt::format("detection in every frame: {:.1f} ms", beside) : "",
                   beside > 0 ? fmt::format("{:.1f}", beside / ms) : "");
  return ms;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: faceatt-bench-watch MODELS CLIP...\n");
    return 2;
  }
  const ThreadsPerCall one_thread(1);  // as faceatt-watch
  Stages stages({argv[1], "yunet", ""});
  stages.eyes();
  stages.encoder();
  const Gallery nobody;
  for (const std::string& clip : std::vector<std::string>(argv + 2, argv + argc)) {
    measure(clip, "decoding", [](const Frame&) {});
    const double detection =
        measure(clip, "decoding and detection", [&](const Frame& frame) { stages.video_detector().detect(frame); });
    WatchOptions options;
    options.rule = match_rule(stages.encoder_model(), "normal", {});
    options.threads = options.follow.threads = static_cast<int>(std::min<std::size_t>(core_count(), 4));
    Watcher watcher(watch_stages(stages), nobody, options);
    measure(
        clip, "all that faceatt-watch does",
        [&](const Frame& frame) { watcher.process(frame, [](const WatchEvent&) {}); }, detection);
  }
}
