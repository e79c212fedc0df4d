#include "faceatt/attendance/calendar.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <ctime>
#include <future>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;

namespace {

using Lines = std::vector<std::string>;

const Zone& berlin() {
  static const Zone kZone("Europe/Berlin");
  return kZone;
}

// "2026-11-21 09:00+01:00 90m CS101 @Room 1 [a,b]", the date first where it is not that of the start in `zone`.
Lines shown(const Calendar& calendar, const char* from, const char* to, const Zone& zone = berlin()) {
  Lines lines;
  for (const Meeting& meeting : calendar.meetings(zone.from_wall(wall_midnight(from)).unix_seconds,
                                                  zone.from_wall(wall_midnight(to)).unix_seconds)) {
    CHECK_FALSE(meeting.late_after);
    const LocalTime start = zone.at(meeting.start);
    const std::string iso = start.iso8601();
    std::string line = meeting.date == start.date() ? "" : meeting.date + ": ";
    line += fmt::format("{} {}{} {}m {}", iso.substr(0, 10), iso.substr(11, 5), iso.substr(19),
                        (meeting.end - meeting.start) / 60, meeting.session);
    if (!meeting.location.empty()) line += " @" + meeting.location;
    for (std::size_t i = 0; i < meeting.groups.size(); ++i) line += (i == 0 ? " [" : ",") + meeting.groups[i];
    if (!meeting.groups.empty()) line += "]";
    lines.push_back(line);
  }
  return lines;
}

Calendar sample(const char* name) {
  Lines warnings;
  Calendar calendar =
      Calendar::read(test::slurp(std::string(FACEATT_TEST_DATA "/calendars/") + name), name, berlin(), warnings);
  CHECK(warnings == Lines{});
  return calendar;
}

std::string event(const std::string& lines, const char* summary = "CS101") {
  return fmt::format("BEGIN:VEVENT\n{}{}{}END:VEVENT\n",
                     summary == nullptr ? "" : "SUMMARY:", summary == nullptr ? "" : std::string(summary) + "\n",
                     lines);
}
std::string calendar_of(const std::string& events) { return "BEGIN:VCALENDAR\n" + events + "END:VCALENDAR\n"; }

struct Result {
  Calendar calendar;
  Lines warnings;
};
Result read(const std::string& text) {
  Lines warnings;
  Calendar calendar = Calendar::read(text, "t.ics", berlin(), warnings);
  return {std::move(calendar), std::move(warnings)};
}
// Of a single event: its warnings.
Lines warnings_of(const std::string& lines, const char* summary = "CS101") {
  return read(calendar_of(event(lines, summary))).warnings;
}
// Of events that are all good.
Lines meetings_of(const std::string& events, const char* from, const char* to) {
  const Result result = read(calendar_of(events));
  CHECK(result.warnings == Lines{});
  return shown(result.calendar, from, to);
}

const std::string kHour = "DTSTART:20261121T090000\nDTEND:20261121T100000\n";

}  // namespace

TEST_CASE("a desktop client: VTIMEZONE, a series with an exception and a moved meeting, a prefixed zone, a night") {
  CHECK(shown(sample("desktop.ics"), "2026-10-01", "2026-12-01") ==
        Lines{
            "2026-10-12 09:00+02:00 90m CS101 Algorithms @Room 12, Main Building [cs-a,cs-b]",
            "2026-10-24 22:00+02:00 540m Night shift",
            "2026-10-27 11:00+01:00 90m CS101 Algorithms (moved) @Room 3",
            "2026-11-02 09:00+01:00 90m CS101 Algorithms @Room 12, Main Building [cs-a,cs-b]",
        });
}

TEST_CASE("a web calendar: UTC with X-WR-TIMEZONE, a change that comes before its series, COUNT, floating times") {
  CHECK(shown(sample("web.ics"), "2026-10-01", "2026-12-01", Zone("America/New_York")) ==
        Lines{
            "2026-10-28 09:00-04:00 60m Seminar",
            "2026-11-01 19:30-05:00 60m Evening talk",
            "2026-11-02 09:00-05:00 60m Seminar",
            "2026-11-03 14:00-05:00 45m Floating",
            "2026-11-09 09:00-05:00 60m Seminar",
        });
}

