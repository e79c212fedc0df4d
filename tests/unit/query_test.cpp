#include "faceatt/report/query.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

AttendanceRow row(const std::string& date, const std::string& id, const std::string& status = "present",
                  const std::string& source = "door", const std::string& session = "day") {
  AttendanceRow r;
  r.date = date;
  r.time = date + "T08:00:00+01:00";
  r.id = id;
  r.name = "Name of " + id;
  r.session = session;
  r.status = status;
  r.source = source;
  return r;
}

std::vector<std::string> brief(const std::vector<AttendanceRow>& rows) {
  std::vector<std::string> out;
  for (const auto& r : rows) out.push_back(r.date + " " + r.id + " " + r.status);
  return out;
}

using Brief = std::vector<std::string>;

}  // namespace

TEST_CASE("select: sorted by date, time and id") {
  std::vector<AttendanceRow> rows = {row("2026-11-22", "b"), row("2026-11-21", "z"), row("2026-11-22", "a"),
                                     row("2026-11-21", "c")};
  rows[3].time = "2026-11-21T07:00:00+01:00";
  rows[1].time = "2026-11-21T06:00:00+01:00";
  CHECK(brief(select(rows, {})) ==
        Brief{"2026-11-21 z present", "2026-11-21 c present", "2026-11-22 a present", "2026-11-22 b present"});
  CHECK(select({}, {}).empty());
}

TEST_CASE("select: the first row of a key counts, a manual one overrides, the last manual one wins") {
  const std::string d = "2026-11-21";
  CHECK(brief(select({row(d, "a", "present"), row(d, "a", "late")}, {})) == Brief{d + " a present"});
  CHECK(brief(select({row(d, "a", "late"), row(d, "a", "excused", "manual:x")}, {})) == Brief{d + " a excused"});
  CHECK(brief(select({row(d, "a", "late"), row(d, "a", "excused", "manual:x"), row(d, "a", "absent", "manual:y")},
                     {})) == Brief{d + " a absent"});
  CHECK(brief(select({row(d, "a", "absent", "manual:x"), row(d, "a", "present")}, {})) == Brief{d + " a absent"});
  // Sessions are apart.
  CHECK(select({row(d, "a"), row(d, "a", "late", "manual:x", "math")}, {}).size() == 2);
}

TEST_CASE("select: void takes a row out, and a correction brings it back") {
  const std::string d = "2026-11-21";
  CHECK(select({row(d, "a"), row(d, "a", "void", "manual:x")}, {}).empty());
  CHECK(brief(select({row(d, "a"), row(d, "a", "void", "manual:x"), row(d, "a", "late", "manual:x")}, {})) ==
        Brief{d + " a late"});
}

TEST_CASE("select: two spellings of an id are one key") {
  const auto rows = select({row("2026-11-21", "Jos\u00E9"), row("2026-11-21", "Jose\u0301", "late")}, {});
  CHECK(rows.size() == 1);
}

TEST_CASE("select: a range of dates, both ends included") {
  const std::vector<AttendanceRow> rows = {row("2026-11-20", "a"), row("2026-11-21", "a"), row("2026-11-22", "a")};
  CHECK(select(rows, {"2026-11-21", "", {}}).size() == 2);
  CHECK(select(rows, {"", "2026-11-21", {}}).size() == 2);
  CHECK(brief(select(rows, {"2026-11-21", "2026-11-21", {}})) == Brief{"2026-11-21 a present"});
  CHECK(select(rows, {"2027-01-01", "", {}}).empty());
}

TEST_CASE("select: people by id or by name") {
  const std::vector<AttendanceRow> rows = {row("2026-11-21", "a"), row("2026-11-21", "b"),
                                           row("2026-11-21", "Jose\u0301")};
  CHECK(brief(select(rows, {"", "", {"a"}})) == Brief{"2026-11-21 a present"});
  CHECK(brief(select(rows, {"", "", {"Name of b"}})) == Brief{"2026-11-21 b present"});
  CHECK(select(rows, {"", "", {"a", "Name of b"}}).size() == 2);
  CHECK(select(rows, {"", "", {"Jos\u00E9"}}).size() == 1);
  CHECK(select(rows, {"", "", {"Name"}}).empty());
}

TEST_CASE("select: a correction without the name still corrects when people are asked for by name") {
  AttendanceRow gone = row("2026-11-21", "a", "void", "manual:x");
  gone.name.clear();
  CHECK(select({row("2026-11-21", "a"), gone}, {"", "", {"Name of a"}}).empty());
  gone.status = "excused";
  CHECK(brief(select({row("2026-11-21", "a"), gone}, {"", "", {"Name of a"}})) == Brief{"2026-11-21 a excused"});
}

TEST_CASE("select: only these ids") {
  const std::vector<AttendanceRow> rows = {row("2026-11-21", "a"), row("2026-11-21", "b"),
                                           row("2026-11-21", "Jose\u0301")};
  Query query;
  query.ids = {"b", "Jos\u00E9"};
  CHECK(brief(select(rows, query)) == Brief{"2026-11-21 Jose\u0301 present", "2026-11-21 b present"});
  query.people = {"a", "b"};
  CHECK(brief(select(rows, query)) == Brief{"2026-11-21 b present"});
  query.ids->clear();
  CHECK(select(rows, query).empty());
}
