#include "faceatt/liveness/verdict.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"

using namespace faceatt;

namespace {

constexpr LivenessEvidence kBlinked{1, 3, 25, {}, 0, 0, {}, 0};
constexpr LivenessEvidence kNoBlink{0, 60, 25, {}, 0, 0, {}, 0};

LivenessEvidence with_look(LivenessEvidence evidence, double live, int looks = 8) {
  evidence.passive = live;
  evidence.passive_looks = looks;
  return evidence;
}

LivenessVerdict verdict(const LivenessEvidence& evidence, LivenessMode mode) {
  return judge_liveness(evidence, mode).verdict;
}

}  // namespace

TEST_CASE("liveness modes and verdicts have names") {
  CHECK(parse_liveness_mode("off") == LivenessMode::kOff);
  CHECK(parse_liveness_mode("blink") == LivenessMode::kBlink);
  CHECK(parse_liveness_mode("passive") == LivenessMode::kPassive);
  CHECK(parse_liveness_mode("both") == LivenessMode::kBoth);
  CHECK(parse_liveness_mode("challenge") == LivenessMode::kChallenge);
  CHECK_THROWS_AS(parse_liveness_mode("wink"), UsageError);
  CHECK(std::string(name_of(LivenessVerdict::kLive)) == "live");
  CHECK(std::string(name_of(LivenessVerdict::kSpoof)) == "spoof");
  CHECK(std::string(name_of(LivenessVerdict::kUnsure)) == "unsure");
  CHECK(std::string(name_of(LivenessVerdict::kOff)) == "off");
}

TEST_CASE("mode off asks for nothing, whatever was seen") {
  CHECK(verdict(with_look(kNoBlink, 0.01), LivenessMode::kOff) == LivenessVerdict::kOff);
}

