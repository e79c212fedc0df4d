// faceatt-report: what an attendance log says.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <optional>
#include <thread>
#include <utility>

#include "cli/attendance.hpp"
#include "cli/console.hpp"
#include "cli/logs.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/roster.hpp"
#include "faceatt/report/follow.hpp"
#include "faceatt/report/layout.hpp"
#include "faceatt/report/query.hpp"
#include "report_counts.hpp"
#include "report_options.hpp"
#include "report_page.hpp"

namespace {

using namespace faceatt;

constexpr auto kBetweenLooks = std::chrono::milliseconds(300);  // of --follow

Record record_of(const AttendanceRow& row) {
  Record record;
  const auto cells = cells_of(row);
  for (std::size_t i = 0; i < cells.size(); ++i) record.push_back({kAttendanceColumns[i], *cells[i]});
  return record;
}

Record record_of(const Stay& stay, bool is_text) {
  const auto time = [&](const std::string& iso) { return is_text && iso.size() >= 19 ? iso.substr(11, 8) : iso; };
  const auto hours = [&]() -> FieldValue {
    if (!stay.seconds) return std::monostate{};
    return Decimal{static_cast<double>(*stay.seconds) / 3600, 2};
  };
  return {{"date", stay.date},   {"id", stay.id},         {"name", stay.name}, {"session", stay.session},
          {"in", time(stay.in)}, {"out", time(stay.out)}, {"hours", hours()}};
}

// What people look at first; the other columns are in csv, tsv and jsonl.
Record short_record_of(const AttendanceRow& row) {
  const auto clock = row.time.size() >= 19 ? row.time.substr(11, 8) : row.time;
  return {{"date", row.date},       {"time", clock},        {"id", row.id},        {"name", row.name},
          {"session", row.session}, {"status", row.status}, {"source", row.source}};
}

// People need not see columns in which nothing stands.
std::vector<Record> without_empty_columns(std::vector<Record> records) {
  const auto is_filled = [&](std::size_t column) {
    return std::any_of(records.begin(), records.end(), [&](const Record& record) {
      const std::string text = field_text(record[column].value);
      return !text.empty() && (text != "0" || record[column].name != "minutes_late");
    });
  };
  for (std::size_t column = records.empty() ? 0 : records.front().size(); column-- > 0;) {
    const std::string_view name = records.front()[column].name;
    if ((name != "minutes_late" && name != "hours" && name != "rate") || is_filled(column)) continue;
    for (Record& record : records) record.erase(record.begin() + static_cast<std::ptrdiff_t>(column));
  }
  return records;
}

// csv and tsv are opened by spreadsheets, too, which would run a name like =1+1.
Record for_spreadsheet(Record record, Format format) {
  if (format != Format::kCsv && format != Format::kTsv) return record;
  for (Field& field : record) {
    auto* const text = std::get_if<std::string>(&field.value);
    if (text != nullptr && looks_like_formula(*text)) text->insert(0, 1, '\'');
  }
  return record;
}

Query query_of(const cli::Tool& tool, const ReportOptions& o) {
  Query query;
  query.from = o.from;
  query.to = o.to;
  query.people = o.people;
  query.sessions = o.sessions;
  query.statuses.insert(o.statuses.begin(), o.statuses.end());
  if (tool.group().empty()) return query;
  std::vector<std::string> warnings;
  const Roster roster = read_roster(tool.db() / "roster.csv", warnings);
  tool.warn_all(warnings);
  query.ids = people_of_group(roster, tool.group());
  return query;
}

std::vector<AttendanceRow> read_rows(const cli::Tool& tool, const std::vector<std::string>& logs) {
  std::vector<std::string> warnings;
  std::vector<AttendanceRow> rows;
  for (const auto& log : logs) {
    auto more = log == "-" ? parse_attendance(std::string{std::istreambuf_iterator<char>(std::cin), {}},
                                              "standard input", warnings)
                           : read_attendance(log, warnings);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  tool.warn_all(warnings);
  return rows;
}

// The rows themselves, or from when to when people were there.
std::vector<Record> row_records(const std::vector<AttendanceRow>& rows, const Query& query, bool is_hours,
                                bool is_text) {
  std::vector<Record> records;
  if (is_hours) {
    for (const auto& stay : stays(rows, query)) records.push_back(record_of(stay, is_text));
  } else {
    for (const auto& row : select(rows, query)) records.push_back(is_text ? short_record_of(row) : record_of(row));
  }
  return records;
}

// Prints rows as they come. The exit code.
int follow(const Query& query, LogFollower& follower, cli::Output& out) {
  const bool is_text = out.format() == Format::kText;
  cli::catch_signals();
  while (cli::stop_signal() == 0 && !out.closed()) {
    for (const auto& row : select(follower.next(), query)) {
      out.record(is_text ? short_record_of(row) : for_spreadsheet(record_of(row), out.format()));
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return cli::stop_signal() != 0 ? 128 + cli::stop_signal() : cli::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-report",
                  "[OPTIONS] [LOG|- ...]",
                  "Lists who was there, or counts it.\n\n"
                  "  faceatt-report --day today\n"
                  "  faceatt-report --by person --last 30d --below 75%\n"
                  "  faceatt-report --absent --day yesterday --schedule timetable.csv\n"
                  "  faceatt-report --by month --group 7a --format csv\n"
                  "  faceatt-report --last 4w --format html -o report.html     or md\n"
                  "  ssh door cat Attendance.csv | faceatt-report -",
                  "Exit status: 0 there is something to report, 1 nothing, 2 usage error,\n"
                  "4 the log cannot be read.",
                  {"db", "log", "format", "schedule", "holidays", "zone", "open_early", "late_after"}});
  cli::Output out(tool);
  out.allow_documents();
  ReportOptions options;
  add_options(tool, options);

  return tool.main(argc, argv, [&]() -> int {
    check(tool, options);
    if (options.logs.empty()) options.logs = cli::logs_of(tool);
    if (std::find(options.logs.begin(), options.logs.end(), "-") != options.logs.end() && ::isatty(STDIN_FILENO) != 0) {
      throw UsageError("- wants a log on standard input, which is a terminal");
    }
    const auto schedule = cli::read_schedule(tool);
    const Format format = parse_format(tool.settings.text("format"));
    const bool is_text = format == Format::kText || format == Format::kMarkdown;
    LayoutOptions layout;
    layout.unicode = cli::terminal_is_utf8();
    layout.droppable = {"trend",        "chart",   "streak", "hours",   "first", "last",
                        "minutes_late", "excused", "source", "session", "time"};
    if (format == Format::kHtml) {
      const KnownPeople known = known_people(tool);
      if (!tool.group().empty()) people_of_group(known.roster, tool.group());
      const Ledger ledger = read_ledger(tool, options, known, schedule.get());
      const HtmlReport page = page_of(ledger, options, known, tool.group(), tool.clock()());
      out.open(options.logs);
      write_html(page, [&](std::string_view piece) { out.raw(std::string(piece)); });
      return page.people.empty() ? cli::kNothingFound : cli::kDone;
    }
    std::optional<LogFollower> follower;
    if (options.follows) follower.emplace(tool.settings.text("log"));
    Query query;
    std::vector<Record> records;
    std::optional<CalendarGrid> calendar;
    if (options.group_by || options.lists_absent || options.draws_calendar) {
      const KnownPeople known = known_people(tool);
      if (!tool.group().empty()) people_of_group(known.roster, tool.group());  // there is such a group
      const Ledger ledger = read_ledger(tool, options, known, schedule.get());
      if (options.draws_calendar) {
        calendar = calendar_of(ledger, options, known, tool.group());
      } else {
        records = options.group_by ? count_records(ledger, options, known, tool.group(), is_text, layout.unicode)
                                   : entry_records(ledger, options, known, tool.group());
      }
    } else {
      query = query_of(tool, options);
      const auto rows = follower ? follower->next() : read_rows(tool, options.logs);
      records = row_records(rows, query, options.is_hours, is_text);
    }
    out.open(options.logs);
    if (out.is_terminal()) {
      layout.width = cli::terminal_width();
      layout.colour = std::getenv("NO_COLOR") == nullptr || *std::getenv("NO_COLOR") == '\0';
    }
    const bool is_empty = calendar ? calendar->people.empty() : records.empty();
    if (calendar) {
      if (!is_empty) out.raw(layout_calendar(*calendar, layout));
    } else if (is_text) {
      records = without_empty_columns(std::move(records));
      out.raw(format == Format::kText ? layout_table(records, layout) : markdown_table(records));
    } else {
      for (auto& record : records) out.record(for_spreadsheet(std::move(record), format));
    }
    if (follower) return follow(query, *follower, out);
    return is_empty ? cli::kNothingFound : cli::kDone;
  });
}
