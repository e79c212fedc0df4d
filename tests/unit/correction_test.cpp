#include "faceatt/attendance/correction.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

AttendanceRow row(const std::string& status, const std::string& source, const std::string& note = "") {
  AttendanceRow r;
  r.date = "2026-11-20";
  r.session = "day";
  r.id = "s1";
  r.status = status;
  r.source = source;
  r.note = note;
  return r;
}
const AttendanceRow machine = row("present", "door"), doctor = row("excused", "manual:eva", "doctor"),
                    gone = row("absent", "manual:bob", "was not there");

std::string undone(const std::vector<AttendanceRow>& rows) {
  const History history = history_of(rows, machine);
  return history.is_corrected ? undo_row(machine, history, "why").status : "nothing to undo";
}

}  // namespace

TEST_CASE("correction: undone one after the other") {
  std::vector<AttendanceRow> rows = {machine, doctor, gone};
  CHECK(undone(rows) == "excused");
  rows.push_back(row("excused", "manual:eva", "undo"));
  CHECK(undone(rows) == "present");
  rows.push_back(row("present", "manual:eva", "undo: he was there"));
  CHECK(undone(rows) == "nothing to undo");
  rows.push_back(doctor);
  CHECK(undone(rows) == "present");
}

TEST_CASE("correction: of what was not there before, void") {
  CHECK(undone({}) == "nothing to undo");
  CHECK(undone({machine}) == "nothing to undo");
  CHECK(undone({doctor}) == "void");
  CHECK(undone({doctor, row("void", "manual:eva", "undo")}) == "nothing to undo");
  CHECK(undone({doctor, row("void", "manual:eva", "undo"), machine}) == "nothing to undo");
  CHECK(undo_row(machine, history_of({doctor}, machine), "").note == "undo");
  CHECK(undo_row(machine, history_of({doctor}, machine), "a mistake").note == "undo: a mistake");
}

TEST_CASE("correction: other keys and going out are left alone") {
  AttendanceRow other = doctor;
  other.session = "CS101";
  CHECK(undone({machine, doctor, other, row("out", "manual:eva")}) == "present");
}
