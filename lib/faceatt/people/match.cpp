#include "faceatt/people/match.hpp"

#include <dlib/matrix.h>
#include <dlib/optimization/max_cost_assignment.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace faceatt {
namespace {

constexpr std::size_t kMost = 8;  // people that a face is compared with closely
constexpr double kCostUnit = 1e6;

// A face and the people it might be: those from the best on whom the best does not lead by the margin.
struct Seat {
  Match match;
  std::vector<Candidate> rivals;  // the best first
  const Person* given = nullptr;  // by the assignment
  bool is_clear = false;          // `given` is the only one left
};

Seat judge(const Gallery::Nearest& nearest, const MatchRule& rule) {
  Seat seat;
  const auto& people = nearest.expected;
  if (!people.empty()) seat.match.best = people[0];
  if (people.size() > 1) seat.match.second = people[1];
  const double best = people.empty() ? -1 : people[0].score;
  if (nearest.outsider && nearest.outsider->score >= rule.threshold && nearest.outsider->score > best) {
    seat.match.outsider = nearest.outsider;
    return seat;
  }
  if (!(best >= rule.threshold)) return seat;
  for (const Candidate& candidate : people) {
    if (&candidate == &people[0] || !(best - candidate.score >= rule.margin)) seat.rivals.push_back(candidate);
  }
  seat.match.verdict = seat.rivals.size() == 1 ? MatchVerdict::kMatch : MatchVerdict::kAmbiguous;
  return seat;
}

// Gives each face at most one person and each person at most one face, so that the scores add up to the most.
void assign(std::vector<Seat>& seats, const MatchRule& rule) {
  std::map<const Person*, long> column;
  for (const Seat& seat : seats) {
    for (const Candidate& rival : seat.rivals) {
      if (rival.score >= rule.threshold) column.try_emplace(rival.person, static_cast<long>(column.size()));
    }
  }
  const long side = std::max(static_cast<long>(seats.size()), static_cast<long>(column.size()));
  if (column.empty()) return;
  dlib::matrix<long> gain = dlib::zeros_matrix<long>(side, side);
  for (std::size_t i = 0; i < seats.size(); ++i) {
    for (const Candidate& rival : seats[i].rivals) {
      if (rival.score >= rule.threshold)
        gain(static_cast<long>(i), column.at(rival.person)) = 1 + std::lround(kCostUnit * rival.score);
    }
  }
  const std::vector<long> columns = dlib::max_cost_assignment(gain);
  for (std::size_t i = 0; i < seats.size(); ++i) {
    for (const Candidate& rival : seats[i].rivals) {
      if (rival.score >= rule.threshold && column.at(rival.person) == columns[i]) seats[i].given = rival.person;
    }
  }
}

// A face is clear when nobody else whom it might be is left: they are clearly other faces.
void settle(std::vector<Seat>& seats) {
  const auto taken_elsewhere = [&](const Person* person, const Seat& here) {
    return std::any_of(seats.begin(), seats.end(),
                       [&](const Seat& s) { return &s != &here && s.is_clear && s.given == person; });
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (Seat& seat : seats) {
      if (seat.is_clear || seat.given == nullptr) continue;
      seat.is_clear = std::all_of(seat.rivals.begin(), seat.rivals.end(), [&](const Candidate& rival) {
        return rival.person == seat.given || taken_elsewhere(rival.person, seat);
      });
      changed |= seat.is_clear;
    }
  }
}

// The verdict that follows from the others in the photo.
Match conclude(Seat& seat) {
  if (seat.rivals.empty()) return seat.match;
  if (!seat.is_clear) {
    const bool lost = seat.given == nullptr && seat.rivals.size() == 1;
    seat.match.verdict = lost ? MatchVerdict::kUnknown : MatchVerdict::kAmbiguous;
    return seat.match;
  }
  seat.match.verdict = MatchVerdict::kMatch;
  if (seat.given != seat.match.best->person) {
    seat.match.second = seat.match.best;
    seat.match.best = *std::find_if(seat.rivals.begin(), seat.rivals.end(),
                                    [&](const Candidate& rival) { return rival.person == seat.given; });
  }
  return seat.match;
}

}  // namespace

Match match(const Gallery& gallery, const Encoding& probe, const MatchRule& rule) {
  return judge(gallery.nearest({&probe, 1}, 2)[0], rule).match;
}

std::vector<Match> match_photo(const Gallery& gallery, std::span<const Encoding> probes, const MatchRule& rule) {
  std::vector<Seat> seats;
  for (const auto& nearest : gallery.nearest(probes, kMost)) seats.push_back(judge(nearest, rule));
  assign(seats, rule);
  settle(seats);
  std::vector<Match> matches;
  for (Seat& seat : seats) matches.push_back(conclude(seat));
  return matches;
}

}  // namespace faceatt
