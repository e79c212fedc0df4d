#include "faceatt/core/written_time.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

using namespace faceatt;

namespace {

std::set<std::string> dates(const std::string& text) {
  std::set<std::string> found;
  for (const auto& reading : date_readings(text)) found.insert(reading.time.date);
  return found;
}

}  // namespace

TEST_CASE("every way in which a written date can be read") {
  using Dates = std::set<std::string>;
  CHECK(dates("2026-11-21") == Dates{"2026-11-21"});
  CHECK(dates("21/11/2026") == Dates{"2026-11-21"});
  CHECK(dates("11/21/2026") == Dates{"2026-11-21"});
  CHECK(dates("03/04/2026") == Dates{"2026-03-04", "2026-04-03"});
  CHECK(dates("3.4.2026") == Dates{"2026-03-04", "2026-04-03"});
  CHECK(dates("21_11_26") == Dates{"2021-11-26", "2026-11-21"});
  CHECK(dates("03-04-05") == Dates{"2003-04-05", "2005-03-04", "2005-04-03"});
  CHECK(dates("20261121") == Dates{"2026-11-21"});
  CHECK(dates("21 Nov 2026") == Dates{"2026-11-21"});
  CHECK(dates("21-November-2026") == Dates{"2026-11-21"});
  CHECK(dates("November 21, 2026") == Dates{"2026-11-21"});
  CHECK(dates("Saturday, 21 November 2026") == Dates{"2026-11-21"});
  CHECK(dates("2026-11-21 08:59:58.123456") == Dates{"2026-11-21"});
  CHECK(dates("2026-11-21T08:59:58+01:00") == Dates{"2026-11-21"});
  CHECK(dates("11/21/2026, 9:02 PM") == Dates{"2026-11-21"});
  for (const char* none :
       {"", "31/02/2026", "2026-13-01", "Ana", "08:59:58", "12", "2026-11-21x", "21//11/2026", "21/11-2026"}) {
    INFO(none);
    CHECK(dates(none).empty());
  }
  CHECK(read_date("11/21/2026 9:02 PM", "%m/%d/%Y") == WrittenTime{"2026-11-21", 21 * 3600 + 120, {}});
}

TEST_CASE("times of the day as scripts write them") {
  const auto at = [](const char* text) { return read_clock(text).value_or(WrittenTime{}).seconds.value_or(-1); };
  const int morning = 8 * 3600 + 59 * 60;
  CHECK(at("08:59") == morning);
  CHECK(at(" 8:59 ") == morning);
  CHECK(at("8:59:58") == morning + 58);
  CHECK(at("08:59:58.123456") == morning + 58);
  CHECK(at("08-59-58") == morning + 58);
  CHECK(at("08.59") == morning);
  CHECK(at("8:59 PM") == morning + 12 * 3600);
  CHECK(at("08:59:58:PM") == morning + 58 + 12 * 3600);
  CHECK(at("8:59 a.m.") == morning);
  CHECK(at("12:05 AM") == 300);
  CHECK(at("12:05 PM") == 12 * 3600 + 300);
  CHECK(at("14:53:21 PM") == 14 * 3600 + 53 * 60 + 21);
  CHECK(at("9pm") == 21 * 3600);
  CHECK(read_clock("08:59:58+01:00")->utc_offset == 3600);
  CHECK(read_clock("08:59Z")->utc_offset == 0);
  for (const char* none :
       {"", "8", "24:00", "08:60", "8:5", "08:59:58 CET", "Ana", "2026-11-21", "21/11/2026", "21.11.2026"}) {
    INFO(none);
    CHECK(at(none) == -1);
  }
}

TEST_CASE("a format says how a text is read") {
  CHECK(read_written("3/4/2026", "%d/%m/%Y")->date == "2026-04-03");
  CHECK(read_written("3/4/2026", "%m/%d/%Y")->date == "2026-03-04");
  CHECK(read_written("20261121 0859", "%Y%m%d %H%M") == WrittenTime{"2026-11-21", 8 * 3600 + 59 * 60, {}});
  CHECK(read_written("9 Uhr 02", "%H Uhr %M")->seconds == 9 * 3600 + 120);
  CHECK_FALSE(read_written("31/02/2026", "%d/%m/%Y"));
  CHECK_FALSE(read_written("21/11/2026x", "%d/%m/%Y"));
  CHECK_FALSE(format_problem("%d/%m/%Y %I:%M %p"));
  CHECK(format_problem("%d/%Q"));
  CHECK(format_problem("100%"));
}

TEST_CASE("the date in a file's name") {
  CHECK(date_in_name("Attendance_2026-11-21") == "2026-11-21");
  CHECK(date_in_name("Attendance-21_11_26") == "21_11_26");
  CHECK(date_in_name("Maths_2022-03-02_10-22-33") == "2022-03-02");
  CHECK(date_in_name("21-Nov-2026") == "21-Nov-2026");
  CHECK(date_in_name("cam2_20261121") == "20261121");
  CHECK(date_in_name("7b 21.11.2026") == "21.11.2026");
  CHECK(date_in_name("Attendance").empty());
  CHECK(date_in_name("room 12-13").empty());
}
