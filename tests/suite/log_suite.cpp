// What every attendance log does, wherever it is kept: run over files, and over a store.
#include <catch2/catch.hpp>
#include <random>
#include <utility>

#include "../unit/log_rows.hpp"
#include "log_backend.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

using Outcome = AttendanceLog::Outcome;
using Ids = std::vector<std::string>;

struct Log {
  LogBackend backend;
  std::unique_ptr<AttendanceLog> log = backend.open();

  Outcome append(const AttendanceRow& r) { return log->append(r); }
  Outcome append(const std::string& id) { return append(row(id)); }
  std::unique_ptr<AttendanceLog> other(const LogOptions& options = {}) const { return backend.open(options); }
};

}  // namespace

TEST_CASE("log: once per key") {
  Log l;
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kNew);
  AttendanceRow other = row("a");
  other.time = "2026-11-21T12:00:00+01:00";
  other.status = "late";
  CHECK(l.append(other) == Outcome::kAlready);
  other.session = "math";
  CHECK(l.append(other) == Outcome::kNew);
  other.date = "2026-11-22";
  CHECK(l.append(other) == Outcome::kNew);
  CHECK(l.backend.ids() == Ids{"a", "b", "a", "a"});
  CHECK(l.append("b") == Outcome::kAlready);
}

TEST_CASE("log: manual rows always go in and count as marked") {
  Log l;
  l.append("a");
  CHECK(l.append(row("a", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(row("a", "manual:eve")) == Outcome::kNew);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append(row("b", "manual:eve")) == Outcome::kNew);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.backend.ids() == Ids{"a", "a", "a", "b"});
}

TEST_CASE("log: two spellings of an id or a session are one key") {
  Log l;
  CHECK(l.append("Jos\u00E9") == Outcome::kNew);
  CHECK(l.append("Jose\u0301") == Outcome::kAlready);
  CHECK(l.other()->append(row("Jose\u0301")) == Outcome::kAlready);
  AttendanceRow r = row("x");
  r.session = "Caf\u00E9";
  CHECK(l.append(r) == Outcome::kNew);
  r.session = "Cafe\u0301";
  CHECK(l.append(r) == Outcome::kAlready);
}

TEST_CASE("log: once per key also where the cell cannot be written as it is") {
  Log l;
  for (const std::string session : {"=1+1", "-morning", "a\nb", "\tx", "Jos\xE9"}) {
    INFO(session);
    AttendanceRow r = row("a");
    r.session = session;
    CHECK(l.append(r) == Outcome::kNew);
    CHECK(l.append(r) == Outcome::kAlready);
    CHECK(l.other()->append(r) == Outcome::kAlready);
    CHECK(l.other()->contains(r));
  }
}