TEST_CASE("an office program: a zone of its own that the file describes, an older version, times that are not there") {
  CHECK(shown(sample("office.ics"), "2026-01-01", "2027-01-01") ==
        Lines{
            "2026-03-23 22:00+01:00 480m Night shift @Gate 4",
            "2026-03-28 22:00+01:00 420m Night shift @Gate 4",
            "2026-03-29 03:30+02:00 30m In the hour that is not there",
            "2026-04-06 22:00+02:00 480m Night shift @Gate 4",
            "2026-04-11 22:00+02:00 480m Night shift @Gate 4",
            "2026-04-20 22:00+02:00 480m Night shift @Gate 4",
            "2026-04-25 22:00+02:00 480m Night shift @Gate 4",
        });
}

TEST_CASE("a university: a BOM, lines folded inside characters, lists of EXDATE, RDATE") {
  const Calendar calendar = sample("university.ics");
  CHECK(
      shown(calendar, "2026-10-12", "2026-10-16") ==
      Lines{
          "2026-10-12 08:15+02:00 90m Größenordnungen und Abschätzungen für Naturwissenschaftlerinnen und "
          "Naturwissenschaftler @Hörsaal 1; Gebäude für Physik und Chemie, Straße der Wissenschaften 17 (Eingang über "
          "den Hof) [physics,year 1,Übung]",
          "2026-10-13 08:15+02:00 90m Lineare Algebra I @Hörsaal 2; Gebäude für Physik und Chemie, Straße der "
          "Wissenschaften 17 (Eingang über den Hof) [physics,year 2,Übung]",
          "2026-10-14 08:15+02:00 90m Mécanique quantique @Hörsaal 3; Gebäude für Physik und Chemie, Straße der "
          "Wissenschaften 17 (Eingang über den Hof) [physics,year 3,Übung]",
      });
  CHECK(shown(calendar, "2026-11-11", "2026-11-12").empty());
  CHECK(shown(calendar, "2026-12-20", "2027-01-11").empty());
  CHECK(shown(calendar, "2026-10-01", "2027-02-28").size() == 17 * 3 - 3 * 3 - 1);
  CHECK(shown(calendar, "2027-02-06", "2027-04-01") == Lines{
                                                           "2027-03-01 10:00+01:00 360m Blockseminar",
                                                           "2027-03-02 10:00+01:00 360m Blockseminar",
                                                           "2027-03-04 14:00+01:00 360m Blockseminar",
                                                           "2027-03-05 10:00+01:00 360m Blockseminar",
                                                       });
}

TEST_CASE("all-day events are days off and no meetings") {
  const Calendar calendar = sample("holidays.ics");
  CHECK(shown(calendar, "2020-01-01", "2040-01-01").empty());
  for (const char* date : {"2020-12-25", "2020-12-26", "2028-12-26"}) CHECK(calendar.day_off(date) == "Christmas");
  for (const char* date : {"2020-12-24", "2020-12-27", "2027-12-25", "2019-12-25"}) CHECK_FALSE(calendar.day_off(date));
  CHECK(calendar.day_off("2028-02-29") == "Leap day");
  for (const char* date : {"2025-02-28", "2025-03-01", "2026-12-01", "", "2026-02-30"})
    CHECK_FALSE(calendar.day_off(date));
  CHECK(calendar.day_off("2026-11-26") == "Thanksgiving");
  CHECK(calendar.day_off("2027-11-25") == "Thanksgiving");
  CHECK(calendar.day_off("2026-12-21") == "Winter break");
  CHECK(calendar.day_off("2026-12-25") == "Christmas");
  CHECK(calendar.day_off("2027-01-03") == "Winter break");
  CHECK_FALSE(calendar.day_off("2027-01-04"));
}

TEST_CASE("a phone: the last working day of the month, a change before its series") {
  const Calendar calendar = sample("phone.ics");
  CHECK(shown(calendar, "2026-08-01", "2027-01-01", Zone("Europe/London")) ==
        Lines{
            "2026-08-31 10:00+01:00 60m Choir @Hall Ground floor",
            "2026-09-30 14:00+01:00 60m Choir (afternoon)",
            "2026-10-30 10:00+00:00 60m Choir @Hall Ground floor",
            "2026-11-30 10:00+00:00 60m Choir @Hall Ground floor",
        });
  CHECK(calendar.day_off("2026-10-30") == "Half term");
  CHECK_FALSE(calendar.day_off("2026-10-31"));
}

