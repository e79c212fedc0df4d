#include "faceatt/people/match.hpp"

#include <dlib/matrix.h>
#include <dlib/optimization/max_cost_assignment.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace faceatt {
namespace {

constexpr std::size_t kMost = 16;  // people that a face is compared with closely
// Of the margin, where only those who are missing are compared: the thresholds for few people are measured with it.
constexpr double kMarginOfFew = 0.5;
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

using People = std::set<const Person*>;

// Names these faces; who is in `taken` already cannot be one of them, and does not compete.
void name_faces(const std::vector<Gallery::Nearest>& nearest, const std::vector<std::size_t>& faces,
                const MatchRule& rule, const People& taken, std::vector<Match>& matches) {
  std::vector<Seat> seats;
  for (const std::size_t face : faces) {
    Gallery::Nearest left = nearest[face];
    std::erase_if(left.expected, [&](const Candidate& candidate) { return taken.contains(candidate.person); });
    seats.push_back(judge(left, rule));
  }
  assign(seats, rule);
  settle(seats);
  for (std::size_t i = 0; i < seats.size(); ++i) {
    const Match match = conclude(seats[i]);
    if (taken.empty() || match.verdict != MatchVerdict::kUnknown) matches[faces[i]] = match;
  }
}

// Who is expected and not named yet, among the faces without a name, once somebody is named: the fewer they are, the
// lower is the threshold that is as safe.
void find_missing(const Gallery& gallery, const std::vector<Gallery::Nearest>& nearest, const MatchRule& rule,
                  const std::vector<bool>& is_part, std::vector<Match>& matches) {
  People taken;
  std::vector<std::size_t> unnamed;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const Match& match = matches[i];
    if (match.verdict == MatchVerdict::kMatch) taken.insert(match.best->person);
    const bool is_whole = is_part.empty() || !is_part[i];
    if (match.verdict == MatchVerdict::kUnknown && !match.outsider && is_whole) unnamed.push_back(i);
  }
  const auto expected = static_cast<std::size_t>(
      std::count_if(gallery.people().begin(), gallery.people().end(),
                    [](const Person& person) { return person.expected && person.usable_photos() > 0; }));
  const MatchRule of_few{rule.threshold_among(expected - taken.size()), kMarginOfFew * rule.margin};
  if (taken.empty() || unnamed.empty() || of_few.threshold >= rule.threshold) return;
  name_faces(nearest, unnamed, of_few, taken, matches);
}

}  // namespace

Match match(const Gallery& gallery, const Encoding& probe, const MatchRule& rule) {
  return judge(gallery.nearest({&probe, 1}, 2)[0], rule).match;
}

double MatchRule::threshold_among(std::size_t people) const {
  const auto count = static_cast<double>(std::max<std::size_t>(people, 1));
  if (few.empty() || count >= few.back().people) return threshold;
  const auto above = std::find_if(few.begin(), few.end(), [&](const Few& f) { return f.people > count; });
  if (above == few.begin()) return std::min(threshold, above->threshold);
  const Few& below = above[-1];
  const double part = std::log(count / below.people) / std::log(above->people / below.people);
  return std::min(threshold, below.threshold + part * (above->threshold - below.threshold));
}

std::vector<Match> match_photo(const Gallery& gallery, std::span<const Encoding> probes, const MatchRule& rule,
                               const std::vector<bool>& is_part) {
  const auto nearest = gallery.nearest(probes, kMost);
  std::vector<std::size_t> all(probes.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  std::vector<Match> matches(probes.size());
  name_faces(nearest, all, rule, {}, matches);
  find_missing(gallery, nearest, rule, is_part, matches);
  return matches;
}

}  // namespace faceatt
