// faceatt-report: what an attendance log says.
#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <iterator>

#include "cli/logs.hpp"
#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/people/roster.hpp"
#include "faceatt/report/query.hpp"

namespace {

using namespace faceatt;

Record record_of(const AttendanceRow& row) {
  Record record;
  const auto cells = cells_of(row);
  for (std::size_t i = 0; i < cells.size(); ++i) record.push_back({kAttendanceColumns[i], *cells[i]});
  return record;
}

Record record_of(const PersonSummary& person) {
  return {{"id", person.id},
          {"name", person.name},
          {"present", std::int64_t{person.present}},
          {"late", std::int64_t{person.late}},
          {"absent", std::int64_t{person.absent}},
          {"excused", std::int64_t{person.excused}},
          {"first", person.first},
          {"last", person.last}};
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

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-report",
                  "[OPTIONS] [LOG|- ...]",
                  "Lists who was there, or counts it per person.\n\n"
                  "  faceatt-report --day today\n"
                  "  faceatt-report --by person --from 2026-09-01 --format csv\n"
                  "  ssh door cat Attendance.csv | faceatt-report -",
                  "Exit status: 0 there is something to report, 1 nothing, 2 usage error,\n"
                  "4 the log cannot be read.",
                  {"db", "log", "format", "zone"}});
  cli::Output out(tool);
  std::vector<std::string> logs;
  std::string from, to, day, by = "row";
  Query query;
  tool.app.add_option("LOG", logs, "Logs to read instead of --log; - is stdin");
  tool.app.add_option("--from", from, "First date, 2026-11-21, today or yesterday")->type_name("DATE");
  tool.app.add_option("--to", to, "Last date")->type_name("DATE");
  tool.app.add_option("--day", day, "This date only")->type_name("DATE");
  tool.app.add_option("--person", query.people, "Only this id or name; may be repeated")->type_name("ID");
  tool.add_group_option("Only people of this group of the roster in --db");
  tool.app.add_option("--by", by, "row: each mark; person: counts; hours: in and out")
      ->type_name("WHAT")
      ->default_str("row");

  return tool.main(argc, argv, [&]() -> int {
    if (by != "row" && by != "person" && by != "hours") {
      throw UsageError(fmt::format("--by: '{}' is not one of row, person, hours", by));
    }
    const std::string today = tool.clock()().date();
    const auto date = [&](const std::string& text) {
      if (text.empty() || is_date(text)) return text;
      if (text == "today") return today;
      if (text == "yesterday") return add_days(today, -1);
      throw UsageError(fmt::format("'{}' is not a date; write it like {}", printable(text), today));
    };
    if (!day.empty() && !(from.empty() && to.empty())) throw UsageError("--day goes without --from and --to");
    query.from = date(day.empty() ? from : day);
    query.to = date(day.empty() ? to : day);
    if (!query.from.empty() && !query.to.empty() && query.from > query.to) {
      throw UsageError(fmt::format("--from {} is after --to {}", query.from, query.to));
    }
    for (auto& person : query.people) person = to_nfc(person);
    std::vector<std::string> warnings;
    if (!tool.group().empty()) {
      const Roster roster = read_roster(tool.db() / "roster.csv", warnings);
      tool.warn_all(warnings);
      query.ids = people_of_group(roster, tool.group());
    }

    if (logs.empty()) logs = cli::logs_of(tool);
    std::vector<AttendanceRow> rows;
    for (const auto& log : logs) {
      std::vector<AttendanceRow> more;
      if (log == "-") {
        if (::isatty(STDIN_FILENO) != 0) throw UsageError("- wants a log on standard input, which is a terminal");
        const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
        more = parse_attendance(text, "standard input", warnings);
      } else {
        more = read_attendance(log, warnings);
      }
      rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    }
    tool.warn_all(warnings);
    out.open(logs);

    const bool text = out.format() == Format::kText;
    std::vector<Record> records;
    if (by == "hours") {
      for (const auto& stay : stays(rows, query)) records.push_back(record_of(stay, text));
    } else if (const auto selected = select(rows, query); by == "person") {
      for (const auto& person : summarise_by_person(selected)) records.push_back(record_of(person));
    } else {
      for (const auto& row : selected) records.push_back(text ? short_record_of(row) : record_of(row));
    }
    if (text) {
      out.raw(format_table(records));
    } else {
      for (const auto& record : records) out.record(record);
    }
    return records.empty() ? cli::kNothingFound : cli::kDone;
  });
}
