#include "faceatt/core/time.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/core/zone.hpp"
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
                           "0000-06-01T00:00+01:00",
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
  // A time of the gap does not exist, one of the hour after summer time does twice.
  CHECK(parse_time("2026-03-29T02:30").iso8601() == "2026-03-29T03:30:00+02:00");
  CHECK(parse_time("2026-10-25T02:30").iso8601() == "2026-10-25T02:30:00+02:00");
  CHECK(parse_time("2026-10-25T01:59:59").iso8601() == "2026-10-25T01:59:59+02:00");
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
  const TimeZone howe("Australia/Lord_Howe");  // half an hour of summer time
  CHECK(parse_time("2026-10-04T02:10").iso8601() == "2026-10-04T02:40:00+11:00");
  CHECK(parse_time("2026-04-05T01:45").iso8601() == "2026-04-05T01:45:00+11:00");
  const TimeZone samoa("Pacific/Apia");  // had no 2011-12-30
  CHECK(parse_time("2011-12-29T12:00").iso8601() == "2011-12-29T12:00:00-10:00");
  CHECK(parse_time("2011-12-31T12:00").iso8601() == "2011-12-31T12:00:00+14:00");
  const TimeZone sun("Europe/Berlin");  // 53 minutes and 28 seconds before 1893: taken to the minute
  const LocalTime old = parse_time("1850-06-01");
  CHECK(old.iso8601() == "1850-06-01T00:00:00+00:53");
  CHECK(old.offset_seconds == 53 * 60);
  CHECK(Zone("Europe/Berlin").offset_at(old.unix_seconds) == 53 * 60);
  CHECK(parse_time(old.iso8601()).unix_seconds == old.unix_seconds);
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

TEST_CASE("parse_duration reads what cannot be mistaken") {
  CHECK(parse_duration("90m").count() == 5400);
  CHECK(parse_duration("1h30m").count() == 5400);
  CHECK(parse_duration("45s").count() == 45);
  CHECK(parse_duration("45").count() == 45);
  CHECK(parse_duration("2h").count() == 7200);
  CHECK(parse_duration("1h30m15s").count() == 5415);
  CHECK(parse_duration("1h15s").count() == 3615);
  CHECK(parse_duration("0h1s").count() == 1);
  CHECK(parse_duration("100h").count() == 360000);
  for (const auto& [text, why] : std::vector<std::pair<const char*, const char*>>{
           {"1:30", "minutes or hours"}, {"1h30", "without a unit"}, {"0", "no time"},
           {"0h0m", "no time"},          {"87841h", "10 years"},     {"99999999999999999999", "10 years"},
           {"9999999999s", "10 years"},  {"", "not a duration"},     {"h", "not a duration"},
           {"-5s", "not a duration"},    {"+5s", "not a duration"},  {"1h-5m", "not a duration"},
           {"0.5h", "not a duration"},   {"1.5", "not a duration"},  {"30m1h", "not a duration"},
           {"1h1h", "not a duration"},   {"5 m", "not a duration"},  {" 5m", "not a duration"},
           {"5min", "not a duration"},   {"1d", "not a duration"},   {"17:30", "minutes or hours"}}) {
    INFO(text);
    try {
      parse_duration(text);
      FAIL("was read");
    } catch (const UsageError& e) {
      CHECK_THAT(e.what(), Catch::StartsWith("'" + std::string(text) + "'") && Catch::Contains(why) &&
                               Catch::Contains("1h30m, 90m or 45s"));
    }
  }
}

TEST_CASE("what is no time is quoted so that it can be shown, and in part when it is long") {
  const LocalTime now{1795311050, 3600, true};
  for (const auto& read : std::vector<std::function<void(std::string)>>{
           [](const auto& text) { parse_time(text); }, [](const auto& text) { parse_duration(text); },
           [](const auto& text) { parse_grace(text); }, [&](const auto& text) { parse_until(text, now); }}) {
    try {
      read("\x1b" + std::string(5000, 'x'));
      FAIL("was read");
    } catch (const UsageError& e) {
      CHECK_THAT(e.what(), Catch::StartsWith("'\uFFFDx") && Catch::Contains("x...'"));
      CHECK(std::string(e.what()).size() < 150);
    }
  }
}

