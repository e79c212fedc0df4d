#include "faceatt/core/time.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using faceatt::test::TimeZone;

TEST_CASE("parse_time and iso8601 agree") {
  const LocalTime time = parse_time("2026-11-21T08:59:58+01:00");
  CHECK(time.unix_seconds == 1795247998);
  CHECK(time.offset_seconds == 3600);
  CHECK(time.fixed_offset);
  CHECK(time.iso8601() == "2026-11-21T08:59:58+01:00");
  CHECK(time.date() == "2026-11-21");
}

TEST_CASE("parse_time reads every form it promises") {
  const TimeZone zone("UTC");
  CHECK(parse_time("2026-11-21T08:59Z").iso8601() == "2026-11-21T08:59:00+00:00");
  CHECK(parse_time("2026-11-21T08:59:58.123Z").iso8601() == "2026-11-21T08:59:58+00:00");
  CHECK(parse_time("2026-11-21T08:59:58+0530").iso8601() == "2026-11-21T08:59:58+05:30");
  CHECK(parse_time("2026-11-21T08:59:58-03:30").iso8601() == "2026-11-21T08:59:58-03:30");
  CHECK(parse_time("2026-11-21 08:59").iso8601() == "2026-11-21T08:59:00+00:00");
  CHECK(parse_time("2026-11-21").iso8601() == "2026-11-21T00:00:00+00:00");
  CHECK(parse_time("1970-01-01T00:00:00Z").unix_seconds == 0);
  CHECK(parse_time("1969-12-31T23:59:59Z").unix_seconds == -1);
  CHECK(parse_time("1969-12-31T23:59:59Z").iso8601() == "1969-12-31T23:59:59+00:00");
}

TEST_CASE("the same instant has another date elsewhere") {
  const LocalTime east = parse_time("2026-11-21T00:30:00+13:00");
  const LocalTime west = parse_time("2026-11-20T00:30:00-11:00");
  CHECK(east.unix_seconds == west.unix_seconds);
  CHECK(east.date() == "2026-11-21");
  CHECK(west.date() == "2026-11-20");
}

TEST_CASE("parse_time refuses what is not a time") {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-13-01",
                           "2026-02-29",
                           "2026-11-31",
                           "21.11.2026",
                           "2026-11-21T24:00",
                           "2026-11-21T08:60",
                           "2026-11-21T08:59:60",
                           "2026-11-21T8:59",
                           "2026-11-21T08",
                           "2026-11-21T08:59+",
                           "2026-11-21T08:59+1",
                           "2026-11-21T08:59+19:00",
                           "2026-11-21T08:59+01:60",
                           "2026-11-21T08:59Zulu",
                           "2026-11-21T08:59:58 ",
                           "2026-11-21x",
                           " 2026-11-21",
                           "2026/11/21",
                           "-026-11-21"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_time(text), UsageError);
  }
  try {
    parse_time("noon");
    FAIL("noon was read");
  } catch (const UsageError& e) {
    CHECK_THAT(e.what(), Catch::Contains("noon") && Catch::Contains("2026-11-21T08:59:58+01:00"));
  }
}

TEST_CASE("leap days") {
  CHECK(is_date("2028-02-29"));
  CHECK_FALSE(is_date("2026-02-29"));
  CHECK_FALSE(is_date("2100-02-29"));
  CHECK(is_date("2000-02-29"));
  CHECK(add_days("2028-02-28", 1) == "2028-02-29");
  CHECK(add_days("2028-03-01", -1) == "2028-02-29");
  CHECK(add_days("2026-02-28", 1) == "2026-03-01");
  CHECK(add_days("2026-12-31", 1) == "2027-01-01");
  CHECK(add_days("2026-11-21", 0) == "2026-11-21");
  CHECK(parse_time("2028-02-29T12:00:00Z").iso8601() == "2028-02-29T12:00:00+00:00");
}

TEST_CASE("is_date is strict") {
  CHECK(is_date("2026-11-21"));
  for (const char* text : {"", "2026-11-2", "2026-1-21", "2026-11-21 ", "2026-11-21T08:59", "21.11.2026", "11/21/2026",
                           "2026-00-10", "2026-10-00", "abcd-ef-gh"}) {
    INFO(text);
    CHECK_FALSE(is_date(text));
  }
}

TEST_CASE("the zone of the system, with daylight saving") {
  const TimeZone zone("Europe/Berlin");
  CHECK(parse_time("2026-01-15T08:00").iso8601() == "2026-01-15T08:00:00+01:00");
  CHECK(parse_time("2026-07-15T08:00").iso8601() == "2026-07-15T08:00:00+02:00");
  CHECK_FALSE(parse_time("2026-07-15T08:00").fixed_offset);
  // Summer time begins on 29 March at 02:00 and ends on 25 October at 03:00.
  CHECK(parse_time("2026-03-29T01:59:59").iso8601() == "2026-03-29T01:59:59+01:00");
  CHECK(parse_time("2026-03-29T03:00").iso8601() == "2026-03-29T03:00:00+02:00");
  CHECK(parse_time("2026-03-29").iso8601() == "2026-03-29T00:00:00+01:00");
  CHECK(parse_time("2026-10-25T03:00").iso8601() == "2026-10-25T03:00:00+01:00");
  // A time of the gap does not exist; it is still within an hour of what was meant.
  const auto gap = parse_time("2026-03-29T02:30");
  CHECK(std::abs(static_cast<double>(gap.unix_seconds - parse_time("2026-03-29T03:00").unix_seconds)) <= 3600);
}

TEST_CASE("after follows the zone unless the offset was given") {
  const TimeZone zone("Europe/Berlin");
  const auto before = parse_time("2026-03-29T01:59:50");
  CHECK(before.after(20).iso8601() == "2026-03-29T03:00:10+02:00");
  CHECK(before.after(9.9).iso8601() == "2026-03-29T01:59:59+01:00");
  CHECK(before.after(20).unix_seconds - before.unix_seconds == 20);
  const auto fixed = parse_time("2026-03-29T01:59:50+01:00");
  CHECK(fixed.after(20).iso8601() == "2026-03-29T02:00:10+01:00");
  CHECK(parse_time("2026-10-25T02:59:50+02:00").after(20).iso8601() == "2026-10-25T03:00:10+02:00");
  CHECK(parse_time("2026-12-31T23:59:59").after(1).date() == "2027-01-01");
}

TEST_CASE("zones with odd offsets") {
  const TimeZone zone("Asia/Kathmandu");
  CHECK(parse_time("2026-11-21T08:00").iso8601() == "2026-11-21T08:00:00+05:45");
  const TimeZone west("America/St_Johns");
  CHECK(parse_time("2026-01-21T08:00").iso8601() == "2026-01-21T08:00:00-03:30");
}

TEST_CASE("system_now is now, here") {
  const TimeZone zone("Asia/Kathmandu");
  const auto now = system_now();
  CHECK(std::llabs(now.unix_seconds - static_cast<long long>(std::time(nullptr))) <= 2);
  CHECK(now.offset_seconds == 20700);
  CHECK_FALSE(now.fixed_offset);
}
