// The settings level and threshold as a rule, and what they mean.
#pragma once

#include <cstddef>

#include "cli/tool.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt::cli {

// Throws UsageError for a threshold with which everybody or nobody would be named by this encoder.
MatchRule rule_of(const Tool& tool, const Model& encoder);

// With -v: level, threshold, its rate of false matches and what that means with so many people enrolled.
void describe_rule(const Tool& tool, const Model& encoder, const MatchRule& rule, std::size_t people);

// A share as people read it: "0.8 %", "under 0.01 %".
std::string percent(double share);

}  // namespace faceatt::cli
