// faceatt-report: what an attendance log says.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include "cli/attendance.hpp"
#include "cli/console.hpp"
#include "cli/logs.hpp"
#include "cli/output.hpp"
#include "cli/people.hpp"
#include "cli/store.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/report/layout.hpp"
#include "report_counts.hpp"
#include "report_options.hpp"
#include "report_page.hpp"
#include "report_rows.hpp"
#include "report_store.hpp"

using namespace faceatt;

namespace {

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

LayoutOptions layout_for(const cli::Output& out) {
  LayoutOptions layout;
  layout.unicode = cli::terminal_is_utf8();
  layout.droppable = {"trend",        "chart",   "streak", "hours",   "first", "last",
                      "minutes_late", "excused", "source", "session", "time"};
  if (!out.is_terminal()) return layout;
  layout.width = cli::terminal_width();
  const char* const no_colour = std::getenv("NO_COLOR");
  layout.colour = no_colour == nullptr || *no_colour == '\0';
  return layout;
}

// The exit code.
int print(cli::Output& out, std::vector<Record> records) {
  const bool is_empty = records.empty();
  if (out.format() == Format::kText) {
    out.raw(layout_table(without_empty_columns(std::move(records)), layout_for(out)));
  } else if (out.format() == Format::kMarkdown) {
    out.raw(markdown_table(without_empty_columns(std::move(records))));
  } else {
    for (Record& record : records) out.record(for_spreadsheet(std::move(record), out.format()));
  }
  return is_empty ? cli::kNothingFound : cli::kDone;
}

std::unique_ptr<LogFollower> follower_of(const cli::Tool& tool) {
  if (const auto store = cli::store_of(tool)) return std::make_unique<StoreFollower>(*store);
  return std::make_unique<FileFollower>(tool.settings.text("log"));
}

int print_rows(const cli::Tool& tool, const ReportOptions& options, cli::Output& out) {
  if (tool.settings.flag_given("schedule")) cli::read_schedule(tool);  // it changes nothing; a mistake in it is told
  const Query query = query_of(tool, options);
  const auto follower = options.follows ? follower_of(tool) : nullptr;
  const auto rows = follower ? follower->next() : read_rows(tool, options.logs);
  out.open(options.logs);
  const int code = print(out, row_records(rows, query, options.is_hours, is_for_people(out.format())));
  return follower ? follow(tool, query, *follower, out) : code;
}

// Everything that has to know who was expected.
int print_counts(const cli::Tool& tool, const ReportOptions& options, cli::Output& out) {
  const Roster known = cli::knows_people(tool) ? cli::known_people(tool) : Roster{};
  if (!tool.group().empty()) people_of_group(known, tool.group());  // there is such a group
  const auto schedule = cli::read_schedule(tool);
  const Ledger ledger = read_ledger(tool, options, known, schedule.get());
  out.open(options.logs);
  if (out.format() == Format::kHtml) {
    const HtmlReport page = page_of(ledger, options, known, tool.group(), tool.clock()());
    write_html(page, [&](std::string_view piece) { out.raw(std::string(piece)); });
    return page.people.empty() ? cli::kNothingFound : cli::kDone;
  }
  if (options.draws_calendar) {
    const CalendarGrid calendar = calendar_of(ledger, options, known, tool.group());
    if (calendar.people.empty()) return cli::kNothingFound;
    out.raw(layout_calendar(calendar, layout_for(out)));
    return cli::kDone;
  }
  if (!options.group_by) return print(out, entry_records(ledger, options, known, tool.group()));
  return print(
      out, count_records(ledger, options, known, tool.group(), is_for_people(out.format()), cli::terminal_is_utf8()));
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
                  "3 --import left rows out, 4 the log cannot be read, 130/143 stopped by a signal.",
                  {"db", "log", "store", "spool", "key_file", "format", "schedule", "holidays", "zone", "open_early",
                   "late_after"}});
  cli::Output out(tool);
  out.allow_documents();
  ReportOptions options;
  add_options(tool, options);

  return tool.main(argc, argv, [&]() -> int {
    check(tool, options);
    if (!options.exports.empty()) return export_log(tool, out, options.exports);
    if (!options.imports.empty()) return import_log(tool, out, options.imports);
    if (options.logs.empty()) options.logs = cli::logs_of(tool);
    if (std::find(options.logs.begin(), options.logs.end(), "-") != options.logs.end() && ::isatty(STDIN_FILENO) != 0) {
      throw UsageError("- wants a log on standard input, which is a terminal");
    }
    const bool counts = options.group_by || options.lists_absent || options.draws_calendar ||
                        parse_format(tool.settings.text("format")) == Format::kHtml;
    return counts ? print_counts(tool, options, out) : print_rows(tool, options, out);
  });
}
