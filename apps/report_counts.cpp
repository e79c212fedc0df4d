#include "report_counts.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "cli/store.hpp"
#include "faceatt/attendance/store_rows.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

// From the first to the last day of the log, or as asked for.
std::pair<std::int32_t, std::int32_t> days_of(const Ledger& ledger, const ReportOptions& o, std::int32_t today) {
  std::int32_t first = today, last = today;
  for (const LedgerEntry& entry : ledger.entries()) first = std::min(first, entry.day);
  if (!o.from.empty()) first = *day_of(o.from);
  if (!o.to.empty()) last = std::min(last, *day_of(o.to));
  return {first, last};
}

// Whether an entry was asked for.
std::function<bool(const LedgerEntry&)> filter_of(const Ledger& ledger, const ReportOptions& o, const Roster& known,
                                                  const std::string& group) {
  std::vector<bool> people(ledger.people().size()), sessions(ledger.sessions().size());
  for (std::size_t p = 0; p < people.size(); ++p) {
    const std::string id = to_nfc(ledger.people()[p].id), name = to_nfc(ledger.people()[p].name);
    const auto is_asked = [&](const std::string& person) { return person == id || person == name; };
    people[p] = (o.people.empty() || std::any_of(o.people.begin(), o.people.end(), is_asked)) &&
                (group.empty() || share_group(groups_of(known, id), {group_key(group)}));
  }
  for (std::size_t s = 0; s < sessions.size(); ++s) {
    const auto is_asked = [&](const std::string& session) { return session == to_nfc(ledger.sessions()[s]); };
    sessions[s] = o.sessions.empty() || std::any_of(o.sessions.begin(), o.sessions.end(), is_asked);
  }
  return [people = std::move(people), sessions = std::move(sessions),
          statuses = o.wanted_statuses](const LedgerEntry& entry) {
    return people[entry.person] && sessions[entry.session] && (statuses.empty() || statuses.contains(entry.status));
  };
}

FieldValue rate_of(const Tally& tally, bool is_text) {
  const auto rate = tally.rate();
  if (!rate) return is_text ? FieldValue(std::string()) : FieldValue(std::monostate{});
  if (is_text) return fmt::format("{:3.0f} %", *rate * 100);
  return Decimal{*rate, 4};
}

const char* key_name(GroupBy by) {
  switch (by) {
    case GroupBy::kPerson:
      return "id";
    case GroupBy::kDay:
      return "date";
    case GroupBy::kSession:
      return "session";
    case GroupBy::kGroup:
      return "group";
    case GroupBy::kWeek:
      return "week";
    case GroupBy::kMonth:
      break;
  }
  return "month";
}

Record record_of(const TallyLine& line, GroupBy by, bool is_text) {
  const Tally& t = line.tally;
  const bool is_person = by == GroupBy::kPerson;
  Record r{{key_name(by), line.key}};
  if (is_person) r.push_back({"name", line.name});
  r.push_back({"present", std::int64_t{t.present}});
  r.push_back({"late", std::int64_t{t.late}});
  r.push_back({"absent", std::int64_t{t.absent}});
  r.push_back({"excused", std::int64_t{t.excused}});
  if (is_person) {
    r.push_back({"first", t.came() > 0 ? date_of(t.first) : ""});
    r.push_back({"last", t.came() > 0 ? date_of(t.last) : ""});
  }
  r.push_back({"rate", rate_of(t, is_text)});
  r.push_back({"minutes_late", std::int64_t{t.minutes_late}});
  r.push_back({"hours", t.seconds > 0 ? FieldValue(Decimal{static_cast<double>(t.seconds) / 3600, 2})
                                      : FieldValue(std::monostate{})});
  return r;
}

constexpr std::size_t kBarWidth = 10;
constexpr std::int32_t kTrendWeeks = 12;

}  // namespace

SummaryOptions summary_options(const Ledger& ledger, const ReportOptions& o, const Roster& known,
                               const std::string& group) {
  SummaryOptions options;
  options.counts = filter_of(ledger, o, known, group);
  options.groups_of = [&](const std::string& id) { return groups_of(known, id); };
  return options;
}

std::vector<std::string> groups_of(const Roster& roster, const std::string& id) {
  const auto entry = roster.find(id);
  return entry == roster.end() ? std::vector<std::string>{} : entry->second.groups;
}