TEST_CASE("a described zone is right in every part of the year") {
  const std::string zone =
      "BEGIN:VTIMEZONE\nTZID:Ours\n"
      "BEGIN:STANDARD\nDTSTART:20071104T020000\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU\nTZOFFSETFROM:-0400\n"
      "TZOFFSETTO:-0500\nEND:STANDARD\n"
      "BEGIN:DAYLIGHT\nDTSTART:20070311T020000\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU;UNTIL=20270314T070000Z\n"
      "TZOFFSETFROM:-0500\nTZOFFSETTO:-0400\nEND:DAYLIGHT\nEND:VTIMEZONE\n";
  const std::string lesson = event("DTSTART;TZID=Ours:20261025T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\n");
  const std::string same = event("DTSTART;TZID=America/New_York:20261025T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY\n");
  CHECK(meetings_of(zone + lesson, "2026-10-01", "2028-01-01") == meetings_of(same, "2026-10-01", "2028-01-01"));
  CHECK(meetings_of(lesson + zone, "2028-07-02", "2028-07-03") == Lines{"2028-07-02 16:00+02:00 60m CS101"});
  CHECK(meetings_of(same, "2028-07-02", "2028-07-03") == Lines{"2028-07-02 15:00+02:00 60m CS101"});
  // The file's word for a name that everybody knows does not count, nor under X-LIC-LOCATION.
  const std::string wrong =
      "BEGIN:VTIMEZONE\nTZID:{0}\nX-LIC-LOCATION:{1}\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0900\n"
      "TZOFFSETTO:+0900\nEND:STANDARD\nEND:VTIMEZONE\n";
  for (const std::string name : {"Europe/Berlin", "Berlin"}) {
    const std::string text = fmt::format(fmt::runtime(wrong), name, "Europe/Berlin");
    CHECK(meetings_of(text + event("DTSTART;TZID=" + name + ":20261121T090000\nDURATION:PT1H\n"), "2026-11-21",
                      "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m CS101"});
  }
}

TEST_CASE("a described zone that is damaged is none, and one of single changes is right") {
  const auto described = [](const std::string& parts) {
    return "BEGIN:VTIMEZONE\nTZID:Ours\n" + parts + "END:VTIMEZONE\n" +
           event("DTSTART;TZID=Ours:20261121T090000\nDURATION:PT1H\n");
  };
  const auto part = [](const std::string& from, const std::string& to, const std::string& more = "",
                       const std::string& start = "19700101T000000") {
    return "BEGIN:STANDARD\nDTSTART:" + start + "\nTZOFFSETFROM:" + from + "\nTZOFFSETTO:" + to + "\n" + more +
           "END:STANDARD\n";
  };
  for (const std::string& parts : {
           std::string(),
           part("+0100", ""),
           part("", "+0100"),
           part("+0100", "0100"),
           part("+0100", "+01:00"),
           part("+0100", "+1"),
           part("+0100", "+010"),
           part("+0100", "+01000"),
           part("+0100", "+2400"),
           part("+0100", "+0100", "", "someday"),
           part("+0100", "+0100", "RRULE:FREQ=MINUTELY\n"),
           std::string("BEGIN:STANDARD\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\n"),
           std::string("BEGIN:OTHER\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:OTHER\n"),
       }) {
    INFO(parts);
    const Result result = read(calendar_of(described(parts)));
    REQUIRE(result.warnings.size() == 1);
    CHECK_THAT(
        result.warnings[0],
        Catch::EndsWith("has a time zone that is neither known nor properly described in the file 'Ours'; left out"));
    CHECK(shown(result.calendar, "2026-11-21", "2026-11-22").empty());
  }
  const auto starts = [&](const std::string& parts) {
    return meetings_of(described(parts), "2026-11-20", "2026-11-23").at(0);
  };
  CHECK(starts(part("+0300", "+0300")) == "2026-11-21 07:00+01:00 60m CS101");
  CHECK(starts(part("+0300", "+033030")) == "2026-11-21 06:29+01:00 60m CS101");
  CHECK(starts(part("+0300", "-0500", "", "20261121T090001")) == "2026-11-21 07:00+01:00 60m CS101");  // from then on
  CHECK(starts(part("+0300", "-0500", "RDATE:20201101T000000,nonsense\n", "20270101T000000")) ==
        "2026-11-21 15:00+01:00 60m CS101");
}

