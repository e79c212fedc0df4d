#include "faceatt/people/match.hpp"

namespace faceatt {

Match match(const Gallery& gallery, const Encoding& probe, const MatchRule& rule) {
  Match result;
  const auto scores = gallery.scores(probe);
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const Candidate candidate{&gallery.people()[i], scores[i]};
    if (!(candidate.score > -1)) continue;  // no usable photo, or not a number
    if (!result.best || candidate.score > result.best->score) {
      result.second = result.best;
      result.best = candidate;
    } else if (!result.second || candidate.score > result.second->score) {
      result.second = candidate;
    }
  }
  if (result.best && result.best->score >= rule.threshold) {
    const bool clear = !result.second || result.best->score - result.second->score >= rule.margin;
    result.verdict = clear ? MatchVerdict::kMatch : MatchVerdict::kAmbiguous;
  }
  return result;
}

}  // namespace faceatt
