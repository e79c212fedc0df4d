#include "faceatt/attendance/foreign_log.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/foreign_text.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/core/written_time.hpp"

namespace faceatt {
namespace {

constexpr std::string_view kEarliest = "1990-01-01";

bool is_possible(const std::string& date, const std::string& today) { return date >= kEarliest && date <= today; }

// The texts that say when, with their lines.
std::vector<std::pair<std::size_t, std::string>> date_texts(const ForeignLog& log) {
  std::vector<std::pair<std::size_t, std::string>> texts;
  if (!log.date_text.empty()) return {{0, log.date_text}};
  for (const auto& row : log.table.rows) {
    if (auto text = log.table.cell(row, Meaning::kDate); !text.empty()) texts.emplace_back(row.line, std::move(text));
  }
  return texts;
}

void find_formats(ForeignLog& log, const std::string& today) {
  const auto texts = date_texts(log);
  std::map<std::string, std::size_t> fits;
  std::map<std::string, std::vector<std::string>> formats_of;  // by text: days have many rows
  std::vector<std::string> order;
  for (const auto& [line, text] : texts) {
    auto [known, is_new] = formats_of.try_emplace(text);
    for (auto& reading : is_new ? date_readings(text) : std::vector<DateReading>()) {
      if (is_possible(reading.time.date, today)) known->second.push_back(std::move(reading.format));
    }
    for (const auto& format : known->second) {
      if (++fits[format] == 1) order.push_back(format);
    }
  }
  // What is no date at all is damaged; the others must all be written in one way.
  const auto damaged = static_cast<std::size_t>(
      std::count_if(texts.begin(), texts.end(), [&](const auto& text) { return formats_of[text.second].empty(); }));
  for (const auto& format : order) {
    if (fits[format] + damaged == texts.size()) log.date_formats.push_back(format);
  }
  if (log.date_formats.size() != 1) return;
  // The text that settles it is worth showing.
  const std::string& format = log.date_formats.front();
  for (const auto& [line, text] : texts) {
    const auto& known = formats_of[text];
    if (known.size() != 1 || known.front() != format) continue;
    log.date_reason = line == 0 ? fmt::format("{} has no other reading", quotable(text))
                                : fmt::format("{} in line {} has no other reading", quotable(text), line);
    return;
  }
  log.date_reason = "no other fits all rows";
}

// Under which of the formats every row has the date that the file's name says.
void heed_name(ForeignLog& log) {
  const std::string in_name = date_in_name(log.table.file.stem().string());
  if (log.is_settled() || in_name.empty()) return;
  const auto named = date_readings(in_name);
  if (named.size() != 1) return;
  const auto texts = date_texts(log);
  std::vector<std::string> agreeing;
  for (const auto& format : log.date_formats) {
    const bool agrees = std::all_of(texts.begin(), texts.end(), [&](const auto& text) {
      const auto time = read_date(text.second, format);
      return time && time->date == named.front().time.date;
    });
    if (agrees) agreeing.push_back(format);
  }
  if (agreeing.size() != 1) return;
  log.date_formats = agreeing;
  log.date_reason = fmt::format("the file's name says {}", named.front().time.date);
}

std::string clock_text(const WrittenTime& time) {
  if (!time.seconds) return {};
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", *time.seconds / 3600, *time.seconds / 60 % 60, *time.seconds % 60);
  if (time.utc_offset) {
    const int minutes = std::abs(*time.utc_offset) / 60;
    text += fmt::format("{}{:02}:{:02}", *time.utc_offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
  }
  return text;
}

// A time of the day; a time with a date counts when the date is `date`.
std::optional<std::string> read_time_cell(const std::string& cell, const std::string& format) {
  if (!format.empty()) {
    const auto time = read_written(cell, format);
    return time && time->seconds ? std::optional(clock_text(*time)) : std::nullopt;
  }
  if (const auto time = read_clock(cell)) return clock_text(*time);
  const auto readings = date_readings(cell);
  if (readings.empty() || !readings.front().time.seconds) return std::nullopt;
  return clock_text(readings.front().time);
}

// A status of ours; empty: they were not there. None: not known.
std::optional<std::string> status_of(const std::string& cell) {
  static const std::map<std::string, std::string> kWords = {{"", "present"},
                                                            {"present", "present"},
                                                            {"p", "present"},
                                                            {"1", "present"},
                                                            {"yes", "present"},
                                                            {"y", "present"},
                                                            {"x", "present"},
                                                            {"true", "present"},
                                                            {"in", "present"},
                                                            {"entry", "present"},
                                                            {"ontime", "present"},
                                                            {"on time", "present"},
                                                            {"anwesend", "present"},
                                                            {"late", "late"},
                                                            {"l", "late"},
                                                            {"verspätet", "late"},
                                                            {"excused", "excused"},
                                                            {"e", "excused"},
                                                            {"leave", "excused"},
                                                            {"entschuldigt", "excused"},
                                                            {"absent", ""},
                                                            {"a", ""},
                                                            {"0", ""},
                                                            {"no", ""},
                                                            {"n", ""},
                                                            {"false", ""},
                                                            {"abwesend", ""},
                                                            {"-", ""}};
  const auto found = kWords.find(fold_case(cell));
  return found == kWords.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool is_stranger_name(std::string_view name) {
  static const std::set<std::string> kWords = {
      "unknown",      "unknowns",     "unknown person",   "unknown face", "stranger", "strangers",
      "unrecognized", "unrecognised", "not recognized",   "none",         "null",     "nan",
      "no match",     "n/a",          "no persons found", "unbekannt"};
  std::string folded = fold_case(trim(name));
  std::replace(folded.begin(), folded.end(), '_', ' ');
  while (!folded.empty() && (folded.back() == ' ' || (folded.back() >= '0' && folded.back() <= '9'))) folded.pop_back();
  return kWords.contains(folded);
}

ForeignLog read_foreign_log(ForeignTable table, const ColumnRequest& request, const std::string& today) {
  ForeignLog log;
  apply(request, table);
  log.table = std::move(table);
  const auto asked = [&](Meaning meaning) {
    const auto found = request.columns.find(meaning);
    return found == request.columns.end() ? ColumnRequest::Column{} : found->second;
  };
  log.time_format = asked(Meaning::kTime).format;
  log.out_format = asked(Meaning::kOut).format;
  const auto date = asked(Meaning::kDate);
  if (!log.table.has(Meaning::kDate)) log.date_text = date_in_name(log.table.file.stem().string());
  if (!date.value.empty() && !log.table.has(Meaning::kDate) && log.date_text.empty()) {
    log.date = log.date_text = date.value;
    log.date_reason = "as --columns says";
    return log;
  }
  if (!date.format.empty()) {
    log.date_formats = {date.format};
    log.date_reason = "as --columns says";
  } else {
    find_formats(log, today);
    heed_name(log);
  }
  return log;
}

void settle_dates(std::vector<ForeignLog>& logs) {
  // Formats that are settled, and where.
  std::map<std::string, std::string> settled;
  for (const auto& log : logs) {
    if (log.date_formats.size() == 1 && log.date.empty()) {
      settled.emplace(log.date_formats.front(), log.table.file.filename().string());
    }
  }
  for (auto& log : logs) {
    if (log.is_settled() || log.date_formats.empty()) continue;
    std::vector<std::string> known;
    for (const auto& format : log.date_formats) {
      if (settled.contains(format)) known.push_back(format);
    }
    if (known.size() != 1) continue;  // none, or files that contradict each other
    log.date_reason = fmt::format("as in {}", settled.at(known.front()));
    log.date_formats = known;
  }
  for (auto& log : logs) {
    if (!log.date.empty() || log.date_text.empty() || log.date_formats.size() != 1) continue;
    auto time = read_date(log.date_text, log.date_formats.front());
    if (!time) time = read_written(log.date_text, log.date_formats.front());
    if (time) log.date = time->date;
  }
}

std::string why_unsettled(const ForeignLog& log) {
  const auto texts = date_texts(log);
  if (texts.empty()) {
    return "no column and no file name says on which day; if all rows are of one day, say it with --columns "
           "date=2026-11-21";
  }
  // A text that shows the difference.
  for (const auto& [line, text] : texts) {
    std::vector<std::string> dates, options;
    for (const auto& format : log.date_formats) {
      const auto time = read_date(text, format);
      if (!time) continue;
      if (std::find(dates.begin(), dates.end(), time->date) == dates.end()) dates.push_back(time->date);
      options.push_back(fmt::format("--columns 'date={}'", format));
    }
    if (dates.size() < 2) continue;
    return fmt::format("{}{} may be {}, and no other row says which; say it with {}", quotable(text),
                       line == 0 ? " in its name" : fmt::format(" in line {}", line), fmt::join(dates, " or "),
                       fmt::join(options, " or "));
  }
  for (const auto& [line, text] : texts) {
    const auto readings = date_readings(text), first = date_readings(texts.front().second);
    const bool is_another_way = !readings.empty() && std::none_of(readings.begin(), readings.end(), [&](const auto& r) {
      return std::any_of(first.begin(), first.end(), [&](const auto& f) { return f.format == r.format; });
    });
    if (!is_another_way) continue;
    return fmt::format("'{}' in line {} and '{}' in line {} are written in different ways; make two files of it",
                       quotable(texts.front().second), texts.front().first, quotable(text), line);
  }
  return fmt::format("'{}'{} is no date that is known; say how to read it, as in --columns 'date=%d/%m/%Y'",
                     quotable(texts.front().second),
                     texts.front().first == 0 ? " in its name" : fmt::format(" in line {}", texts.front().first));
}

ForeignMarks read_marks(const ForeignLog& log, const std::string& today) {
  ForeignMarks result;
  const ForeignTable& table = log.table;
  const std::string file = table.file.filename().string();
  for (const auto& row : table.rows) {
    ForeignMark mark;
    mark.line = row.line;
    mark.id = table.cell(row, Meaning::kId);
    mark.name = table.person_name(row);
    const auto fail = [&](const std::string& why) {
      result.problems.push_back(fmt::format("{}:{}: {}", file, row.line, why));
    };
    if (mark.id.empty() && mark.name.empty()) {
      ++result.nameless;
      continue;
    }
    if (is_stranger_name(mark.name.empty() ? mark.id : mark.name) || (mark.name.empty() && is_stranger_name(mark.id))) {
      ++result.strangers;
      continue;
    }
    const std::string status = table.cell(row, Meaning::kStatus);
    const auto known = status_of(status);
    if (!known) {
      fail(fmt::format("'{}' is no status", quotable(status)));
      continue;
    }
    if (known->empty()) {
      ++result.absent;
      continue;
    }
    mark.status = *known;
    mark.session = table.cell(row, Meaning::kSession);
    if (mark.session.size() > kLongestForeignText) {
      fail(fmt::format("'{}' is longer than {} bytes", quotable(mark.session), kLongestForeignText));
      continue;
    }
    mark.date = log.date;
    if (log.date.empty()) {
      const std::string cell = table.cell(row, Meaning::kDate);
      const std::string& format = log.date_formats.front();
      auto time = read_date(cell, format);
      if (!time) time = read_written(cell, format);
      if (!time || time->date.empty()) {
        fail(cell.empty() ? "has no date" : fmt::format("'{}' is no date by {}", quotable(cell), quotable(format)));
        continue;
      }
      mark.date = time->date;
      mark.clock = clock_text(*time);
    }
    if (!is_possible(mark.date, today)) {
      fail(fmt::format("{} is {}", mark.date, mark.date > today ? "in the future" : "before 1990"));
      continue;
    }
    const std::string time_cell = table.cell(row, Meaning::kTime), out_cell = table.cell(row, Meaning::kOut);
    if (!time_cell.empty()) {
      const auto clock = read_time_cell(time_cell, log.time_format);
      if (!clock) {
        fail(fmt::format("'{}' is no time of the day", quotable(time_cell)));
        continue;
      }
      mark.clock = *clock;
    }
    if (!out_cell.empty() && out_cell != "-") mark.out = read_time_cell(out_cell, log.out_format).value_or("");
    result.marks.push_back(std::move(mark));
  }
  return result;
}

}  // namespace faceatt
