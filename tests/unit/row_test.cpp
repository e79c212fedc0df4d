#include "faceatt/attendance/row.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>

#include "faceatt/attendance/rules.hpp"

using namespace faceatt;

namespace {

using Cells = std::vector<std::string>;

AttendanceRow sample() {
  return {"2026-11-21", "2026-11-21T08:59:58+01:00", "s1", "Ana", "day", "present", "door", "0.7123", "live", "n"};
}

}  // namespace

TEST_CASE("row: the columns are those of the contract") {
  const Cells columns(kAttendanceColumns.begin(), kAttendanceColumns.end());
  CHECK(columns == Cells{"date", "time", "id", "name", "session", "status", "source", "score", "liveness", "note"});
  AttendanceRow row = sample();
  const auto cells = cells_of(row);
  CHECK(*cells[0] == "2026-11-21");
  CHECK(*cells[2] == "s1");
  CHECK(*cells[9] == "n");
}

TEST_CASE("row: the key is date, session and id in NFC") {
  AttendanceRow a = sample(), b = sample();
  b.time = "2026-11-21T10:00:00+01:00";
  b.status = "late";
  b.name = "Other";
  CHECK(key_of(a) == key_of(b));
  b.session = "math";
  CHECK(key_of(a) != key_of(b));
  b = sample();
  b.date = "2026-11-22";
  CHECK(key_of(a) != key_of(b));
  a.id = "Jos\u00E9";
  b = a;
  b.id = "Jose\u0301";
  CHECK(key_of(a) == key_of(b));
  // No two different keys run together.
  a.session = "x";
  a.id = "yz";
  b = a;
  b.session = "xy";
  b.id = "z";
  CHECK(key_of(a) != key_of(b));
}

TEST_CASE("row: manual sources") {
  AttendanceRow row = sample();
  CHECK_FALSE(row.is_manual());
  row.source = "manual:ana";
  CHECK(row.is_manual());
  row.source = "manually.jpg";
  CHECK_FALSE(row.is_manual());
}

TEST_CASE("row: columns in any order and case, foreign ones between") {
  const AttendanceColumns columns({"Room", " ID ", "STATUS", "date", "session", "note"});
  AttendanceRow row;
  REQUIRE(columns.read({"12", "s1", "late", "2026-11-21", "day", "x"}, row));
  CHECK(row.id == "s1");
  CHECK(row.status == "late");
  CHECK(row.note == "x");
  CHECK(row.name.empty());
  CHECK(columns.write(row) == Cells{"", "s1", "late", "2026-11-21", "day", "x"});
}

TEST_CASE("row: a header without the key columns is not ours") {
  for (const char* missing : {"date", "id", "session", "status"}) {
    Cells header(kAttendanceColumns.begin(), kAttendanceColumns.end());
    header.erase(std::find(header.begin(), header.end(), missing));
    try {
      AttendanceColumns columns(header);
      FAIL(missing);
    } catch (const std::invalid_argument& e) {
      CHECK(std::string(e.what()) == missing);
    }
  }
  CHECK_THROWS_AS(AttendanceColumns({}), std::invalid_argument);
}

TEST_CASE("row: what is not plausible is damaged") {
  const AttendanceColumns columns({"date", "id", "session", "status"});
  AttendanceRow row;
  CHECK(columns.read({"2026-11-21", "s1", "day", "present"}, row));
  CHECK(columns.read({"2026-11-21", "s1", "day", "void", "", ""}, row));  // trailing empty cells of a spreadsheet
  CHECK_FALSE(columns.read({"21.11.2026", "s1", "day", "present"}, row));
  CHECK_FALSE(columns.read({"2026-11-21", "", "day", "present"}, row));
  CHECK_FALSE(columns.read({"2026-11-21", "s1", "day", "here"}, row));
  CHECK_FALSE(columns.read({"2026-11-21", "s1", "day"}, row));
  CHECK_FALSE(columns.read({}, row));
}

TEST_CASE("row: a row is one line") {
  AttendanceRow row = sample();
  row.note = "two\nlines\r\n";
  row.name = "A\tB";
  const AttendanceColumns columns(Cells(kAttendanceColumns.begin(), kAttendanceColumns.end()));
  for (const auto& cell : columns.write(row)) CHECK(cell.find_first_of("\r\n\t") == std::string::npos);
}

TEST_CASE("row: what overrides what") {
  AttendanceRow machine = sample(), manual = sample(), undone = sample();
  machine.source = "door";
  manual.source = undone.source = "manual:eva";
  manual.status = undone.status = "void";
  undone.note = "undo: another person";
  CHECK(overrides(machine, nullptr));
  CHECK_FALSE(overrides(machine, &machine));
  CHECK(overrides(manual, &machine));
  CHECK_FALSE(overrides(machine, &manual));  // somebody said that it was not so
  CHECK(overrides(machine, &undone));        // somebody took back what they had said
  undone.note = "undone by accident";
  CHECK_FALSE(overrides(machine, &undone));
}