TEST_CASE("log: a machine may mark again once all that was there was taken back, not what is void") {
  Log l;
  AttendanceRow undone = timed("a", "08:10", "void", "manual:eve");
  undone.note = "undo: mistaken";
  CHECK(l.append(timed("a", "08:05", "present", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(undone) == Outcome::kNew);
  CHECK(l.append(timed("a", "08:20")) == Outcome::kNew);
  CHECK(l.append(timed("a", "08:21")) == Outcome::kAlready);
  CHECK(l.log->find(timed("a", "00:00"))->time == timed("a", "08:20").time);
  CHECK(l.other()->find(timed("a", "00:00"))->time == timed("a", "08:20").time);
  CHECK(l.append(timed("b", "08:05", "void", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(timed("b", "08:20")) == Outcome::kAlready);
}

TEST_CASE("log: nothing goes in after the end of a session, but corrections") {
  Log l;
  CHECK(l.append(timed("a", "08:00")) == Outcome::kNew);
  CHECK(l.append(timed("*", "09:00", "ended", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(timed("b", "08:59")) == Outcome::kNew);
  CHECK(l.log->check(timed("c", "09:00")) == Outcome::kAfterEnd);
  CHECK(l.append(timed("c", "09:00")) == Outcome::kAfterEnd);
  CHECK(l.append(timed("a", "09:30")) == Outcome::kAlready);     // was there before
  CHECK(l.append(timed("a", "09:31", "out")) == Outcome::kNew);  // people go when it is over
  CHECK(l.other()->append(timed("c", "10:00")) == Outcome::kAfterEnd);
  AttendanceRow utc = timed("u", "00:00");
  utc.time = "2026-11-21T07:59:59Z";  // instants are compared, not texts
  CHECK(l.append(utc) == Outcome::kNew);
  utc.id = "v";
  utc.time = "2026-11-21T08:00:00Z";
  CHECK(l.append(utc) == Outcome::kAfterEnd);
  AttendanceRow other = timed("c", "10:00");
  other.session = "math";
  CHECK(l.append(other) == Outcome::kNew);
  other = timed("c", "10:00");
  other.date = "2026-11-22";
  CHECK(l.append(other) == Outcome::kNew);
  CHECK(l.append(timed("c", "10:00", "excused", "manual:eve")) == Outcome::kNew);
  SECTION("and opened again") {
    CHECK(l.append(timed("*", "10:30", "void", "manual:eve")) == Outcome::kNew);
    CHECK(l.append(timed("d", "10:31")) == Outcome::kNew);
    CHECK(l.append(timed("*", "11:00", "ended", "manual:eve")) == Outcome::kNew);
    CHECK(l.append(timed("e", "10:59")) == Outcome::kNew);
    CHECK(l.append(timed("f", "11:00")) == Outcome::kAfterEnd);
  }
  SECTION("unless nobody can tell when that was") {
    AttendanceRow end = timed("*", "09:00", "ended", "manual:eve");
    end.time = "21/11/2026 9:00";
    CHECK(l.append(end) == Outcome::kNew);
    CHECK(l.append(timed("d", "12:00")) == Outcome::kNew);
  }
}

TEST_CASE("log: going out is written beside the mark, any number of times") {
  Log l;
  CHECK(l.append(timed("a", "08:00")) == Outcome::kNew);
  CHECK(l.append(timed("a", "08:00", "out")) == Outcome::kAlready);  // the same look, or nearly
  CHECK(l.append(timed("a", "08:01", "out")) == Outcome::kNew);
  CHECK(l.append(timed("a", "08:01", "out")) == Outcome::kAlready);
  CHECK(l.append(timed("a", "12:00", "out")) == Outcome::kNew);
  CHECK(l.other()->append(timed("a", "11:59", "out")) == Outcome::kNew);  // a minute before
  CHECK(l.log->check(timed("a", "11:59", "out")) == Outcome::kAlready);
  CHECK(l.append(timed("a", "12:30")) == Outcome::kAlready);
  CHECK(l.append(timed("a", "11:59", "out", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(timed("b", "09:00", "out")) == Outcome::kNew);
  CHECK_FALSE(l.log->contains(timed("b", "09:00")));  // is never the row in force
  CHECK(l.append(timed("b", "09:01")) == Outcome::kNew);
  CHECK(l.backend.ids() == Ids{"a", "a", "a", "a", "a", "b", "b"});
  const auto patient = l.other({.punch_interval = std::chrono::hours(1)});
  CHECK(patient->append(timed("a", "12:58", "out")) == Outcome::kAlready);
  CHECK(patient->append(timed("a", "12:59", "out")) == Outcome::kNew);
  const auto hasty = l.other({.punch_interval = std::chrono::seconds(0)});
  CHECK(hasty->append(timed("a", "12:59", "out")) == Outcome::kNew);
  // A mark that was taken back is no punch.
  l.append(timed("c", "10:00"));
  l.append(timed("c", "10:00", "void", "manual:eve"));
  CHECK(l.append(timed("c", "10:00", "out")) == Outcome::kNew);
}

TEST_CASE("log: a correction outranks the machine, and the last one is in force") {
  Log l;
  CHECK_FALSE(l.log->find(row("a")));
  l.append(timed("a", "08:00"));
  CHECK(l.log->find(row("a"))->status == "present");
  l.append(timed("a", "09:00", "void", "manual:eve"));
  CHECK(l.append(timed("a", "10:00")) == Outcome::kAlready);
  CHECK(l.log->find(row("a"))->status == "void");
  l.append(timed("a", "09:00", "excused", "manual:bob"));
  CHECK(l.other()->find(row("a"))->source == "manual:bob");
  l.append(timed("b", "09:00", "absent", "manual:bob"));
  CHECK(l.append(timed("b", "10:00")) == Outcome::kAlready);
  CHECK(l.log->check(timed("b", "10:00", "late", "manual:bob")) == Outcome::kNew);
  CHECK(l.log->find(timed("b", "10:00", "out"))->status == "absent");
}

TEST_CASE("log: looking changes nothing") {
  Log l;
  CHECK_FALSE(l.log->contains(row("a")));
  CHECK_FALSE(l.log->find(row("a")));
  CHECK(l.log->check(row("a")) == Outcome::kNew);
  CHECK(l.log->rows_of("2026-11-21", "a").empty());
  l.append("a");
  CHECK(l.log->check(row("a")) == Outcome::kAlready);
  CHECK(l.log->check(row("b")) == Outcome::kNew);
  CHECK(l.other()->contains(row("a")));
  CHECK(l.backend.ids() == Ids{"a"});
}

TEST_CASE("log: a row comes back as it was written") {
  Log l;
  AttendanceRow given = row("Jos\u00E9", "front \"door\", left");
  given.name = "Jos\u00E9, the 2nd";
  given.score = "0.7123";
  given.liveness = "live";
  given.note = "12 min late; \u00FC";
  l.append(given);
  const AttendanceRow found = *l.other()->find(row("Jose\u0301"));
  const auto a = cells_of(std::as_const(given)), b = cells_of(found);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(*a[i] == *b[i]);
}

TEST_CASE("log: all rows of somebody on a date, in their order") {
  Log l;
  l.append(timed("a", "08:00"));
  l.append(timed("b", "08:01"));
  l.append(timed("a", "09:00", "void", "manual:eve"));
  l.append(timed("a", "10:00", "out"));
  AttendanceRow other = timed("a", "08:30");
  other.session = "math";
  l.append(other);
  l.append(timed("a", "11:00", "excused", "manual:eve"));
  other.date = "2026-11-22";
  l.append(other);
  std::vector<std::string> times;
  for (const auto& r : l.other()->rows_of("2026-11-21", "a")) times.push_back(r.time.substr(11, 5));
  CHECK(times == Ids{"08:00", "09:00", "10:00", "08:30", "11:00"});
  CHECK(l.log->rows_of("2026-11-20", "a").empty());
}

TEST_CASE("log: programs that write at the same time see each other") {
  Log l;
  const auto other = l.other();
  for (int i = 0; i < 50; ++i) {
    const std::string id = "s" + std::to_string(i);
    CHECK((i % 2 == 0 ? *l.log : *other).append(row(id)) == Outcome::kNew);
    CHECK((i % 2 == 0 ? *other : *l.log).append(row(id)) == Outcome::kAlready);
  }
  CHECK(l.backend.ids().size() == 50);
}

TEST_CASE("log: a row by hand that rests on what is in force") {
  Log l;
  const auto other = l.other();
  const AttendanceRow mine = timed("a", "09:00", "present", "manual:eve");
  CHECK(l.log->append_after(mine, std::nullopt) == Outcome::kNew);
  CHECK(other->append_after(timed("a", "09:00", "present", "manual:bob"), std::nullopt) == Outcome::kChanged);
  const auto in_force = other->find(mine);
  REQUIRE(in_force);
  CHECK(other->append_after(timed("a", "09:01", "excused", "manual:bob"), in_force) == Outcome::kNew);
  CHECK(l.log->append_after(timed("a", "09:02", "absent", "manual:eve"), in_force) == Outcome::kChanged);
  CHECK(l.log->find(mine)->status == "excused");
  CHECK(l.backend.ids() == Ids{"a", "a"});
}

// Whatever is written, a log says about it what a file in memory says.
TEST_CASE("log: random rows are judged alike everywhere") {
  std::mt19937 random(GENERATE(range(1U, 6U)));
  Log l;
  const TempFolder folder;
  CsvLog file(folder / "Attendance.csv");
  const auto one_of = [&](std::vector<std::string> some) { return some[random() % some.size()]; };
  for (int i = 0; i < 300; ++i) {
    AttendanceRow r =
        timed(one_of({"a", "b", "*"}), one_of({"08:00", "08:01", "08:30", "09:00", "10:00"}),
              one_of({"present", "late", "absent", "void", "out", "ended"}), one_of({"door", "hall", "manual:eve"}));
    r.session = one_of({"day", "math"});
    if (r.is_manual() && r.status == "void" && random() % 2 == 0) r.note = "undo";
    INFO(i << ": " << r.id << ' ' << r.time << ' ' << r.session << ' ' << r.status << ' ' << r.source << ' ' << r.note);
    CHECK(l.log->check(r) == file.check(r));
    REQUIRE(l.append(r) == file.append(r));
    const auto mine = l.log->find(r), theirs = file.find(r);
    REQUIRE(mine.has_value() == theirs.has_value());
    if (mine) CHECK((mine->status + mine->time + mine->source == theirs->status + theirs->time + theirs->source));
  }
  std::vector<std::string> warnings;
  CHECK(l.backend.rows().size() == read_attendance(folder / "Attendance.csv", warnings).size());
}
