// A table of another program, with what a user says of its columns in the first line and the file's name in the second:
// all of it is counted, what is taken over is what a log of ours can have, and everybody has one id.
#include <fmt/format.h>

#include "faceatt/attendance/foreign_log.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/foreign_text.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/people/foreign_people.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

const std::string kToday = "2026-11-21";

void check_table(const ForeignTable& table) {
  require(table.meanings.size() == table.header.size(), "each column has a meaning");
  std::map<Meaning, int> columns;
  for (const auto meaning : table.meanings) {
    require(meaning == Meaning::kNone || ++columns[meaning] == 1, "each meaning has one column");
  }
  for (const auto& row : table.rows) {
    require(row.line > 0 && row.cells.size() <= table.header.size(), "each cell has a column");
    for (const auto& cell : row.cells) require(is_utf8(cell), "cells are text");
  }
}

void check_time(const std::string& date, const std::string& clock) {
  if (!clock.empty()) require(try_parse_time(date + "T" + clock).has_value(), "a time of the day is one");
}

void check_marks(const ForeignLog& log) {
  const ForeignMarks read = read_marks(log, kToday);
  require(
      read.marks.size() + read.problems.size() + read.strangers + read.nameless + read.absent == log.table.rows.size(),
      "each row is a mark, or it is said why it is none");
  for (const auto& problem : read.problems) fuzz::check_refusal(problem);
  ForeignPeople people{{}};
  for (const auto& mark : read.marks) {
    require(is_date(mark.date) && mark.date >= "1990-01-01" && mark.date <= kToday, "dates are possible");
    require(mark.status == "present" || mark.status == "late" || mark.status == "excused", "a status is one of ours");
    require(mark.session.size() <= kLongestForeignText, "texts have a limit");
    check_time(mark.date, mark.clock);
    check_time(mark.date, mark.out);
    const auto found = people.add({mark.id, mark.name});
    if (found.id.empty()) {
      fuzz::check_refusal(found.problem);
      continue;
    }
    require(!id_problem(found.id) && to_nfc(found.id) == found.id, "ids are ids");
    const auto again = people.find({mark.id, mark.name});
    require(again.is_known && (again.id == found.id || again.id.empty()), "who was there is known");
  }
  std::string text = "id,name,groups\n";
  const Roster roster = people.for_roster();
  for (const auto& [id, entry] : roster) text += csv_line({id, entry.name, ""}) + "\n";
  std::vector<std::string> warnings;
  const Roster written = read_roster(fuzz::file_with("roster.csv", text), warnings);
  require(warnings.empty() && written.size() == roster.size(), "their roster can be read");
}

}  // namespace

FUZZ_TARGET(import) {
  const std::string_view asked = fuzz::take_line(input);
  const std::string name{cut(printable(fuzz::take_line(input)), 200)};  // as a file can be called
  person_of_folder(name);
  person_of_photo(name);
  kind_of_folder(name);
  ColumnRequest request;
  if (!asked.empty() && !fuzz::accepts([&] { request = parse_column_request(asked); })) return;
  std::vector<ForeignLog> logs;
  const bool is_read = fuzz::accepts([&] {
    ForeignTable table = read_foreign_table(input, name + ".csv");
    check_table(table);
    logs.push_back(read_foreign_log(std::move(table), request, kToday));
  });
  if (!is_read) return;
  check_table(logs[0].table);
  settle_dates(logs);
  if (logs[0].is_settled()) {
    check_marks(logs[0]);
  } else {
    fuzz::check_refusal(why_unsettled(logs[0]));
  }
}
