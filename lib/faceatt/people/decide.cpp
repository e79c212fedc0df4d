#include "faceatt/people/decide.hpp"

namespace faceatt {
namespace {

void keep_better(Votes::Tally& tally, const Match& match) {
  if (!match.best || match.best->score <= tally.best_score) return;
  tally.best_score = match.best->score;
  tally.second_id = match.second ? match.second->person->id : "";
  tally.second_score = match.second ? match.second->score : -1;
}

}  // namespace

void Votes::add(const Match& match, double weight) {
  ++judged_;
  weight_ += weight;
  ambiguous_ += match.verdict == MatchVerdict::kAmbiguous;
  unknown_ += match.verdict == MatchVerdict::kUnknown;
  outsiders_ += match.outsider.has_value();
  if (!match.best) return;
  const Person& person = *match.best->person;
  if (!nearest_ || match.best->score > nearest_->best_score) {
    nearest_.emplace();
    nearest_->id = person.id;
    nearest_->name = person.name;
    keep_better(*nearest_, match);
  }
  if (match.verdict == MatchVerdict::kMatch) {
    Tally& tally = tallies_[person.id];
    tally.id = person.id;
    tally.name = person.name;
    ++tally.votes;
    tally.weight += weight;
    keep_better(tally, match);
  }
}

std::optional<Votes::Tally> Votes::decided() const {
  for (const auto& [id, tally] : tallies_) {
    if (tally.votes >= options_.least_votes && tally.weight >= options_.least_share * weight_) return tally;
  }
  return std::nullopt;
}

}  // namespace faceatt