TEST_CASE("how long a meeting is") {
  CHECK(meetings_of(event("DTSTART:20261025T020000\nDTEND:20261025T030000\n"), "2026-10-25", "2026-10-26") ==
        Lines{"2026-10-25 02:00+02:00 120m CS101"});  // the wall shows this hour twice
  CHECK(meetings_of(event("DTSTART:20261024T220000\nDURATION:PT8H\n"), "2026-10-24", "2026-10-25") ==
        Lines{"2026-10-24 22:00+02:00 480m CS101"});  // hours of a DURATION are real ones
  CHECK(meetings_of(event("DTSTART:20261024T220000\nDURATION:P1D\n"), "2026-10-24", "2026-10-25") ==
        Lines{"2026-10-24 22:00+02:00 1500m CS101"});  // days are those of the calendar
  CHECK(meetings_of(event("DTSTART;TZID=Europe/Berlin:20261121T090000\nDTEND;TZID=Europe/London:20261121T090000\n"),
                    "2026-11-21", "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m CS101"});
  CHECK(meetings_of(event("DTSTART;TZID=Europe/Berlin:20261121T090000\nDTEND:20261121T090000Z\n"), "2026-11-21",
                    "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m CS101"});
}

TEST_CASE("the date is that of the start on the wall of the event") {
  CHECK(meetings_of(event("DTSTART;TZID=America/New_York:20261121T200000\nDURATION:PT1H\n"), "2026-11-22",
                    "2026-11-23") == Lines{"2026-11-21: 2026-11-22 02:00+01:00 60m CS101"});
  CHECK(meetings_of(event("DTSTART:20261121T233000Z\nDURATION:PT1H\n"), "2026-11-22", "2026-11-23") ==
        Lines{"2026-11-22 00:30+01:00 60m CS101"});
  CHECK(meetings_of(event("DTSTART;TZID=UTC:20261121T233000\nDURATION:PT1H\n"), "2026-11-22", "2026-11-23") ==
        Lines{"2026-11-22 00:30+01:00 60m CS101"});
  // Weekly in UTC is weekly in UTC.
  CHECK(meetings_of(event("DTSTART:20261019T080000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2\n"), "2026-10-01",
                    "2026-11-01") == Lines{"2026-10-19 10:00+02:00 60m CS101", "2026-10-26 09:00+01:00 60m CS101"});
}

TEST_CASE("from is in the window, to is not") {
  const Calendar calendar = read(calendar_of(event("DTSTART:20261121T090000Z\nDURATION:PT1H\n"))).calendar;
  const std::int64_t start = parse_time("2026-11-21T09:00Z").unix_seconds;
  CHECK(calendar.meetings(start, start + 1).size() == 1);
  CHECK(calendar.meetings(start - 1, start).empty());
  CHECK(calendar.meetings(start + 1, start + 7200).empty());
  CHECK(calendar.meetings(INT64_MIN, INT64_MAX).size() == 1);
  CHECK(calendar.meetings(INT64_MAX, INT64_MIN).empty());
}

TEST_CASE("UNTIL in all its forms") {
  const auto until = [](const char* value) {
    return meetings_of(
               event("DTSTART:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=" + std::string(value) + "\n"),
               "2026-11-01", "2027-01-01")
        .size();
  };
  CHECK(until("20261104") == 3);
  CHECK(until("20261104T080000Z;INTERVAL=1") == 3);
  CHECK(until("20261104T075959Z") == 2);
  CHECK(until("20261104T090000") == 3);
  CHECK(until("20261104T085959") == 2);
  CHECK(until("20261101") == 1);  // the first one is one of them
}

