// Stage: encoding -> who it is, or that it is nobody we know.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "faceatt/people/gallery.hpp"

namespace faceatt {

struct MatchRule {
  double threshold = 0;  // least cosine similarity for a name
  double margin = 0;     // least lead over the runner-up
  // Thresholds among fewer people than the one above is for, by rising number of people: with them a stranger is named
  // no more often. Empty: it is the same for any number.
  struct Few {
    double people, threshold;
    bool operator==(const Few&) const = default;
  };
  std::vector<Few> few{};
  bool operator==(const MatchRule&) const = default;

  // Among so many people: between two of `few` by the logarithm of the number, at most `threshold`.
  double threshold_among(std::size_t people) const;
};

enum class MatchVerdict { kUnknown, kAmbiguous, kMatch };

struct Match {
  MatchVerdict verdict = MatchVerdict::kUnknown;
  std::optional<Candidate> best, second;  // the two nearest people who are expected, whatever the verdict
  // Set when the face is that of somebody enrolled who is not of the group asked for; the verdict is then kUnknown.
  std::optional<Candidate> outsider;
};

// Unknown unless proven otherwise: `best` reaches the threshold and leads `second` by the margin. Two people in range
// of each other are ambiguous, never a choice. A score that is not a number matches nobody.
Match match(const Gallery& gallery, const Encoding& probe, const MatchRule& rule);

// The faces of one photo together: a person is at most one of them. Where two faces have the same name the assignment
// with the greatest sum of scores keeps it, and the other becomes unknown. A face between two people is the one when
// the other is clearly somebody else in the photo; then `best` is who remained. Who is still missing is then looked for
// among the faces without a name, with the threshold for so few people; faces of which only a part is seen
// (`is_part`, as long as `probes` or empty) are left out there. The search is one pass over the gallery for all of
// them.
std::vector<Match> match_photo(const Gallery& gallery, std::span<const Encoding> probes, const MatchRule& rule,
                               const std::vector<bool>& is_part = {});

}  // namespace faceatt
