#include "faceatt/liveness/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/liveness/blink.hpp"

namespace faceatt {
namespace {

constexpr double kLeastRepeated = 0.3;  // seconds; somebody who nods evenly may hit the same twice
constexpr double kLeastRate = BlinkOptions{}.min_rate;

LivenessResult unsure(double score, std::string reason, std::string request) {
  return {LivenessVerdict::kUnsure, score, std::move(reason), std::move(request)};
}

LivenessResult judge_blinks(const LivenessEvidence& e) {
  if (e.blinks > 0) return {LivenessVerdict::kLive, 1.0, "blinked", ""};
  if (e.readable_seconds <= 0) return unsure(0.5, "the eyes cannot be read (face too small)", "come closer");
  if (e.rate < kLeastRate)
    return unsure(0.5, fmt::format("too few frames to see a blink ({:.0f} per second)", e.rate), "");
  return unsure(0.5, fmt::format("no blink in {:.1f} s", e.readable_seconds), "blink please");
}

LivenessResult judge_challenge(const LivenessEvidence& e) {
  if (e.passed_challenge) return {LivenessVerdict::kLive, 1.0, "did what it was asked to", ""};
  if (!e.prompt.empty()) return unsure(0.5, "asked to '" + e.prompt + "'", e.prompt + " please");
  if (!e.failure.empty()) return unsure(0.5, e.failure, "look straight ahead");
  return unsure(0.5, "was not asked for anything yet", "look straight ahead");
}

LivenessResult judge_passive(const LivenessEvidence& e, double screen = kScreenPattern) {
  if (e.repeated_seconds >= kLeastRepeated) return {LivenessVerdict::kSpoof, 0, "the picture repeats itself", ""};
  if (!e.passive && e.problem == PassiveProblem::kNoMargin) {
    return unsure(0.5, "too near: nothing but the face is in the picture", "step back");
  }
  if (!e.passive) return unsure(0.5, "too small to be told from a picture", "come closer");
  const double score = *e.passive;
  if (e.passive_looks < kLeastPassiveLooks) return unsure(score, "not looked at for long enough", "");
  if (e.pattern >= screen) return {LivenessVerdict::kSpoof, 0, "has the dots of a screen", ""};
  if (score <= kPassiveSpoof) return {LivenessVerdict::kSpoof, score, "looks like a picture", ""};
  if (score < kPassiveLive) return unsure(score, "may be a picture", "come closer, into better light");
  if (e.passive_looks < kLeastLiveLooks) return unsure(score, "not looked at for long enough", "");
  return {LivenessVerdict::kLive, score, "looks live", ""};
}

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
  if (name == "passive") return LivenessMode::kPassive;
  if (name == "both") return LivenessMode::kBoth;
  if (name == "challenge") return LivenessMode::kChallenge;
  throw UsageError(fmt::format("unknown liveness mode '{}'; there are off, blink, passive, both and challenge", name));
}

LivenessResult judge_liveness(const LivenessEvidence& evidence, LivenessMode mode) {
  if (mode == LivenessMode::kOff) return {};
  if (mode == LivenessMode::kBlink) return judge_blinks(evidence);
  LivenessResult look = judge_passive(evidence);
  if (mode == LivenessMode::kPassive || look.verdict == LivenessVerdict::kSpoof) return look;
  LivenessResult act = mode == LivenessMode::kChallenge ? judge_challenge(evidence) : judge_blinks(evidence);
  const double score = std::min(look.score, act.score);
  const std::string done = act.reason;
  // That is asked for first: the looks go on meanwhile.
  LivenessResult result = act.verdict != LivenessVerdict::kLive ? std::move(act) : std::move(look);
  if (result.verdict == LivenessVerdict::kLive) result.reason = done + ", " + result.reason;
  result.score = score;
  return result;
}

LivenessResult judge_still(const PassiveLook& look) {
  const bool is_judged = look.problem == PassiveProblem::kNone;
  return judge_passive({0, 0, 0, is_judged ? std::optional(probability_of(look.log_odds)) : std::nullopt,
                        kLeastLiveLooks, look.pattern, look.problem, 0},
                       kScreenPatternStill);
}

}  // namespace faceatt
