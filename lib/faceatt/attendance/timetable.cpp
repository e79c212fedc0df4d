#include "faceatt/attendance/timetable.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr int kDay = 86400;
constexpr std::size_t kMostRows = 100'000;
constexpr std::size_t kLongestName = 128;  // bytes
constexpr std::array<std::string_view, 9> kColumns = {"session",    "group",    "days", "start", "end",
                                                      "late_after", "location", "from", "until"};
constexpr std::array<std::string_view, 7> kDays = {"sunday",   "monday", "tuesday", "wednesday",
                                                   "thursday", "friday", "saturday"};

std::vector<std::string> split(std::string_view text, std::string_view separators) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find_first_of(separators, begin), text.size());
    if (auto part = trim(text.substr(begin, end - begin)); !part.empty()) parts.push_back(std::move(part));
    begin = end + 1;
  }
  return parts;
}

// Of "Mo", "mon" or "Monday", from Sunday.
std::optional<std::size_t> weekday_of(std::string_view text) {
  const std::string day = lower_ascii(text);
  if (day.size() < 2) return std::nullopt;
  for (std::size_t d = 0; d < kDays.size(); ++d) {
    if (kDays[d].starts_with(day)) return d;
  }
  return std::nullopt;
}

// From Sunday; dates before 1970, too.
std::size_t weekday_of_date(const std::string& date) {
  constexpr std::int64_t kThursday = 4;  // 1970-01-01
  const std::int64_t days = wall_midnight(date) / kDay;
  return static_cast<std::size_t>(((days + kThursday) % 7 + 7) % 7);
}

// Seconds of the day of "9:05" or "09:05".
std::optional<int> clock_of(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon < 1 || colon > 2 || text.size() != colon + 3) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<int> {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
    return value;
  };
  const auto hour = number(text.substr(0, colon)), minute = number(text.substr(colon + 1));
  if (!hour || !minute || *hour > 24 || *minute > 59 || (*hour == 24 && *minute > 0)) return std::nullopt;
  return *hour * 3600 + *minute * 60;
}

