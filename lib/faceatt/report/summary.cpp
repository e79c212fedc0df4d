#include "faceatt/report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

std::string month_of(std::int32_t day) { return date_of(day).substr(0, 7); }

// Tallies by a number that stands for the key, as long as there are many entries and few keys.
std::vector<std::pair<std::int64_t, Tally>> tally_by(const Ledger& ledger, const SummaryOptions& options,
                                                     const auto& number_of) {
  std::unordered_map<std::int64_t, Tally> tallies;
  Tally* last = nullptr;
  std::int64_t last_number = 0;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.status == Status::kVoid || (options.counts && !options.counts(entry))) continue;
    const std::int64_t number = number_of(entry);
    if (last == nullptr || number != last_number) last = &tallies[number];
    last_number = number;
    last->add(entry);
  }
  std::vector<std::pair<std::int64_t, Tally>> sorted(tallies.begin(), tallies.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return sorted;
}

void merge(Tally& sum, const Tally& more) {
  sum.present += more.present;
  sum.late += more.late;
  sum.absent += more.absent;
  sum.excused += more.excused;
  sum.minutes_late += more.minutes_late;
  sum.seconds += more.seconds;
  sum.first = std::min(sum.first, more.first);
  sum.last = std::max(sum.last, more.last);
}

}  // namespace

void Tally::add(const LedgerEntry& entry) {
  present += entry.status == Status::kPresent;
  late += entry.status == Status::kLate;
  absent += entry.status == Status::kAbsent;
  excused += entry.status == Status::kExcused;
  minutes_late += std::max(entry.late_minutes, 0);
  if (entry.status != Status::kPresent && entry.status != Status::kLate) return;
  if (entry.in != kNoTime && entry.out > entry.in) seconds += entry.out - entry.in;
  first = std::min(first, entry.day);
  last = std::max(last, entry.day);
}

std::optional<double> Tally::rate() const {
  if (counted() == 0) return std::nullopt;
  return static_cast<double>(came()) / static_cast<double>(counted());
}

std::vector<Expected> expected_by(const Schedule& schedule, const PeopleWithGroups& people, std::int32_t first,
                                  std::int32_t last, std::int64_t now) {
  std::vector<Expected> expected;
  if (people.empty()) return expected;
  for (const Meeting& meeting : schedule.between(date_of(first), date_of(last))) {
    if (meeting.end > now) continue;
    Expected& one = expected.emplace_back(Expected{*day_of(meeting.date), meeting.session, {}});
    for (const auto& [id, groups] : people) {
      if (is_for(meeting, groups)) one.ids.push_back(id);
    }
  }
  return expected;
}

std::vector<Expected> expected_each_day(const Ledger& ledger, const PeopleWithGroups& people) {
  std::vector<Expected> expected;
  if (people.empty()) return expected;
  std::vector<std::string> everybody;
  for (const auto& [id, groups] : people) everybody.push_back(id);
  std::set<std::int32_t> days;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (ledger.sessions()[entry.session] == kDaySession) days.insert(entry.day);
  }
  for (const std::int32_t day : days) expected.push_back({day, std::string(kDaySession), everybody});
  return expected;
}

void add_absent(Ledger& ledger, const std::vector<Expected>& expected) {
  for (const Expected& one : expected) {
    for (const std::string& id : one.ids) ledger.expect(one.day, one.session, id);
  }
}

