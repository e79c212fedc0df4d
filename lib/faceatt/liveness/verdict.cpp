#include "faceatt/liveness/verdict.hpp"

#include <fmt/format.h>

#include "faceatt/core/error.hpp"
#include "faceatt/liveness/blink.hpp"

namespace faceatt {
namespace {

constexpr double kLeastRate = BlinkOptions{}.min_rate;

}  // namespace

const char* name_of(LivenessVerdict verdict) {
  switch (verdict) {
    case LivenessVerdict::kLive:
      return "live";
    case LivenessVerdict::kSpoof:
      return "spoof";
    case LivenessVerdict::kUnsure:
      return "unsure";
    case LivenessVerdict::kOff:
      break;
  }
  return "off";
}

LivenessMode parse_liveness_mode(const std::string& name) {
  if (name == "off") return LivenessMode::kOff;
  if (name == "blink") return LivenessMode::kBlink;
  throw UsageError(fmt::format("unknown liveness mode '{}'; there are off and blink", name));
}

LivenessResult judge_blinks(int blinks, double readable_seconds, double rate) {
  if (blinks > 0) return {LivenessVerdict::kLive, 1.0, "blinked", ""};
  if (readable_seconds <= 0)
    return {LivenessVerdict::kUnsure, 0.5, "the eyes cannot be read (face too small)", "come closer"};
  if (rate < kLeastRate) {
    return {LivenessVerdict::kUnsure, 0.5, fmt::format("too few frames to see a blink ({:.0f} per second)", rate), ""};
  }
  return {LivenessVerdict::kUnsure, 0.5, fmt::format("no blink in {:.1f} s", readable_seconds), "blink please"};
}

}  // namespace faceatt