TEST_CASE("EXDATE and RDATE in all their forms") {
  const auto with = [](const char* lines) {
    Lines dates;
    for (const std::string& line :
         meetings_of(event("DTSTART;TZID=Europe/Berlin:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=4\n" +
                           std::string(lines)),
                     "2026-11-01", "2027-01-01")) {
      dates.push_back(line.substr(8, 8));
    }
    return dates;
  };
  CHECK(with("EXDATE;TZID=Europe/Berlin:20261102T090000,20261104T090000\n") == Lines{"03 09:00", "05 09:00"});
  CHECK(with("EXDATE:20261102T080000Z\nEXDATE:20261103T090000\n") == Lines{"04 09:00", "05 09:00"});
  CHECK(with("EXDATE;VALUE=DATE:20261102,20261103\nEXDATE:20261104\n") == Lines{"05 09:00"});
  CHECK(with("EXDATE;TZID=America/New_York:20261102T030000\n") == Lines{"03 09:00", "04 09:00", "05 09:00"});
  CHECK(with("EXDATE:20261102T090000Z\n").size() == 4);  // another time
  CHECK(with("RDATE;TZID=Europe/Berlin:20261105T090000,20261107T140000\n").size() == 5);
  CHECK(with("RDATE;VALUE=DATE:20261107\n").back() == "07 09:00");
  CHECK(with("RDATE;VALUE=PERIOD:20261107T080000Z/PT1H\n").back() == "07 09:00");
}

TEST_CASE("changes of one meeting, and versions") {
  const std::string series =
      event("UID:1\nDTSTART;TZID=Europe/Berlin:20261102T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2\n");
  const auto with = [&](const std::string& other) { return meetings_of(other + series, "2026-11-01", "2027-01-01"); };
  const Lines second = {"2026-11-03 09:00+01:00 60m CS101"};
  CHECK(with(event("UID:1\nRECURRENCE-ID:20261102T080000Z\nSTATUS:CANCELLED\n", nullptr)) == second);
  CHECK(with(event("UID:1\nRECURRENCE-ID;VALUE=DATE:20261102\nSTATUS:CANCELLED\n", nullptr)) == second);
  CHECK(with(event("UID:1\nRECURRENCE-ID:20261102T090000\nSTATUS:cancelled\n" + kHour)) == second);
  CHECK(with(event("UID:2\nRECURRENCE-ID:20261102T080000Z\n" + kHour)).size() == 3);  // its series is elsewhere
  CHECK(with(event("UID:1\nRECURRENCE-ID:20261103T080000Z\nSEQUENCE:1\n" + kHour, "new") +
             event("UID:1\nRECURRENCE-ID:20261103T080000Z\n" + kHour, "old")) ==
        Lines{"2026-11-02 09:00+01:00 60m CS101", "2026-11-21 09:00+01:00 60m new"});
  CHECK(with(event("UID:1\nSEQUENCE:1\nSTATUS:CANCELLED\n")).empty());
  CHECK(with(event("UID:1\nRECURRENCE-ID:20261102T080000Z\n" + kHour) + event("UID:1\nSEQUENCE:1\nSTATUS:CANCELLED\n"))
            .empty());
  CHECK(with(event("UID:1\nSEQUENCE:10\n" + kHour)) == Lines{"2026-11-21 09:00+01:00 60m CS101"});
  // Where a meeting was moved to cannot be read; it does not take place where it was.
  const Result moved = read(calendar_of(series + event("UID:1\nRECURRENCE-ID:20261102T080000Z\nDTSTART:x\n")));
  CHECK(moved.warnings.size() == 1);
  CHECK(shown(moved.calendar, "2026-11-01", "2027-01-01") == second);
  // An exporter that gives one UID to everything: what is lost is told.
  const Result result = read(calendar_of(event("UID:1\n" + kHour, "A") + event("UID:1\n" + kHour, "B")));
  CHECK(result.warnings == Lines{"t.ics:2: event 'A': has the UID of a later event '1'; left out"});
  CHECK(shown(result.calendar, "2026-11-21", "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m B"});
}

