#include "faceatt/people/doubt.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

using namespace faceatt;

namespace {

constexpr double kThreshold = 0.45, kMargin = 0.11;
const MatchRule kRule{kThreshold, kMargin};
const Person kAna, kBob;

Match match_of(MatchVerdict verdict, double score, double second = 0.1) {
  return {verdict, Candidate{&kAna, score}, Candidate{&kBob, second}, std::nullopt};
}

std::optional<Doubt::Kind> kind_of(const Match& match, const MatchRule& rule = kRule) {
  const auto doubt = doubt_of(match, rule);
  return doubt ? std::optional(doubt->kind) : std::nullopt;
}

}  // namespace

TEST_CASE("doubt: what is ambiguous always, matches and unknowns near the threshold") {
  using enum MatchVerdict;
  using Kind = Doubt::Kind;
  CHECK(kind_of(match_of(kAmbiguous, 0.9, 0.85)) == Kind::kAmbiguous);
  CHECK(kind_of(match_of(kMatch, 0.45)) == Kind::kWeakMatch);
  CHECK(kind_of(match_of(kMatch, 0.529)) == Kind::kWeakMatch);
  CHECK(kind_of(match_of(kMatch, 0.34)) == Kind::kWeakMatch);  // was looked for as missing
  CHECK_FALSE(kind_of(match_of(kMatch, 0.531)));
  CHECK(kind_of(match_of(kUnknown, 0.449)) == Kind::kNearMiss);
  CHECK(kind_of(match_of(kUnknown, 0.371)) == Kind::kNearMiss);
  CHECK(kind_of(match_of(kUnknown, 0.8)) == Kind::kNearMiss);  // the person is another face
  CHECK_FALSE(kind_of(match_of(kUnknown, 0.369)));
}

TEST_CASE("doubt: not without a best person, a number, or of somebody outside the group") {
  CHECK_FALSE(kind_of({}));
  CHECK_FALSE(kind_of(match_of(MatchVerdict::kUnknown, std::numeric_limits<double>::quiet_NaN())));
  Match outside = match_of(MatchVerdict::kUnknown, 0.44);
  outside.outsider = Candidate{&kBob, 0.7};
  CHECK_FALSE(kind_of(outside));
}

TEST_CASE("doubt: an encoder with all scores near 1 has narrower limits") {
  const MatchRule high{0.984, 0.002};
  CHECK(kind_of(match_of(MatchVerdict::kMatch, 0.987), high));
  CHECK_FALSE(kind_of(match_of(MatchVerdict::kMatch, 0.989), high));
  CHECK(kind_of(match_of(MatchVerdict::kUnknown, 0.981), high));
  CHECK_FALSE(kind_of(match_of(MatchVerdict::kUnknown, 0.979), high));
}

TEST_CASE("doubt: ambiguous first, then the weakest match, then the nearest miss") {
  using enum MatchVerdict;
  const std::vector<Match> in_order = {match_of(kAmbiguous, 0.9), match_of(kMatch, 0.36), match_of(kMatch, 0.5),
                                       match_of(kUnknown, 0.44), match_of(kUnknown, 0.4)};
  for (std::size_t i = 1; i < in_order.size(); ++i) {
    CAPTURE(i);
    CHECK(*doubt_of(in_order[i - 1], kRule) < *doubt_of(in_order[i], kRule));
  }
  CHECK(*doubt_of(match_of(kAmbiguous, 0.5), kRule) == *doubt_of(match_of(kAmbiguous, 0.9), kRule));  // as they come
}

TEST_CASE("doubt: the second person is shown when the lead is short") {
  using enum MatchVerdict;
  CHECK(is_second_close(match_of(kAmbiguous, 0.6, 0.55), kRule));
  CHECK(is_second_close(match_of(kMatch, 0.5, 0.55), kRule));  // the better one is another face
  CHECK(is_second_close(match_of(kUnknown, 0.4, 0.22), kRule));
  CHECK_FALSE(is_second_close(match_of(kUnknown, 0.4, 0.2), kRule));
  Match alone = match_of(kUnknown, 0.4);
  alone.second.reset();
  CHECK_FALSE(is_second_close(alone, kRule));
  CHECK_FALSE(is_second_close({}, kRule));
}
