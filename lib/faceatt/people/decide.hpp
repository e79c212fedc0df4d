// Votes over a track: one lucky frame names nobody.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "faceatt/people/match.hpp"

namespace faceatt {

struct VoteOptions {
  int least_votes = 3;       // frames that name the same person
  double least_share = 0.7;  // of all frames that were judged, by weight
};

class Votes {
 public:
  explicit Votes(const VoteOptions& options = {}) : options_(options) {}

  // `weight` above 0: how much this frame counts against the others, its quality for one.
  void add(const Match& match, double weight = 1);

  struct Tally {
    std::string id, name;
    int votes = 0;
    double weight = 0;       // of these votes
    double best_score = -1;  // and what stood second in that frame
    std::string second_id;
    double second_score = -1;
  };
  // The person that enough frames agree on; empty while undecided.
  std::optional<Tally> decided() const;
  // The person seen nearest in any frame, whatever the verdict; empty when the gallery is.
  const std::optional<Tally>& nearest() const { return nearest_; }
  // More frames were ambiguous than unknown.
  bool is_ambiguous() const { return ambiguous_ > 0 && ambiguous_ >= unknown_; }
  // Enrolled, but not of the group asked for: no stranger, whatever it is. One frame in two of those without a name is
  // enough: in the others the same face was seen worse.
  bool is_outsider() const { return outsiders_ > 0 && 2 * outsiders_ >= unknown_; }
  int judged() const { return judged_; }

 private:
  VoteOptions options_;
  std::map<std::string, Tally> tallies_;
  std::optional<Tally> nearest_;
  double weight_ = 0;  // of all frames that were judged
  int judged_ = 0, ambiguous_ = 0, unknown_ = 0, outsiders_ = 0;
};

}  // namespace faceatt
