// Which faces of a photo somebody should look at again.
#pragma once

#include <compare>
#include <optional>

#include "faceatt/people/match.hpp"

namespace faceatt {

// Those that deserve a look sooner are less.
struct Doubt {
  enum class Kind {
    kAmbiguous,
    kWeakMatch,  // little above the threshold, or below it: looked for as missing
    kNearMiss,   // unknown, little below the threshold; or above it, and the person is another face of the photo
  };
  Kind kind = Kind::kAmbiguous;
  double rank = 0;  // within the kind: the score of matches, the negative score of near misses

  auto operator<=>(const Doubt&) const = default;
};

// What is "little" is 0.08 of cosine, and less where the threshold leaves little room above it: a quarter of that.
// Empty when there is no doubt, or when the face is that of somebody who is not expected.
std::optional<Doubt> doubt_of(const Match& match, const MatchRule& rule);

// The second person comes into question: the lead on them is less than the rule asks for, or little more.
bool is_second_close(const Match& match, const MatchRule& rule);

}  // namespace faceatt
