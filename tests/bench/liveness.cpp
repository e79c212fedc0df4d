// Presentation attacks made from live clips, and the live clips themselves, as faceatt-watch judges them. Prints
// Markdown tables for docs/liveness.md.
// usage: faceatt-bench-liveness [-v] [-s SPECIES] [-n ATTACKS] [-o DIR] MODELS CLIP...
//   -n  attacks of each species from each clip; -o  a picture of each attack, to look at; -v  a line for each attack
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>

#include "attacks.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/threads.hpp"
#include "faceatt/vision/video.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;

constexpr double kSeconds = 7;  // of each clip
constexpr int kMostSide = 640;

bench::Recording read(const std::string& clip, Stages& stages) {
  bench::Recording recording;
  const auto source = FrameSource::create(clip);
  Frame frame;
  double last = 0;
  while (source->next(frame) && frame.seconds <= kSeconds) {
    last = frame.seconds;
    const double scale = std::min(1.0, static_cast<double>(kMostSide) / std::max(frame.image.cols, frame.image.rows));
    cv::Mat small;
    cv::resize(frame.image, small, {}, scale, scale, cv::INTER_AREA);
    frame.image = small;
    const auto faces = stages.video_detector().detect(frame);
    cv::Rect left, right;
    if (!faces.empty()) {
      const auto& p = faces.front().landmarks;
      const auto side = static_cast<int>(0.55F * p.inter_ocular());
      const auto round = [&](Point eye) {
        return cv::Rect(static_cast<int>(eye.x) - side / 2, static_cast<int>(eye.y) - side / 4, side, side / 2);
      };
      left = round(p.left_eye);
      right = round(p.right_eye);
    }
    recording.left_eyes.push_back(left);
    recording.right_eyes.push_back(right);
    recording.frames.push_back(small);
  }
  recording.fps = static_cast<double>(recording.frames.size() - 1) / std::max(0.1, last);
  return recording;
}

// The track of most frames; live when any was live at any moment, for then it would have been marked.
LivenessResult judge(const std::vector<cv::Mat>& frames, double fps, Stages& stages, LivenessMode mode) {
  static const Gallery nobody;
  WatchOptions options;
  options.rule = match_rule(stages.encoder_model(), "normal", {});
  options.liveness = mode;
  Watcher watcher(watch_stages(stages), nobody, options);
  int most = 0;
  LivenessResult verdict;
  verdict.verdict = LivenessVerdict::kUnsure;
  std::optional<LivenessResult> passed;
  const auto sink = [&](const WatchEvent& event) {
    if (event.kind != WatchEvent::Kind::kTrackEnd || event.frames <= most) return;
    most = event.frames;
    verdict = event.liveness;
  };
  Frame frame;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    frame.image = frames[i];
    frame.seconds = static_cast<double>(i) / fps;
    watcher.process(frame, sink);
    for (const WatchedFace& face : watcher.watched()) {
      if (!passed && face.liveness.verdict == LivenessVerdict::kLive) passed = face.liveness;
    }
  }
  watcher.finish(sink);
  return passed.value_or(verdict);
}

// Clopper and Pearson's exact interval of 95 % for `hits` of `count`: each end is where the other tail of the binomial
// distribution is 2.5 %.
std::pair<double, double> exact_interval(int hits, int count) {
  const auto at_most = [&](int k, double p) {  // P(X <= k)
    double sum = 0;
    for (int i = 0; i <= k; ++i) {
      const double log_choose = std::lgamma(count + 1) - std::lgamma(i + 1) - std::lgamma(count - i + 1);
      sum += std::exp(log_choose + i * std::log(p) + (count - i) * std::log1p(-p));
    }
    return sum;
  };
  const auto solve = [&](const auto& is_low) {
    double low = 0, high = 1;
    for (int i = 0; i < 60; ++i) (is_low((low + high) / 2) ? low : high) = (low + high) / 2;
    return low;
  };
  return {hits == 0 ? 0 : solve([&](double p) { return 1 - at_most(hits - 1, p) < 0.025; }),
          hits == count ? 1 : solve([&](double p) { return at_most(hits, p) > 0.025; })};
}