TEST_CASE("names of sessions, places and groups") {
  CHECK(meetings_of(event(kHour + "LOCATION: a\\, b\\;\\\\\\n c \n"
                                  "CATEGORIES;LANGUAGE=\"e:n;\": x\\,y , ,z\ncategories:e\xCC\x81\n",
                          " a\tb\x01\x7F\xC2\x85 "),
                    "2026-11-21", "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m ab @a, b;\\  c [x,y,z,\u00e9]"});
  const std::string long_name(127, 'a');
  CHECK(read(calendar_of(event(kHour, (long_name + "\u00e9x").c_str()))).calendar.meetings(0, INT64_MAX)[0].session ==
        long_name);
  CHECK(meetings_of("BEGIN:VEVENT\nSUMM\n ARY:C\n\tS10\n 1\n" + kHour + "END:VEVENT\n", "2026-11-21", "2026-11-22") ==
        Lines{"2026-11-21 09:00+01:00 60m CS101"});
}

TEST_CASE("one clear line for each event that cannot be read") {
  const auto problem = [](const std::string& lines, const char* summary = "CS101") {
    const Lines warnings = warnings_of(lines, summary);
    REQUIRE(warnings.size() == 1);
    const std::string prefix = summary == nullptr ? "t.ics:2: event: " : "t.ics:2: event 'CS101': ",
                      suffix = "; left out";
    REQUIRE(warnings[0].starts_with(prefix));
    REQUIRE(warnings[0].ends_with(suffix));
    return warnings[0].substr(prefix.size(), warnings[0].size() - prefix.size() - suffix.size());
  };
  CHECK(problem(kHour, nullptr) == "has no SUMMARY");
  CHECK(problem("") == "has no DTSTART");
  CHECK(problem("DTSTART:20261121T090000\n") == "has no end");
  CHECK(problem("DTSTART:20261121T090000\nDTEND:20261121T090000\n") == "ends when it starts");
  CHECK(problem("DTSTART:20261121T090000\nDTEND:20261121T080000\n") == "ends before it starts");
  CHECK(problem("DTSTART:20261121T090000\nDURATION:-PT1H\n") == "ends before it starts");
  CHECK(problem("DTSTART:20261121T090000\nDTEND:20261122T090001\n") == "lasts longer than 24 hours");
  CHECK(problem("DTSTART;VALUE=DATE:20261121\nDTEND;VALUE=DATE:20281121\n") == "lasts longer than a year");
  CHECK(problem("DTSTART:20261121T090000\nDTEND;VALUE=DATE:20261122\n") ==
        "starts with a date and ends with a time, or the other way");
  for (const std::string value :
       {"", "tomorrow", "20261321T090000", "20260229T090000", "20261121T240000", "20261121T096000", "2026112",
        "20261121T0900", "00000101T090000", "-0011121T090000"}) {
    INFO(value);
    CHECK(problem("DTSTART:" + value + "\nDURATION:PT1H\n") ==
          "has an unreadable DTSTART" + (value.empty() ? "" : " '" + value + "'"));
  }
  CHECK(problem("DTSTART:20261121T090000\nDTEND:later\n") == "has an unreadable DTEND 'later'");
  CHECK(problem("DTSTART:20261121T090000\nDURATION:an hour\n") == "has an unreadable DURATION 'an hour'");
  CHECK(problem("DTSTART;TZID=Mars/Base:20261121T090000\nDURATION:PT1H\n") ==
        "has a time zone that is neither known nor properly described in the file 'Mars/Base'");
  CHECK(problem("DTSTART;TZID=W. Europe Standard Time:20261121T090000\nDURATION:PT1H\n") ==
        "has a time zone that is neither known nor properly described in the file 'W. Europe Standard Time'");
  CHECK(problem(kHour + "RRULE:FREQ=HOURLY\n") == "has a rule with FREQ below DAILY 'FREQ=HOURLY'");
  CHECK(problem(kHour + "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1\n") ==
        "has a rule with a combination of BYDAY, BYMONTHDAY and BYSETPOS that is not supported "
        "'FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=1'");
  CHECK(problem(kHour + "RRULE:FREQ=DAILY;INTERVAL=0\n") == "has a rule that cannot be read 'FREQ=DAILY;INTERVAL=0'");
  CHECK(problem(kHour + "RRULE:FREQ=DAILY;UNTIL=never\n") == "has an unreadable UNTIL 'NEVER'");
  CHECK(problem(kHour + "EXDATE:20261121T090000,soon\n") == "has an unreadable EXDATE 'soon'");
  CHECK(problem(kHour + "RECURRENCE-ID:x\n") == "has an unreadable RECURRENCE-ID 'x'");
  CHECK(problem(kHour + "RECURRENCE-ID;RANGE=THISANDFUTURE:20261121T090000\n") == "changes all that follow (RANGE)");
  CHECK(problem(kHour + "LOCATION:H\xF6rsaal\n") == "has a LOCATION that is not UTF-8");
}