std::vector<TallyLine> summarise(const Ledger& ledger, const SummaryOptions& options) {
  std::vector<TallyLine> lines;
  const auto by_day = [&](const auto& key_of_day) {
    std::vector<TallyLine> found;
    for (const auto& [day, tally] :
         tally_by(ledger, options, [](const LedgerEntry& e) { return std::int64_t{e.day}; })) {
      std::string key = key_of_day(static_cast<std::int32_t>(day));
      if (found.empty() || found.back().key != key) found.push_back({std::move(key), {}, {}});
      merge(found.back().tally, tally);
    }
    return found;
  };
  switch (options.by) {
    case GroupBy::kDay:
      return by_day(date_of);
    case GroupBy::kWeek:
      return by_day(week_of);
    case GroupBy::kMonth:
      return by_day(month_of);
    case GroupBy::kSession:
      for (auto& [n, tally] : tally_by(ledger, options, [](const LedgerEntry& e) { return std::int64_t{e.session}; })) {
        lines.push_back({ledger.sessions()[static_cast<std::size_t>(n)], {}, tally});
      }
      break;
    case GroupBy::kPerson:
    case GroupBy::kGroup:
      for (auto& [n, tally] : tally_by(ledger, options, [](const LedgerEntry& e) { return std::int64_t{e.person}; })) {
        const auto& person = ledger.people()[static_cast<std::size_t>(n)];
        lines.push_back({person.id, person.name, tally});
      }
      break;
  }
  if (options.by == GroupBy::kGroup) {
    std::unordered_map<std::string, Tally> groups;
    for (const TallyLine& line : lines) {
      for (const auto& group : options.groups_of(to_nfc(line.key))) merge(groups[group], line.tally);
    }
    lines.clear();
    for (auto& [group, tally] : groups) lines.push_back({group, {}, tally});
  }
  std::sort(lines.begin(), lines.end(), [](const TallyLine& a, const TallyLine& b) { return a.key < b.key; });
  return lines;
}

std::vector<std::int32_t> streaks(const Ledger& ledger, const std::function<bool(const LedgerEntry&)>& counts) {
  const auto& entries = ledger.entries();
  const auto is_of_it = [&](const LedgerEntry& e) {
    return e.status <= Status::kAbsent && (!counts || counts(e));  // present, late, absent
  };
  // By person, in the order of the ledger, which is mostly that of time.
  std::vector<std::size_t> begins(ledger.people().size() + 1);
  for (const LedgerEntry& entry : entries) begins[entry.person + 1] += is_of_it(entry);
  for (std::size_t p = 1; p < begins.size(); ++p) begins[p] += begins[p - 1];
  std::vector<const LedgerEntry*> ordered(begins.back());
  std::vector<std::size_t> next = begins;
  for (const LedgerEntry& entry : entries) {
    if (is_of_it(entry)) ordered[next[entry.person]++] = &entry;
  }
  const auto is_before = [](const LedgerEntry* a, const LedgerEntry* b) {
    return std::tie(a->day, a->session) < std::tie(b->day, b->session);
  };
  std::vector<std::int32_t> found;
  for (std::size_t p = 0; p + 1 < begins.size(); ++p) {
    const auto begin = ordered.begin() + static_cast<std::ptrdiff_t>(begins[p]);
    const auto end = ordered.begin() + static_cast<std::ptrdiff_t>(begins[p + 1]);
    if (!std::is_sorted(begin, end, is_before)) std::sort(begin, end, is_before);
    std::int32_t streak = 0;
    for (auto at = end; at != begin;) {
      const int step = (*--at)->status == Status::kAbsent ? -1 : 1;
      if (streak != 0 && (streak < 0) != (step < 0)) break;
      streak += step;
    }
    found.push_back(streak);
  }
  return found;
}

std::vector<std::vector<double>> weekly_rates(const Ledger& ledger,
                                              const std::function<bool(const LedgerEntry&)>& counts,
                                              std::int32_t weeks) {
  std::int32_t last = 0;
  for (const LedgerEntry& entry : ledger.entries()) last = std::max(last, entry.day);
  const auto week = [&](std::int32_t day) { return weeks - 1 - (last - day) / 7; };
  const auto people = ledger.people().size(), width = static_cast<std::size_t>(weeks);
  std::vector<Tally> tallies(people * width);
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.status == Status::kVoid || week(entry.day) < 0 || !counts(entry)) continue;
    tallies[entry.person * width + static_cast<std::size_t>(week(entry.day))].add(entry);
  }
  std::vector<std::vector<double>> rates(people, std::vector<double>(width));
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    rates[i / width][i % width] = tallies[i].rate().value_or(std::nan(""));
  }
  return rates;
}

std::string week_of(std::int32_t day) {
  using namespace std::chrono;
  const sys_days date{days{day}};
  const sys_days thursday = date - (weekday{date} - Monday) + days{3};
  const year of_week = year_month_day{thursday}.year();
  const auto number = (thursday - sys_days{of_week / January / 1}).count() / 7 + 1;
  return fmt::format("{:04}-W{:02}", static_cast<int>(of_week), number);
}

}  // namespace faceatt