TEST_CASE("mode blink: a blink is alive, none is no proof of anything") {
  const LivenessMode mode = LivenessMode::kBlink;
  const auto live = judge_liveness(kBlinked, mode);
  CHECK(live.verdict == LivenessVerdict::kLive);
  const auto none = judge_liveness(kNoBlink, mode);
  CHECK(none.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(none.reason, Catch::Contains("no blink"));
  CHECK(none.request == "blink please");
  const auto slow = judge_liveness({0, 5, 3, {}, 0, 0, {}, 0}, mode);
  CHECK(slow.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(slow.reason, Catch::Contains("frames"));
  const auto unread = judge_liveness({}, mode);
  CHECK(unread.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(unread.reason, Catch::Contains("eyes"));
  for (const auto& result : {none, slow, unread}) {
    CHECK(result.score >= 0);
    CHECK(result.score <= 1);
    CHECK(result.score < live.score);
  }
  CHECK(verdict(with_look(kBlinked, 0.01), mode) == LivenessVerdict::kLive);  // the look was not asked for
}

TEST_CASE("mode passive: live, spoof, and unsure in between or too soon") {
  const LivenessMode mode = LivenessMode::kPassive;
  CHECK(verdict(with_look(kNoBlink, kPassiveLive), mode) == LivenessVerdict::kLive);
  CHECK(verdict(with_look(kNoBlink, kPassiveSpoof), mode) == LivenessVerdict::kSpoof);
  CHECK(verdict(with_look(kNoBlink, 0.5), mode) == LivenessVerdict::kUnsure);
  CHECK(verdict(with_look(kNoBlink, 0.99, kLeastPassiveLooks - 1), mode) == LivenessVerdict::kUnsure);
  CHECK(verdict(with_look(kNoBlink, 0.01, kLeastPassiveLooks - 1), mode) == LivenessVerdict::kUnsure);
  CHECK(verdict(with_look(kNoBlink, 0.99, kLeastLiveLooks - 1), mode) == LivenessVerdict::kUnsure);
  CHECK(verdict(with_look(kNoBlink, 0.01, kLeastPassiveLooks), mode) == LivenessVerdict::kSpoof);
  const auto small = judge_liveness(kBlinked, mode);
  CHECK(small.verdict == LivenessVerdict::kUnsure);
  CHECK(small.verdict == LivenessVerdict::kUnsure);
}

TEST_CASE("mode both: it takes both to be live, and the look alone to be an attack") {
  const LivenessMode mode = LivenessMode::kBoth;
  const auto live = judge_liveness(with_look(kBlinked, 0.95), mode);
  CHECK(live.verdict == LivenessVerdict::kLive);
  CHECK(live.score == Approx(0.95));
  CHECK_THAT(live.reason, Catch::Contains("blinked"));
  CHECK(verdict(with_look(kBlinked, 0.05), mode) == LivenessVerdict::kSpoof);  // a video of somebody who blinks
  CHECK(verdict(with_look(kNoBlink, 0.05), mode) == LivenessVerdict::kSpoof);
  CHECK(verdict(with_look(kBlinked, 0.5), mode) == LivenessVerdict::kUnsure);
  CHECK(verdict(with_look(kBlinked, 0.95, 1), mode) == LivenessVerdict::kUnsure);
  const auto waiting = judge_liveness(with_look(kNoBlink, 0.95), mode);
  CHECK(waiting.verdict == LivenessVerdict::kUnsure);
  CHECK(waiting.request == "blink please");
  CHECK(waiting.score <= 0.5);
}

TEST_CASE("mode challenge: it takes what was asked for and the look, a blink is not asked for") {
  const LivenessMode mode = LivenessMode::kChallenge;
  LivenessEvidence evidence = with_look(kBlinked, 0.95);
  CHECK(verdict(evidence, mode) == LivenessVerdict::kUnsure);
  evidence.prompt = "nod";
  CHECK(judge_liveness(evidence, mode).request == "nod please");
  evidence = with_look(kNoBlink, 0.95);
  evidence.passed_challenge = true;
  const auto live = judge_liveness(evidence, mode);
  CHECK(live.verdict == LivenessVerdict::kLive);
  CHECK(live.reason == "did what it was asked to, looks live");
  evidence.passive = 0.5;
  CHECK(verdict(evidence, mode) == LivenessVerdict::kUnsure);
  evidence.passive = 0.05;
  CHECK(verdict(evidence, mode) == LivenessVerdict::kSpoof);
}

TEST_CASE("a picture that repeats itself is an attack, whoever blinks in it") {
  LivenessEvidence loop = with_look(kBlinked, 0.99);
  loop.repeated_seconds = 0.4;
  CHECK(verdict(loop, LivenessMode::kBoth) == LivenessVerdict::kSpoof);
  CHECK(verdict(loop, LivenessMode::kPassive) == LivenessVerdict::kSpoof);
}

TEST_CASE("the dots of a screen are an attack, however live the face on it looks") {
  LivenessEvidence screen = with_look(kBlinked, 0.99);
  screen.pattern = kScreenPattern + 0.1;
  CHECK(verdict(screen, LivenessMode::kBoth) == LivenessVerdict::kSpoof);
  CHECK(judge_still({3.0, kScreenPatternStill + 0.1}).verdict == LivenessVerdict::kSpoof);
  screen.pattern = kScreenPattern - 0.1;
  CHECK(verdict(screen, LivenessMode::kBoth) == LivenessVerdict::kLive);
}

TEST_CASE("a still picture of a face is judged by its look alone") {
  CHECK(judge_still({3.0}).verdict == LivenessVerdict::kLive);
  CHECK(judge_still({-3.0}).verdict == LivenessVerdict::kSpoof);
  CHECK(judge_still({0.0}).verdict == LivenessVerdict::kUnsure);
  CHECK(judge_still({0, 0, PassiveProblem::kTooSmall}).request == "come closer");
  CHECK(judge_still({0, 0, PassiveProblem::kNoMargin}).request == "step back");
}