TEST_CASE("an event that cannot be read takes nothing else with it") {
  const std::string bad = event("DTSTART:x\n");
  std::string events = event(kHour, "good");
  for (int i = 0; i < 9; ++i) events += bad;
  const Result result = read(calendar_of(events));
  CHECK(shown(result.calendar, "2026-11-21", "2026-11-22") == Lines{"2026-11-21 09:00+01:00 60m good"});
  REQUIRE(result.warnings.size() == 6);
  CHECK(result.warnings[0] == "t.ics:7: event 'CS101': has an unreadable DTSTART 'x'; left out");
  CHECK(result.warnings[5] == "t.ics: 9 events in all are left out: has an unreadable DTSTART");
}

TEST_CASE("files that are damaged") {
  const auto message = [](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      return e.what();
    }
    return "read";
  };
  const std::string good = event(kHour);
  CHECK(message("") == "t.ics: not a calendar: it has no line BEGIN:VCALENDAR");
  CHECK(message(good) == "t.ics: not a calendar: it has no line BEGIN:VCALENDAR");
  CHECK(message(std::string("B\0E\0G\0I\0N\0", 10)) == "t.ics: not a calendar: it has no line BEGIN:VCALENDAR");
  CHECK(message(calendar_of("")) == "t.ics: a calendar without any event");
  CHECK(message(calendar_of("BEGIN:VTODO\nSUMMARY:x\nEND:VTODO\n")) == "t.ics: a calendar without any event");

  CHECK(read("BEGIN:VCALENDAR\n" + good).warnings ==
        Lines{"t.ics: ends without END:VCALENDAR; events at its end may be missing"});
  CHECK(read("BEGIN:VCALENDAR\n" + good + "BEGIN:VEVENT\nSUMMARY:x\nDTSTA").warnings ==
        Lines{"t.ics:7: event 'x': is cut off by the end of the file; left out"});
  CHECK(read(calendar_of("BEGIN:VEVENT\nSUMMARY:x\n" + good)).warnings ==
        Lines{"t.ics:2: event 'x': has no END:VEVENT; left out"});
  CHECK(read(calendar_of("BEGIN:VEVENT\nSUMMARY:x\n")).warnings ==
        Lines{"t.ics:2: event 'x': has no END:VEVENT; left out"});
  CHECK(read(calendar_of("X-WR-TIMEZONE:Mars\n" + good)).warnings ==
        Lines{"t.ics:2: X-WR-TIMEZONE 'Mars' is not a time zone; times without one are those of Europe/Berlin"});

  for (const char* line_end : {"\r\n", "\r", "\r\r\n", "\n\n"}) {
    std::string text;
    for (const char c : calendar_of(good)) text += c == '\n' ? line_end : std::string(1, c);
    const Result result = read(text);
    CHECK(result.warnings == Lines{});
    CHECK(shown(result.calendar, "2026-11-21", "2026-11-22").size() == 1);
  }
}