Ledger read_ledger(const cli::Tool& tool, const ReportOptions& o, const Roster& known, const Schedule* schedule) {
  LedgerFilter filter;
  if (!o.from.empty()) filter.from = *day_of(o.from);
  if (!o.to.empty()) filter.to = *day_of(o.to);
  Ledger ledger(filter);
  std::vector<std::string> warnings;
  if (const auto store = cli::store_of(tool); store && o.logs.empty()) {
    StoreLink link(*store);
    StoreRows log(link);
    for (auto rows = log.next(); !rows.empty(); rows = log.next()) {
      for (const StoredRow& stored : rows) ledger.add_row(stored.row);
    }
  }
  for (const auto& log : o.logs) {
    if (log == "-") {
      ledger.add_stream(STDIN_FILENO, "standard input", warnings);
    } else {
      ledger.add_file(log, warnings);
    }
  }
  tool.warn_all(warnings);
  const LocalTime now = tool.clock()();
  const auto [first, last] = days_of(ledger, o, day_of(now.date()).value());
  std::map<std::string, std::vector<std::string>> groups;
  for (const auto& [id, person] : known) groups[id] = person.groups;
  add_absent(ledger, schedule != nullptr ? expected_by(*schedule, groups, first, last, now.unix_seconds)
                                         : expected_each_day(ledger, groups));
  for (const auto& [id, person] : known) ledger.set_name(id, person.name);
  return ledger;
}

std::vector<Record> count_records(const Ledger& ledger, const ReportOptions& o, const Roster& known,
                                  const std::string& group, bool is_text, bool unicode) {
  SummaryOptions options = summary_options(ledger, o, known, group);
  options.by = *o.group_by;
  const bool is_person = options.by == GroupBy::kPerson;
  std::unordered_map<std::string, std::pair<std::int32_t, std::string>> runs;  // by id: streak and trend
  if (is_person) {
    const auto all = streaks(ledger, options.counts);
    const auto weeks = is_text ? weekly_rates(ledger, options.counts, kTrendWeeks) : std::vector<std::vector<double>>();
    for (std::size_t p = 0; p < all.size(); ++p) {
      runs[ledger.people()[p].id] = {all[p], is_text ? sparkline(weeks[p], unicode) : ""};
    }
  }
  std::vector<Record> records;
  for (const TallyLine& line : summarise(ledger, options)) {
    if (o.least_rate && line.tally.rate().value_or(1) >= *o.least_rate) continue;
    records.push_back(record_of(line, options.by, is_text));
    if (is_person) records.back().push_back({"streak", std::int64_t{runs[line.key].first}});
    if (!is_text) continue;
    if (is_person) {
      records.back().push_back({"trend", runs[line.key].second});
    } else {
      records.back().push_back({"chart", bar(line.tally.rate().value_or(std::nan("")), kBarWidth, unicode)});
    }
  }
  return records;
}

std::vector<Record> entry_records(const Ledger& ledger, const ReportOptions& o, const Roster& known,
                                  const std::string& group) {
  const auto counts = filter_of(ledger, o, known, group);
  std::vector<const LedgerEntry*> entries;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.status != Status::kVoid && counts(entry)) entries.push_back(&entry);
  }
  const auto order = [&](const LedgerEntry* e) {
    return std::tie(e->day, ledger.sessions()[e->session], ledger.people()[e->person].id);
  };
  std::sort(entries.begin(), entries.end(), [&](const auto* a, const auto* b) { return order(a) < order(b); });
  std::vector<Record> records;
  for (const LedgerEntry* e : entries) {
    const auto& person = ledger.people()[e->person];
    records.push_back({{"date", date_of(e->day)},
                       {"session", ledger.sessions()[e->session]},
                       {"id", person.id},
                       {"name", person.name},
                       {"status", std::string(name_of(e->status))},
                       {"minutes_late", e->late_minutes >= 0 ? FieldValue(std::int64_t{e->late_minutes})
                                                             : FieldValue(std::monostate{})}});
  }
  return records;
}

CalendarGrid calendar_of(const Ledger& ledger, const ReportOptions& o, const Roster& known, const std::string& group) {
  return calendar_of(ledger, filter_of(ledger, o, known, group));
}

}  // namespace faceatt