TEST_CASE("parse_until: the next time that the clock shows it") {
  const TimeZone zone("Europe/Berlin");
  const auto until = [](const char* text, const char* now) { return parse_until(text, parse_time(now)).iso8601(); };
  CHECK(until("17:30", "2026-11-21T08:00") == "2026-11-21T17:30:00+01:00");
  CHECK(until("17:30:15", "2026-11-21T17:30") == "2026-11-21T17:30:15+01:00");
  CHECK(until("17:30", "2026-11-21T17:30") == "2026-11-22T17:30:00+01:00");
  CHECK(until("06:00", "2026-12-31T22:00") == "2027-01-01T06:00:00+01:00");
  CHECK(until("00:00", "2026-11-21T08:00") == "2026-11-22T00:00:00+01:00");
  CHECK(until("17:30", "2026-11-21T08:00-05:00") == "2026-11-21T17:30:00-05:00");  // the clock of `now`
  CHECK(until("2026-11-21T17:30", "2026-11-21T08:00") == "2026-11-21T17:30:00+01:00");
  CHECK(until("2026-11-21T17:30Z", "2026-11-21T08:00") == "2026-11-21T17:30:00+00:00");
  CHECK(until("2026-12-24", "2026-11-21T08:00") == "2026-12-24T00:00:00+01:00");
  // Over the change of the clock, in the hour left out, and tomorrow in it.
  CHECK(until("17:30", "2026-03-28T18:00") == "2026-03-29T17:30:00+02:00");
  CHECK(until("02:30", "2026-03-29T01:45") == "2026-03-29T03:30:00+02:00");
  CHECK(until("02:30", "2026-03-28T12:00") == "2026-03-29T03:30:00+02:00");
  CHECK(until("02:30", "2026-10-25T01:45") == "2026-10-25T02:30:00+02:00");
}

TEST_CASE("parse_until refuses what has passed or cannot be read") {
  const auto now = parse_time("2026-11-21T08:00:00+01:00");
  for (const char* text : {"2026-11-20T17:30+01:00", "2026-11-21T08:00:00+01:00", "2026-11-21T06:00Z"}) {
    INFO(text);
    CHECK_THROWS_WITH(parse_until(text, now), Catch::Contains("has passed; it is 2026-11-21T08:00:00+01:00"));
  }
  for (const char* text :
       {"", "17", "1730", "24:00", "17:60", "5:30", "17:30 ", "5pm", "17:30Z", "17:30+01:00", "noon"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_until(text, now), UsageError);
    CHECK_THROWS_WITH(parse_until(text, now), Catch::Contains("17:30 or 2026-11-21T17:30"));
  }
}

TEST_CASE("parse_exif_time: with the camera's offset, else in the system's zone") {
  const TimeZone zone("Europe/Berlin");
  const auto read = [](std::string_view time, std::string_view offset) {
    const auto parsed = parse_exif_time(time, offset);
    return parsed ? parsed->iso8601() : "";
  };
  CHECK(read("2026:11:20 09:00:00", "+02:00") == "2026-11-20T09:00:00+02:00");
  CHECK(read("2026:11:20 09:00:00", "-03:30") == "2026-11-20T09:00:00-03:30");
  CHECK(read("2026:11:20 09:00:00", "Z") == "2026-11-20T09:00:00+00:00");
  CHECK(read("2026:11:20 09:00:00 ", "+02:00 ") == "2026-11-20T09:00:00+02:00");
  CHECK(parse_exif_time("2026:11:20 09:00:00", "+02:00")->fixed_offset);
  CHECK_FALSE(parse_exif_time("2026:11:20 09:00:00", "")->fixed_offset);
  for (const char* none : {"", "   :  ", "+02", "+25:00", "CET", "x"}) {
    INFO(none);
    CHECK(read("2026:11:20 09:00:00", none) == "2026-11-20T09:00:00+01:00");
    CHECK(read("2026:07:20 09:00:00", none) == "2026-07-20T09:00:00+02:00");
  }
  CHECK(read("2026:03:29 02:30:00", "") == "2026-03-29T03:30:00+02:00");  // a clock that was not put forward
  CHECK(read("2026:10:25 02:30:00", "") == "2026-10-25T02:30:00+02:00");
  CHECK(read("2028:02:29 12:00:00", "") == "2028-02-29T12:00:00+01:00");
}

TEST_CASE("parse_exif_time: what is no date is not there") {
  using namespace std::string_view_literals;
  for (const auto text :
       {""sv, "0000:00:00 00:00:00"sv, "    :  :     :  :  "sv, "                   "sv, "2026:13:20 09:00:00"sv,
        "2026:11:31 09:00:00"sv, "2026:02:29 09:00:00"sv, "2026:11:20 24:00:00"sv, "2026:11:20 09:00:60"sv,
        "2026:11:20 09:00"sv, "2026:11:20"sv, "2026:11:20   :  :  "sv, "20 November 2026   "sv,
        "2026:11:20 09:0\0:00"sv, "\xFF\xFF\xFF\xFF:\xFF\xFF:\xFF\xFF \xFF\xFF:\xFF\xFF:\xFF\xFF"sv}) {
    INFO(text);
    CHECK_FALSE(parse_exif_time(text, ""));
    CHECK_FALSE(parse_exif_time(text, "+01:00"));
  }
}

TEST_CASE("local_time_at follows the zone") {
  const TimeZone zone("Europe/Berlin");
  CHECK(local_time_at(0).iso8601() == "1970-01-01T01:00:00+01:00");
  CHECK(local_time_at(1784098800).iso8601() == "2026-07-15T09:00:00+02:00");
  CHECK_FALSE(local_time_at(0).fixed_offset);
}