TEST_CASE("hostile files end quickly") {
  const std::clock_t before = std::clock();  // of the processor: other programs do not count
  const std::string megabyte(1 << 20, 'x');
  const auto count = [](const std::string& text) {
    return read(text).calendar.meetings(1795247998 - 365 * 86400, 1795247998 + 365 * 86400).size();
  };
  CHECK(
      count(calendar_of(event(kHour + "DESCRIPTION:" + megabyte + "\nLOCATION:" + megabyte + "\nUID:" + megabyte + "\n",
                              megabyte.c_str()))) == 1);
  CHECK(warnings_of("DTSTART;" + megabyte + "=" + megabyte + ":" + megabyte + "\n").size() == 1);
  CHECK(warnings_of(kHour + "RRULE:FREQ=DAILY;BYDAY=" + megabyte + "\n").size() == 1);
  CHECK(warnings_of("DTSTART:20261121T090000\nDURATION:P" + std::string(1 << 20, '9') + "D\n").size() == 1);
  CHECK(warnings_of("DTSTART:20261121T090000\nDURATION:P99999999999999W\n").size() == 1);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "BEGIN:X\n";
  CHECK(read("BEGIN:VCALENDAR\n" + event(kHour) + "BEGIN:VEVENT\n" + deep).warnings.size() == 1);
  std::string dates = "EXDATE:20261121T090000";
  for (int i = 0; i < 100'000; ++i)
    dates += fmt::format(",2020{:02}{:02}T{:02}{:02}00", i % 12 + 1, i % 28 + 1, i % 24, i % 60);
  CHECK(count(calendar_of(event(kHour + "RRULE:FREQ=DAILY;COUNT=3\n" + dates + "\n"))) == 2);
  CHECK(count(calendar_of(event("DTSTART:00010101T090000\nDURATION:PT1H\nRRULE:FREQ=YEARLY\n"))) == 2);
  CHECK(count(calendar_of(event("DTSTART:99990101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY\n"))) == 0);
  CHECK(count(calendar_of(event("DTSTART:20261121T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=2000000000\n"))) > 300);
  CHECK(count(calendar_of(event(std::string("X\0Y:1\n", 6) + kHour))) == 1);
  CHECK(warnings_of(std::string("DTSTART:20261121T090000\0\nDURATION:PT1H\n", 39)).size() == 1);
  std::string many, zones, never;
  for (int i = 0; i < 500; ++i) {
    many += event("DTSTART:19700101T090000\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=39999\n");
    zones += fmt::format(
        "BEGIN:VTIMEZONE\nTZID:{0}\nBEGIN:STANDARD\nDTSTART:16010101T000000\nRRULE:FREQ=YEARLY;BYDAY=MO\n"
        "TZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:x\n"
        "DTSTART;TZID={0}:20261121T090000\nDURATION:PT1H\nEND:VEVENT\n",
        i);
  }
  for (int i = 0; i < 100'000; ++i) never += event(kHour + "RRULE:FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30\n");
  CHECK(read(calendar_of(never)).warnings.size() == 11);
  CHECK(read(calendar_of(many)).warnings.size() == 6);
  CHECK(read(calendar_of(zones)).warnings.size() == 6);
  CHECK_THROWS_WITH(read(calendar_of(never + event(kHour))), Catch::Contains("over 100,000 events"));
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 60);  // 5 s here
}

TEST_CASE("a cut at any byte is a calendar, or a line") {
  const std::string text = test::slurp(FACEATT_TEST_DATA "/calendars/office.ics");
  for (std::size_t size = 0; size < text.size(); ++size) {
    try {
      const Result result = read(text.substr(0, size));
      CHECK(result.warnings.size() <= 1);
      result.calendar.meetings(1795247998, 1795247998 + 86400);
    } catch (const Error&) {
    }
  }
}

TEST_CASE("any number of threads may ask") {
  std::string events;
  for (int i = 0; i < 50; ++i) {
    events += event(fmt::format("DTSTART:2021{:02}01T090000\nDURATION:PT1H\nRRULE:FREQ={}\n", i % 12 + 1,
                                i % 2 == 0 ? "DAILY;BYDAY=MO,TU,SA" : "MONTHLY;BYDAY=3SA,-1SU"));
  }
  const Calendar calendar = read(calendar_of(events)).calendar;
  const auto count = [&calendar] { return calendar.meetings(1795247998, 1795247998 + 7 * 86400).size(); };
  std::vector<std::future<std::size_t>> others;
  for (int i = 0; i < 8; ++i) others.push_back(std::async(std::launch::async, count));
  for (auto& other : others) CHECK(other.get() == count());
}

TEST_CASE("one day of five hundred weekly events that began years ago") {
  std::string events;
  for (int i = 0; i < 500; ++i) {
    events += event(
        fmt::format("DTSTART;TZID=Europe/Berlin:202110{:02}T{:02}0000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;INTERVAL={}\n",
                    i % 28 + 1, i % 24, i % 3 + 1));
  }
  const Calendar calendar = read(calendar_of(events)).calendar;
  const std::clock_t before = std::clock();
  CHECK_FALSE(calendar.meetings(1795247998, 1795247998 + 86400).empty());
  CHECK((std::clock() - before) / CLOCKS_PER_SEC < 1);  // 3 ms here
}