std::string clock_text(int seconds) { return fmt::format("{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60); }

}  // namespace

// One row of the file. Every throw names the line.
class Timetable::Reader {
 public:
  Reader(const std::string& name, const std::vector<std::string>& header, std::vector<std::string>& warnings)
      : name_(name), width_(header.size()) {
    for (std::size_t i = 0; i < header.size(); ++i) {
      const std::string column = lower_ascii(trim(header[i]));
      if (std::find(kColumns.begin(), kColumns.end(), column) == kColumns.end()) {
        if (!column.empty()) {
          warnings.push_back(fmt::format("{}:1: column '{}' is not used; there are {}", name, quotable(column),
                                         fmt::join(kColumns, ", ")));
        }
      } else if (!at_.emplace(column, i).second) {
        throw fail(fmt::format("column '{}' is there twice", column));
      }
    }
    for (const char* needed : {"session", "start", "end"}) {
      if (!at_.contains(needed)) {
        throw fail(fmt::format("not a timetable: the first line has no column '{}'; write it like {}", needed,
                               fmt::join(kColumns, ",")));
      }
    }
  }

  Row read(const CsvRow& csv) {
    line_ = csv.line;
    cells_ = &csv.cells;
    if (std::any_of(csv.cells.begin() + static_cast<std::ptrdiff_t>(std::min(width_, csv.cells.size())),
                    csv.cells.end(), [](const auto& cell) { return !trim(cell).empty(); })) {
      throw fail("more cells than the first line names; put a cell with a separator into quotes");
    }
    Row row;
    row.line = line_;
    row.meeting.session = session();
    for (const auto& group : split(cell("group"), ";")) row.meeting.groups.push_back(to_nfc(group));
    row.meeting.location = to_nfc(cell("location"));
    read_days(row);
    row.start = time_of_day("start");
    row.end = time_of_day("end");
    if (row.end == row.start) throw fail("the end is the start; a whole day is 00:00 to 23:59, or two rows");
    if (row.end < row.start) row.end += kDay;
    row.meeting.late_after = late_after(row);
    row.from = date("from");
    row.until = date("until");
    if (!row.from.empty() && !row.until.empty() && row.from > row.until) {
      throw fail(fmt::format("from {} is after until {}", row.from, row.until));
    }
    return row;
  }

  Error fail(const std::string& why) const {
    return {ErrorCode::kCannotRun, fmt::format("{}:{}: {}", name_, line_, why)};
  }

 private:
  std::string cell(const std::string& column) const {
    const auto at = at_.find(column);
    return at == at_.end() || at->second >= cells_->size() ? "" : trim((*cells_)[at->second]);
  }

  std::string session() const {
    std::string session = to_nfc(cell("session"));
    if (session.empty()) throw fail("the session has no name");
    if (session.size() > kLongestName) throw fail("the session's name is longer than 128 bytes");
    if (printable(session) != session) throw fail("the session's name has a control character");
    if (looks_like_formula(session)) {
      throw fail(fmt::format("session '{}': a spreadsheet would run it; begin it with a letter", session));
    }
    return session;
  }

  void read_days(Row& row) const {
    const auto days = split(cell("days"), " ,;");
    bool any = false;
    for (const auto& part : days) {
      if (is_date(part)) {
        row.dates.insert(part);
        continue;
      }
      const auto dash = part.find('-');
      const auto first = weekday_of(part.substr(0, dash));
      const auto last = dash == std::string::npos ? first : weekday_of(part.substr(dash + 1));
      if (!first || !last) {
        throw fail(fmt::format("days: '{}' is no day; write them like Mon Wed, Mon-Fri or 2026-11-21", quotable(part)));
      }
      for (std::size_t d = *first;; d = (d + 1) % 7) {
        row.days[d] = true;
        if (d == *last) break;
      }
      any = true;
    }
    if (any && !row.dates.empty()) throw fail("days: weekdays and dates go into two rows");
    if (days.empty()) row.days.fill(true);
  }

  int time_of_day(const std::string& column) const {
    const std::string text = cell(column);
    const auto seconds = clock_of(text);
    if (!seconds) {
      throw fail(
          fmt::format("{}: '{}' is not a time of the day; write it like 09:05 or 14:30", column, quotable(text)));
    }
    if (*seconds == kDay) {
      throw fail(fmt::format("{}: '24:00' is the next day's 00:00; write 00:00{}", column,
                             column == "end" ? ", as an end that is not after the start is on the next day" : ""));
    }
    return *seconds;
  }

  std::optional<std::chrono::seconds> late_after(const Row& row) const {
    const std::string text = cell("late_after");
    if (text.empty()) return std::nullopt;
    if (auto clock = clock_of(text)) {
      if (*clock < row.start) *clock += kDay;
      if (*clock > row.end) {
        throw fail(
            fmt::format("late_after: {} is not between {} and {}", text, clock_text(row.start), clock_text(row.end)));
      }
      return std::chrono::seconds(*clock - row.start);
    }
    try {
      return parse_grace(text);
    } catch (const UsageError&) {
      throw fail(fmt::format("late_after: '{}' cannot be read; write it like 10m, or 09:10", quotable(text)));
    }
  }

  std::string date(const std::string& column) const {
    std::string text = cell(column);
    if (text.empty() || is_date(text)) return text;
    throw fail(fmt::format("{}: '{}' is not a date; write it like 2026-11-21", column, quotable(text)));
  }

  const std::string& name_;
  std::size_t width_, line_ = 1;
  std::map<std::string, std::size_t> at_;  // columns
  const std::vector<std::string>* cells_ = nullptr;
};

Timetable Timetable::read(std::string_view text, const std::string& name, const Zone& zone,
                          std::vector<std::string>& warnings) {
  Timetable timetable;
  timetable.zone_ = zone;
  CsvReader csv(text);
  const auto header = csv.next();
  Reader reader(name, header ? header->cells : std::vector<std::string>{}, warnings);
  while (const auto row = csv.next()) {
    const bool is_blank = std::all_of(row->cells.begin(), row->cells.end(), [](auto& c) { return trim(c).empty(); });
    if (is_blank || trim(row->cells.front()).starts_with('#')) continue;
    timetable.rows_.push_back(reader.read(*row));
    if (timetable.rows_.size() > kMostRows) throw reader.fail("over 100,000 rows; this is no timetable");
  }
  if (timetable.rows_.empty()) warnings.push_back(name + ": no session in it; nobody will be marked");
  warn_of_overlaps(timetable.rows_, name, warnings);
  return timetable;
}

// Pairs that neither group nor location tells apart.
void Timetable::warn_of_overlaps(const std::vector<Row>& rows, const std::string& name,
                                 std::vector<std::string>& warnings) {
  constexpr std::size_t kMostWarnings = 5, kMostRowsCompared = 2000;
  std::size_t effort = 20'000'000;  // comparisons of groups and dates: half a second
  std::size_t found = 0;
  const std::size_t n = std::min(rows.size(), kMostRowsCompared);
  const auto alike = [](const Row& a, const Row& b) {
    const auto &x = a.meeting, &y = b.meeting;
    return x.location == y.location && (x.groups.empty() ? y.groups.empty() : share_group(x.groups, y.groups)) &&
           (a.until.empty() || b.from.empty() || a.until >= b.from) &&
           (b.until.empty() || a.from.empty() || b.until >= a.from);
  };
  const auto on_one_day = [](const Row& a, const Row& b) {
    for (const Row* r : {&a, &b}) {
      const Row& other = r == &a ? b : a;
      for (const auto& date : r->dates) {
        if (other.is_on(date)) return true;
      }
    }
    if (!a.dates.empty() || !b.dates.empty()) return false;
    for (std::size_t d = 0; d < 7; ++d) {
      if (a.days[d] && b.days[d]) return true;
    }
    return false;
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const Row &a = rows[i], &b = rows[j];
      if (a.start >= b.end || b.start >= a.end) continue;
      effort -= std::min(effort, a.meeting.groups.size() * b.meeting.groups.size() + a.dates.size() + b.dates.size());
      if (effort == 0) return;
      if (!alike(a, b) || !on_one_day(a, b)) continue;
      if (++found > kMostWarnings) continue;
      warnings.push_back(fmt::format(
          "{}:{}: {} overlaps {} of line {} for the same people and place; the one that starts later counts", name,
          b.line, b.meeting.session, a.meeting.session, a.line));
    }
  }
  if (found > kMostWarnings) warnings.push_back(fmt::format("{}: {} overlaps in all", name, found));
}

bool Timetable::Row::is_on(const std::string& date) const {
  if ((!from.empty() && date < from) || (!until.empty() && date > until)) return false;
  return dates.empty() ? days[weekday_of_date(date)] : dates.contains(date);
}

std::vector<Meeting> Timetable::meetings(std::int64_t from, std::int64_t to) const {
  std::vector<Meeting> found;
  const std::string last = add_days(zone_.at(to).date(), 1);
  for (std::string date = add_days(zone_.at(from).date(), -1); date <= last; date = add_days(date, 1)) {
    const std::int64_t midnight = wall_midnight(date);
    for (const Row& row : rows_) {
      if (!row.is_on(date)) continue;
      Meeting meeting = row.meeting;
      meeting.date = date;
      meeting.start = zone_.from_wall(midnight + row.start).unix_seconds;
      meeting.end = zone_.from_wall(midnight + row.end).unix_seconds;
      if (meeting.end <= meeting.start) meeting.end = meeting.start + row.end - row.start;  // clocks leapt over it
      if (meeting.start >= from && meeting.start < to) found.push_back(std::move(meeting));
    }
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return found;
}

}  // namespace faceatt
