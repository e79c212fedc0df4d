#include "faceatt/attendance/timetable.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "faceatt/core/error.hpp"

using namespace faceatt;
using std::chrono::minutes;

namespace {

const Zone& berlin() {
  static const Zone zone("Europe/Berlin");
  return zone;
}

std::int64_t at(const std::string& time) { return parse_time(time).unix_seconds; }

Timetable read(const std::string& rows) {
  std::vector<std::string> warnings;
  auto timetable = Timetable::read("session,group,days,start,end,late_after,location,from,until\n" + rows, "t.csv",
                                   berlin(), warnings);
  for (const auto& warning : warnings) FAIL_CHECK(warning);
  return timetable;
}

// "CS101 2026-11-16T09:00:00+01:00 2026-11-16T10:00:00+01:00" of each that starts in those days.
std::vector<std::string> shown(const Timetable& timetable, const std::string& from, const std::string& to) {
  std::vector<std::string> lines;
  for (const Meeting& m : timetable.meetings(at(from + "T00:00+01:00"), at(to + "T00:00+01:00"))) {
    lines.push_back(m.session + " " + berlin().at(m.start).iso8601() + " " + berlin().at(m.end).iso8601());
  }
  return lines;
}

std::string problem(const std::string& rows) {
  try {
    read(rows);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kCannotRun);
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE("timetable: every cell of a row") {
  const auto meetings =
      read("CS101, 7a ; choir ,Mon,9:00,10:30,5,front,,\n").meetings(at("2026-11-16T00:00Z"), at("2026-11-17T00:00Z"));
  REQUIRE(meetings.size() == 1);
  const Meeting& m = meetings.front();
  CHECK(m.session == "CS101");
  CHECK(m.groups == std::vector<std::string>{"7a", "choir"});
  CHECK(m.location == "front");
  CHECK(m.date == "2026-11-16");
  CHECK(m.start == at("2026-11-16T09:00+01:00"));
  CHECK(m.end == at("2026-11-16T10:30+01:00"));
  CHECK(m.late_after == minutes(5));
}

TEST_CASE("timetable: days as people write them") {
  const auto dates = [](const std::string& days) {
    std::string text;
    for (const auto& line : shown(read("A,," + days + ",09:00,10:00,,,,\n"), "2026-11-16", "2026-11-23")) {
      text += line.substr(10, 2) + " ";
    }
    return text;
  };
  CHECK(dates("Mon") == "16 ");
  CHECK(dates("mo WE friday") == "16 18 20 ");
  CHECK(dates("\"Tu,Th\"") == "17 19 ");
  CHECK(dates("Mon-Wed;Sun") == "16 17 18 22 ");
  CHECK(dates("Fri-Mon") == "16 20 21 22 ");
  CHECK(dates("") == "16 17 18 19 20 21 22 ");
  CHECK(dates("2026-11-19") == "19 ");
  CHECK(dates("2026-11-22 2026-11-20") == "20 22 ");
}

TEST_CASE("timetable: from the start of a range to its end, that not included") {
  const Timetable timetable = read("A,,,09:00,10:00,,,,\n");
  const auto count = [&](const char* from, const char* to) { return timetable.meetings(at(from), at(to)).size(); };
  CHECK(count("2026-11-16T09:00+01:00", "2026-11-16T09:00:01+01:00") == 1);
  CHECK(count("2026-11-16T09:00:01+01:00", "2026-11-17T09:00+01:00") == 0);
  CHECK(count("2026-11-16T09:00+01:00", "2026-11-18T09:00+01:00") == 2);
}

TEST_CASE("timetable: over midnight, and nights in which clocks change") {
  CHECK(shown(read("N,,Sat,22:00,06:00,,,,\n"), "2026-11-21", "2026-11-23") ==
        std::vector<std::string>{"N 2026-11-21T22:00:00+01:00 2026-11-22T06:00:00+01:00"});
  CHECK(shown(read("N,,Sat,22:00,06:00,,,,\n"), "2026-03-28", "2026-03-30") ==
        std::vector<std::string>{"N 2026-03-28T22:00:00+01:00 2026-03-29T06:00:00+02:00"});
  // Leapt over altogether: as long as it was to be.
  CHECK(shown(read("E,,Sun,02:15,02:45,,,,\n"), "2026-03-29", "2026-03-30") ==
        std::vector<std::string>{"E 2026-03-29T03:15:00+02:00 2026-03-29T03:45:00+02:00"});
  CHECK(shown(read("E,,Sun,02:30,03:15,,,,\n"), "2026-03-29", "2026-03-30") ==
        std::vector<std::string>{"E 2026-03-29T03:30:00+02:00 2026-03-29T04:15:00+02:00"});
}

TEST_CASE("timetable: first and last date, both included") {
  CHECK(shown(read("A,,,09:00,10:00,,,2026-11-17,2026-11-18\n"), "2026-11-10", "2026-11-30").size() == 2);
  CHECK(shown(read("A,,,09:00,10:00,,,2026-11-17,\n"), "2026-11-10", "2026-11-20").size() == 3);
  CHECK(shown(read("A,,2028-02-29,09:00,10:00,,,,\n"), "2028-02-01", "2028-03-10").size() == 1);
}

TEST_CASE("timetable: what cannot be meant names the line and the fix") {
  CHECK(problem("A,,Mon,09:00,10:00,,,,\nB,,Mon,09:00,24:00,,,,\n") ==
        "t.csv:3: end: '24:00' is the next day's 00:00; write 00:00, as an end that is not after the start is on the "
        "next day");
  CHECK(problem("A,,Mon,09:00,09:00,,,,\n").find("t.csv:2: the end is the start") == 0);
  CHECK(problem("A,,Mon,09:00,10:00,11:00,,,\n").find("late_after: 11:00 is not between") != std::string::npos);
  CHECK(problem("A,,Mon,09:00,10:00,,,,,x\n").find("more cells") != std::string::npos);
  CHECK(problem("A,,Mon,09:00,10:00,-5,,,\n").find("late_after: '-5'") != std::string::npos);
  CHECK(problem("A\x01,,Mon,09:00,10:00,,,,\n").find("control character") != std::string::npos);
}

TEST_CASE("timetable: overlaps are told when nothing tells the sessions apart") {
  const auto count = [](const std::string& rows) {
    std::vector<std::string> warnings;
    Timetable::read("session,group,days,start,end,location,from,until\n" + rows, "t.csv", berlin(), warnings);
    return warnings.size();
  };
  CHECK(count("A,,Mon,09:00,10:00,,,\nB,,Mon,09:30,10:30,,,\n") == 1);
  CHECK(count("A,,Mon,09:00,10:00,,,\nB,,Mon,10:00,10:30,,,\n") == 0);
  CHECK(count("A,,Mon,09:00,10:00,,,\nB,,Tue,09:30,10:30,,,\n") == 0);
  CHECK(count("A,7a,Mon,09:00,10:00,,,\nB,7b,Mon,09:30,10:30,,,\n") == 0);
  CHECK(count("A,7a,Mon,09:00,10:00,,,\nB,7b;7a,Mon,09:30,10:30,,,\n") == 1);
  CHECK(count("A,,Mon,09:00,10:00,hall,,\nB,,Mon,09:30,10:30,yard,,\n") == 0);
  CHECK(count("A,,Mon,09:00,10:00,,,2026-11-01\nB,,Mon,09:30,10:30,,2026-11-02,\n") == 0);
  CHECK(count("A,,Mon,09:00,10:00,,,\nB,,2026-11-16,09:30,10:30,,,\n") == 1);
  CHECK(count("A,,Mon,09:00,10:00,,,\nB,,2026-11-17,09:30,10:30,,,\n") == 0);
}

TEST_CASE("grace: minutes, unless it says otherwise") {
  CHECK(parse_grace("10") == minutes(10));
  CHECK(parse_grace("90s") == std::chrono::seconds(90));
  CHECK(parse_grace("1h30m") == minutes(90));
  CHECK(parse_grace("0") == minutes(0));
  CHECK_THROWS_AS(parse_grace("soon"), UsageError);
  CHECK_THROWS_AS(parse_grace(""), UsageError);
}

TEST_CASE("timetable: rows of very many groups and dates are looked at quickly") {
  std::string groups, dates, text = "session,group,days,start,end\n";
  for (int i = 0; i < 3000; ++i) groups += fmt::format("g{};", i);
  for (int i = 0; i < 28; ++i) dates += fmt::format("2026-02-{:02} ", i + 1);
  for (int i = 0; i < 1000; ++i) text += fmt::format("A,{}{},{},09:00,10:00\n", groups, i, dates);
  std::vector<std::string> warnings;
  const auto before = std::chrono::steady_clock::now();
  Timetable::read(text, "t.csv", berlin(), warnings);
  CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(60));  // 3 s here
}
