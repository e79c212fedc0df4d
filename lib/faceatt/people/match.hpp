// Stage: encoding -> who it is, or that it is nobody we know.
#pragma once

#include <optional>
#include <vector>

#include "faceatt/people/gallery.hpp"

namespace faceatt {

struct MatchRule {
  double threshold = 0;  // least cosine similarity for a name
  double margin = 0;     // least lead over the runner-up
};

enum class MatchVerdict { kUnknown, kAmbiguous, kMatch };

struct Candidate {
  const Person* person = nullptr;  // owned by the gallery
  double score = -1;               // cosine similarity of their best photo
};

struct Match {
  MatchVerdict verdict = MatchVerdict::kUnknown;
  std::optional<Candidate> best, second;  // the two nearest people, whatever the verdict
};

// Unknown unless proven otherwise: `best` reaches the threshold and leads `second` by the margin. Two people in range
// of each other are ambiguous, never a choice. A score that is not a number matches nobody.
Match match(const Gallery& gallery, const Encoding& probe, const MatchRule& rule);

}  // namespace faceatt
