#include "report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <unordered_map>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kMostMarks = 150'000;  // more make a page that is slow to open
constexpr std::size_t kMostColumns = 150;    // of the chart over time
constexpr std::int64_t kDay = 86400;

std::int64_t clock_of(const LedgerEntry& entry) { return (((entry.in + entry.in_offset) % kDay) + kDay) % kDay; }

// Days, else weeks, else months: what can still be read.
std::vector<TallyLine> timeline_of(const Ledger& ledger, SummaryOptions options) {
  std::vector<TallyLine> lines;
  for (const GroupBy by : {GroupBy::kDay, GroupBy::kWeek, GroupBy::kMonth}) {
    options.by = by;
    lines = summarise(ledger, options);
    if (lines.size() <= kMostColumns) break;
  }
  return lines;
}

std::string percent(const Tally& tally) {
  const auto rate = tally.rate();
  return rate ? fmt::format("{:.1f} %", *rate * 100) : "\u2013";
}

std::vector<HtmlReport::Card> cards_of(const Tally& all, std::size_t people) {
  return {{"People", fmt::format("{}", people), ""},
          {"Rate", percent(all), "who came, of those expected and not excused"},
          {"Present", fmt::format("{}", all.present), ""},
          {"Late", fmt::format("{}", all.late),
           all.late > 0 ? fmt::format("{} minutes in all", all.minutes_late) : std::string()},
          {"Absent", fmt::format("{}", all.absent), ""},
          {"Excused", fmt::format("{}", all.excused), ""}};
}

}  // namespace

HtmlReport page_of(const Ledger& ledger, const ReportOptions& o, const Roster& known, const std::string& group,
                   const LocalTime& now) {
  SummaryOptions options = summary_options(ledger, o, known, group);
  HtmlReport page;
  page.title = group.empty() ? "Attendance" : "Attendance of " + group;
  page.made = now.iso8601().substr(0, 16);
  page.made[10] = ' ';
  page.timeline = timeline_of(ledger, options);
  if (std::any_of(known.begin(), known.end(), [](const auto& one) { return !one.second.groups.empty(); })) {
    options.by = GroupBy::kGroup;
    page.groups = summarise(ledger, options);
  }

  std::vector<const LedgerEntry*> entries;
  std::size_t on_time = 0;
  std::int32_t first = std::numeric_limits<std::int32_t>::max(), last = std::numeric_limits<std::int32_t>::min();
  Tally all;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.status == Status::kVoid || !options.counts(entry)) continue;
    all.add(entry);
    first = std::min(first, entry.day);
    last = std::max(last, entry.day);
    if (entry.in != kNoTime) ++page.arrivals[static_cast<std::size_t>(clock_of(entry) / 900)];
    on_time += entry.status == Status::kPresent;
    entries.push_back(&entry);
  }
  if (!entries.empty()) page.period = date_of(first) + " to " + date_of(last);
  options.by = GroupBy::kPerson;
  std::unordered_map<std::string, std::size_t> places;
  for (auto& line : summarise(ledger, options)) {
    places[line.key] = page.people.size();
    page.people.push_back({line.key, line.name, groups_of(known, to_nfc(line.key)), line.tally, {}});
  }
  page.cards = cards_of(all, page.people.size());
  if (entries.size() - on_time > kMostMarks) return page;
  const bool shows_all = entries.size() <= kMostMarks;
  std::sort(entries.begin(), entries.end(), [](const LedgerEntry* a, const LedgerEntry* b) {
    return std::tie(a->day, a->in, a->session) < std::tie(b->day, b->in, b->session);
  });
  for (const LedgerEntry* entry : entries) {
    if (!shows_all && entry->status == Status::kPresent) continue;
    HtmlReport::Mark mark{entry->day, ledger.sessions()[entry->session], entry->status};
    if (entry->in != kNoTime) mark.arrived = static_cast<std::int16_t>(clock_of(*entry) / 60);
    if (entry->late_minutes >= 0) mark.late_minutes = static_cast<std::int16_t>(std::min(entry->late_minutes, 32767));
    page.people[places[ledger.people()[entry->person].id]].marks.push_back(std::move(mark));
  }
  return page;
}

}  // namespace faceatt
