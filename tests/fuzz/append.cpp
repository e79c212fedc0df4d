// First line: a row to mark; the rest: the log that is there already, as anything may have left it.
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

using Outcome = AttendanceLog::Outcome;

AttendanceRow row_of(std::string_view line) {
  AttendanceRow row;
  const auto csv = CsvReader(line, ',').next();
  const auto cell = [&](std::size_t at) { return csv && at < csv->cells.size() ? csv->cells[at] : std::string(); };
  row.date = "2026-11-20";
  row.time = "2026-11-20T09:12:00+01:00";
  row.id = to_nfc(cell(0));
  if (id_problem(row.id)) row.id = "s1";
  row.name = to_nfc(cell(1));
  row.session = cell(2).empty() ? "day" : printable(cell(2));
  row.status = cell(3) == "void" || cell(3) == "out" || cell(3) == "late" ? cell(3) : "present";
  row.source = to_nfc(cell(4));
  row.note = to_nfc(cell(5));
  return row;
}

}  // namespace

FUZZ_TARGET(append) {
  const AttendanceRow row = row_of(fuzz::take_line(input));
  const auto file = fuzz::file_with("append.csv", input);
  LogOptions indexed, plain;
  indexed.index_from = 1;
  plain.index_from = ~std::uint64_t{0};
  fuzz::accepts([&] {
    CsvLog log(file, indexed);
    const Outcome expected = log.check(row), outcome = log.append(row);
    require(expected == outcome, "check() says what append() does");
    const std::string after = read_file(file, 1 << 20);
    if (outcome == Outcome::kNew) {
      require(after.ends_with('\n'), "a row is a line");
      if (!row.is_manual() && row.status != "out") {
        require(log.check(row) == Outcome::kAlready, "a row goes in once");
        require(log.append(row) == Outcome::kAlready && read_file(file, 1 << 20) == after, "and changes nothing");
      }
    }
    const auto found = log.find(row), again = CsvLog(file, plain).find(row);
    require(found.has_value() == again.has_value(), "the index has what the log has");
    require(!found || is_same_row(*found, *again), "the index knows the row in force");
    if (outcome == Outcome::kNew && row.status != "out") require(found.has_value(), "a row that went in is found");
  });
  std::filesystem::remove(file.parent_path() / ".append.csv.index");
}
