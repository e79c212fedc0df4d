#include "faceatt/people/doubt.hpp"

#include <algorithm>

namespace faceatt {
namespace {

double little(const MatchRule& rule) { return std::min(0.08, (1 - rule.threshold) / 4); }

}  // namespace

std::optional<Doubt> doubt_of(const Match& match, const MatchRule& rule) {
  if (!match.best || match.outsider) return std::nullopt;
  const double score = match.best->score;
  switch (match.verdict) {
    case MatchVerdict::kAmbiguous:
      return Doubt{Doubt::Kind::kAmbiguous, 0};
    case MatchVerdict::kMatch:
      if (score < rule.threshold + little(rule)) return Doubt{Doubt::Kind::kWeakMatch, score};
      break;
    case MatchVerdict::kUnknown:
      if (score > rule.threshold - little(rule)) return Doubt{Doubt::Kind::kNearMiss, -score};
      break;
  }
  return std::nullopt;
}

bool is_second_close(const Match& match, const MatchRule& rule) {
  return match.best && match.second && match.best->score - match.second->score < rule.margin + little(rule);
}

}  // namespace faceatt
