#include "faceatt/liveness/verdict.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"

using namespace faceatt;

TEST_CASE("liveness modes and verdicts have names") {
  CHECK(parse_liveness_mode("off") == LivenessMode::kOff);
  CHECK(parse_liveness_mode("blink") == LivenessMode::kBlink);
  CHECK_THROWS_AS(parse_liveness_mode("wink"), UsageError);
  CHECK(std::string(name_of(LivenessVerdict::kLive)) == "live");
  CHECK(std::string(name_of(LivenessVerdict::kSpoof)) == "spoof");
  CHECK(std::string(name_of(LivenessVerdict::kUnsure)) == "unsure");
  CHECK(std::string(name_of(LivenessVerdict::kOff)) == "off");
}

TEST_CASE("a blink is alive, none is no proof of anything") {
  CHECK(judge_blinks(1, 3, 25).verdict == LivenessVerdict::kLive);
  const auto none = judge_blinks(0, 60, 25);
  CHECK(none.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(none.reason, Catch::Contains("no blink"));
  const auto slow = judge_blinks(0, 5, 3);
  CHECK(slow.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(slow.reason, Catch::Contains("frames"));
  const auto unread = judge_blinks(0, 0, 0);
  CHECK(unread.verdict == LivenessVerdict::kUnsure);
  CHECK_THAT(unread.reason, Catch::Contains("eyes"));
  for (const auto& result : {none, slow, unread}) {
    CHECK(result.score >= 0);
    CHECK(result.score <= 1);
    CHECK(result.score < judge_blinks(2, 3, 25).score);
  }
}
