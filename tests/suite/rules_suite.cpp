// Rules over a log, wherever it is kept.
#include <catch2/catch.hpp>

#include "faceatt/attendance/rules.hpp"
#include "log_backend.hpp"

using namespace faceatt;
using test::TempFolder;

namespace {

class Scene {
 public:
  explicit Scene(const std::string& rows, Direction direction = Direction::kIn) {
    test::write(folder_ / "t.csv", "session,group,days,start,end,late_after,location\n" + rows);
    ScheduleOptions options;
    options.zone = Zone("Europe/Berlin");
    std::vector<std::string> warnings;
    rules_ = Rules(std::make_shared<Schedule>(Schedule::read(folder_ / "t.csv", options, warnings)), direction);
  }

  Ruling rule(const std::string& time, std::vector<std::string> groups = {}, const std::string& location = "") {
    return rules_.rule({"s1", "Ana", parse_time(time), "door", {}, "", std::move(groups), location}, *log_);
  }
  // "CS101 present", or the reason why not.
  std::string shown(const std::string& time, std::vector<std::string> groups = {}, const std::string& location = "") {
    const Ruling ruling = rule(time, std::move(groups), location);
    return ruling.row ? ruling.row->date.substr(8) + " " + ruling.row->session + " " + ruling.row->status
                      : ruling.reason;
  }
  AttendanceLog& log() { return *log_; }
  const Rules& rules() const { return rules_; }

 private:
  TempFolder folder_;
  Rules rules_;
  test::LogBackend backend_;
  std::unique_ptr<AttendanceLog> log_ = backend_.open();
};

}  // namespace

TEST_CASE("rules: without a timetable a date is one session") {
  const test::LogBackend backend;
  const auto opened = backend.open();
  AttendanceLog& log = *opened;
  const Sighting sighting{"s1", "Ana", parse_time("2026-11-21T23:30:00-05:00"), "door", 0.71234, "live"};
  const AttendanceRow row = *Rules().rule(sighting, log).row;
  CHECK(row.date == "2026-11-21");  // the date on the wall, not that of UTC
  CHECK(row.time == "2026-11-21T23:30:00-05:00");
  CHECK(row.session == "day");
  CHECK(row.status == "present");
  CHECK(row.score == "0.7123");
  CHECK(row.source == "door");
  CHECK(row.liveness == "live");
  CHECK(Rules().rule({"s1", "Ana", sighting.time, "door"}, log).row->score.empty());
  CHECK(Rules(nullptr, Direction::kOut).rule(sighting, log).row->status == "out");
}

TEST_CASE("rules: on either side of each gate") {
  Scene scene("CS101,,Fri,09:00,10:00,10m,\n");
  CHECK(scene.shown("2026-11-20T08:44:59+01:00") == "no session is open; CS101 opens at 08:45");
  CHECK(scene.shown("2026-11-20T08:45:00+01:00") == "20 CS101 present");
  CHECK(scene.shown("2026-11-20T09:10:00+01:00") == "20 CS101 present");
  CHECK(scene.shown("2026-11-20T09:10:01+01:00") == "20 CS101 late");
  CHECK(scene.shown("2026-11-20T09:59:59+01:00") == "20 CS101 late");
  CHECK(scene.shown("2026-11-20T10:00:00+01:00") == "no session is open; CS101 opens at 2026-11-27 08:45");
  CHECK(scene.rule("2026-11-20T09:12:34+01:00").late_minutes == 12);
  CHECK(scene.rule("2026-11-20T09:12:34+01:00").row->note == "12 min late");
  CHECK_FALSE(scene.rule("2026-11-20T09:10:00+01:00").late_minutes);
}

TEST_CASE("rules: by group, then by place, then what has begun, then what begins last") {
  Scene scene(
      "All,,Fri,08:00,18:00,,\nA,7a,Fri,09:00,10:00,,\nHall,7a,Fri,09:00,10:00,,hall\nShort,7a,Fri,09:30,09:45,,\n"
      "B,7b,Fri,09:00,10:00,,\n");
  const std::string nine = "2026-11-20T09:05:00+01:00", half = "2026-11-20T09:30:00+01:00";
  CHECK(scene.shown(nine, {"7b"}) == "20 B present");
  CHECK(scene.shown(nine, {"7c"}) == "20 All late");
  CHECK(scene.shown(nine, {"7a"}, "hall") == "20 Hall present");
  CHECK(scene.shown(half, {"7a"}) == "20 Short present");
  CHECK(scene.shown("2026-11-20T09:20:00+01:00", {"7a"}) == "20 A late");  // Short is open, and has not begun
  CHECK(scene.shown(half, {"7a"}, "hall") == "20 Hall late");
}

TEST_CASE("rules: a camera marks the sessions of its place, if the timetable knows the place") {
  Scene scene("A,,Fri,09:00,10:00,,hall\nB,,Fri,10:00,11:00,,yard\n");
  const std::string nine = "2026-11-20T09:05:00+01:00";
  CHECK(scene.shown(nine, {}, "hall") == "20 A present");
  CHECK(scene.shown(nine, {}, "yard") == "A is at hall; B opens at 09:45");
  CHECK(scene.shown(nine, {}, "door") == "20 A present");  // not one of the timetable's places
  CHECK(scene.shown(nine) == "20 A present");
}

TEST_CASE("rules: out of the session that they came to, also after its end") {
  Scene scene("Day,,,08:00,16:00,,\nNight,,,22:00,06:00,,\n", Direction::kOut);
  CHECK(scene.shown("2026-11-20T16:10:00+01:00") == "20 Day out");
  CHECK(scene.shown("2026-11-21T06:20:00+01:00") == "20 Night out");
  CHECK(scene.shown("2026-11-20T22:10:00+01:00") == "20 Night out");
  Sighting in{"s1", "Ana", parse_time("2026-11-20T08:00:00+01:00"), "door"};
  scene.log().append(Rules::row_for(in, "2026-11-20", "Day", "present"));
  CHECK(scene.shown("2026-11-20T21:50:00+01:00") == "20 Day out");  // Night is open, but they are in Day
  in.time = parse_time("2026-11-20T21:55:00+01:00");
  scene.log().append(Rules::row_for(in, "2026-11-20", "Night", "present"));
  CHECK(scene.shown("2026-11-20T23:50:00+01:00") == "20 Night out");
}

TEST_CASE("schedule: the second of a name on a date is told by its time") {
  Scene scene("Exam,7a,Fri,09:00,10:00,,\nExam,7a,Fri,14:00,15:00,,\nExam,7b,Fri,16:00,17:00,,\n");
  std::vector<std::string> names;
  for (const Meeting& meeting : scene.rules().schedule()->on("2026-11-20")) names.push_back(meeting.session);
  CHECK(names == std::vector<std::string>{"Exam", "Exam 14:00", "Exam"});
}

TEST_CASE("schedule: floating times follow the machine") {
  const TempFolder folder;
  test::write(folder / "t.csv", "session,start,end\nA,09:00,10:00\n");
  std::vector<std::string> warnings;
  const Schedule schedule = Schedule::read(folder / "t.csv", {}, warnings);
  const std::int64_t nine_in_berlin = parse_time("2026-11-20T09:00:00+01:00").unix_seconds;
  {
    const test::TimeZone zone("Europe/Berlin");
    CHECK(schedule.open_at(nine_in_berlin).size() == 1);
  }
  {
    const test::TimeZone zone("America/New_York");
    CHECK(schedule.open_at(nine_in_berlin).empty());
    CHECK(schedule.open_at(nine_in_berlin + 6 * 3600).size() == 1);
  }
}