struct Counts {
  int live = 0, unsure = 0, spoof = 0;
  int all() const { return live + unsure + spoof; }
  void add(LivenessVerdict verdict) {
    ++(verdict == LivenessVerdict::kLive ? live : verdict == LivenessVerdict::kSpoof ? spoof : unsure);
  }
};

std::string rate(int hits, int count) {
  const auto [low, high] = exact_interval(hits, count);
  return fmt::format("{:.1f} % ({:.1f} to {:.1f})", 100.0 * hits / count, 100 * low, 100 * high);
}

}  // namespace

int main(int argc, char** argv) {
  bool verbose = false;
  std::string only;
  std::uint32_t each = 7;
  fs::path pictures;
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "-v") {
      verbose = true;
    } else if (word == "-s" && i + 1 < argc) {
      only = argv[++i];
    } else if (word == "-n" && i + 1 < argc) {
      each = static_cast<std::uint32_t>(std::stoul(argv[++i]));
    } else if (word == "-o" && i + 1 < argc) {
      pictures = argv[++i];
    } else {
      arguments.push_back(word);
    }
  }
  if (arguments.size() < 2) {
    fmt::print(stderr, "usage: faceatt-bench-liveness [-v] [-s SPECIES] [-n ATTACKS] [-o DIR] MODELS CLIP...\n");
    return 2;
  }
  const ThreadsPerCall one_thread(1);
  Stages stages({arguments[0], "yunet", ""});
  constexpr std::array kModes = {LivenessMode::kBlink, LivenessMode::kPassive, LivenessMode::kBoth};
  std::map<std::string, std::array<Counts, 3>> counts;
  for (std::size_t c = 1; c < arguments.size(); ++c) {
    const std::string name = fs::path(arguments[c]).stem().string();
    const bench::Recording live = read(arguments[c], stages);
    for (std::size_t m = 0; m < kModes.size(); ++m) {
      const auto result = judge(live.frames, live.fps, stages, kModes[m]);
      counts["live"][m].add(result.verdict);
      if (verbose) fmt::print("{} live: {} {:.2f} {}\n", name, name_of(result.verdict), result.score, result.reason);
    }
    for (const bench::Species& species : bench::all_species()) {
      if (!only.empty() && only != species.name) continue;
      for (std::uint32_t n = 0; n < each; ++n) {
        const auto frames = bench::present(live, species.name, static_cast<std::uint32_t>(1000 * c + n));
        if (!pictures.empty()) {
          cv::imwrite(pictures / fmt::format("{}-{}-{}.jpg", species.name, name, n), frames[frames.size() / 2]);
        }
        for (std::size_t m = 0; m < kModes.size(); ++m) {
          const auto result = judge(frames, live.fps, stages, kModes[m]);
          counts[species.name][m].add(result.verdict);
          if (verbose) {
            fmt::print("{} {} {} {}: {} {:.2f} {}\n", name, species.name, n, m, name_of(result.verdict), result.score,
                       result.reason);
          }
        }
      }
    }
  }
  fmt::print("| species | attacks | APCER blink | APCER passive | APCER both (exact 95 %) | both: spoof, unsure |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  for (const bench::Species& species : bench::all_species()) {
    if (!counts.contains(species.name)) continue;
    const auto& [blink, passive, both] = counts[species.name];
    fmt::print("| {}: {} | {} | {:.1f} % | {:.1f} % | {} | {}, {} |\n", species.name, species.what, both.all(),
               100.0 * blink.live / blink.all(), 100.0 * passive.live / passive.all(), rate(both.live, both.all()),
               both.spoof, both.unsure);
  }
  const auto& [blink, passive, both] = counts["live"];
  fmt::print(
      "\n{} live clips: called spoof (BPCER) {} of mode both, {} of passive; live {} of both, {} of passive, {} of "
      "blink\n",
      both.all(), rate(both.spoof, both.all()), rate(passive.spoof, passive.all()), both.live, passive.live,
      blink.live);
}
