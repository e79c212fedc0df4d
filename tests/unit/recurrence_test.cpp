#include "faceatt/attendance/recurrence.hpp"

#include <libical/ical.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <sstream>
#include <stdexcept>
#include <string>

using namespace faceatt;
using namespace std::chrono_literals;
using Day = Recurrence::Day;

namespace {

constexpr std::size_t kEffort = 500'000;

Recurrence rule(const std::string& text, Day start) {
  std::size_t effort = kEffort;
  return Recurrence(text, start, effort);
}

std::string problem(const std::string& text, Day start = 2026y / 11 / 21, std::size_t effort = kEffort) {
  try {
    Recurrence(text, start, effort);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

// "1997: 9-2 9-3; 1998: 1-1", the first `count` of them.
std::string shown(const std::vector<Day>& days, std::size_t count) {
  std::ostringstream out;
  std::chrono::year year{};
  for (std::size_t i = 0; i < days.size() && i < count; ++i) {
    const std::chrono::year_month_day date{days[i]};
    if (date.year() != year) out << (i == 0 ? "" : "; ") << static_cast<int>(year = date.year()) << ":";
    out << ' ' << static_cast<unsigned>(date.month()) << '-' << static_cast<unsigned>(date.day());
  }
  return out.str();
}

struct Example {
  Day start;
  const char* rule;
  std::size_t count;  // of the days below
  const char* days;
};

const Example kExamples[] = {
    // RFC 5545, 3.8.5.3, in its order; those whose end is a time without their UNTIL, which is no part of it here.
    {1997y / 9 / 2, "FREQ=DAILY;COUNT=10", 11, "1997: 9-2 9-3 9-4 9-5 9-6 9-7 9-8 9-9 9-10 9-11"},
    {1997y / 9 / 2, "FREQ=DAILY;INTERVAL=2", 6, "1997: 9-2 9-4 9-6 9-8 9-10 9-12"},
    {1997y / 9 / 2, "FREQ=DAILY;INTERVAL=10;COUNT=5", 6, "1997: 9-2 9-12 9-22 10-2 10-12"},
    {1998y / 1 / 1, "FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA", 33,
     "1998: 1-1 1-2 1-3 1-4 1-5 1-6 1-7 1-8 1-9 1-10 1-11 1-12 1-13 1-14 1-15 1-16 1-17 1-18 1-19 1-20 1-21 1-22 1-23 "
     "1-24 1-25 1-26 1-27 1-28 1-29 1-30 1-31; 1999: 1-1 1-2"},
    {1998y / 1 / 30, "FREQ=DAILY;BYMONTH=1", 4, "1998: 1-30 1-31; 1999: 1-1 1-2"},
    {1997y / 9 / 2, "FREQ=WEEKLY;COUNT=10", 11, "1997: 9-2 9-9 9-16 9-23 9-30 10-7 10-14 10-21 10-28 11-4"},
    {1997y / 9 / 2, "FREQ=WEEKLY;INTERVAL=2;WKST=SU", 6, "1997: 9-2 9-16 9-30 10-14 10-28 11-11"},
    {1997y / 9 / 2, "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", 11,
     "1997: 9-2 9-4 9-9 9-11 9-16 9-18 9-23 9-25 9-30 10-2"},
    {1997y / 9 / 1, "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=MO,WE,FR", 8, "1997: 9-1 9-3 9-5 9-15 9-17 9-19 9-29 10-1"},
    {1997y / 9 / 2, "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", 9,
     "1997: 9-2 9-4 9-16 9-18 9-30 10-2 10-14 10-16"},
    {1997y / 9 / 5, "FREQ=MONTHLY;COUNT=10;BYDAY=1FR", 11, "1997: 9-5 10-3 11-7 12-5; 1998: 1-2 2-6 3-6 4-3 5-1 6-5"},
    {1997y / 9 / 7, "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU", 11,
     "1997: 9-7 9-28 11-2 11-30; 1998: 1-4 1-25 3-1 3-29 5-3 5-31"},
    {1997y / 9 / 22, "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", 7, "1997: 9-22 10-20 11-17 12-22; 1998: 1-19 2-16"},
    {1997y / 9 / 28, "FREQ=MONTHLY;BYMONTHDAY=-3", 6, "1997: 9-28 10-29 11-28 12-29; 1998: 1-29 2-26"},
    {1997y / 9 / 2, "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", 11,
     "1997: 9-2 9-15 10-2 10-15 11-2 11-15 12-2 12-15; 1998: 1-2 1-15"},
    {1997y / 9 / 30, "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1", 11,
     "1997: 9-30 10-1 10-31 11-1 11-30 12-1 12-31; 1998: 1-1 1-31 2-1"},
    {1997y / 9 / 10, "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", 11,
     "1997: 9-10 9-11 9-12 9-13 9-14 9-15; 1999: 3-10 3-11 3-12 3-13"},
    {1997y / 9 / 2, "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU", 9, "1997: 9-2 9-9 9-16 9-23 9-30 11-4 11-11 11-18 11-25"},
    {1997y / 6 / 10, "FREQ=YEARLY;COUNT=10;BYMONTH=6,7", 11,
     "1997: 6-10 7-10; 1998: 6-10 7-10; 1999: 6-10 7-10; 2000: 6-10 7-10; 2001: 6-10 7-10"},
    {1997y / 3 / 10, "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3", 11,
     "1997: 3-10; 1999: 1-10 2-10 3-10; 2001: 1-10 2-10 3-10; 2003: 1-10 2-10 3-10"},
    {1997y / 1 / 1, "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200", 11,
     "1997: 1-1 4-10 7-19; 2000: 1-1 4-9 7-18; 2003: 1-1 4-10 7-19; 2006: 1-1"},
    {1997y / 5 / 19, "FREQ=YEARLY;BYDAY=20MO", 3, "1997: 5-19; 1998: 5-18; 1999: 5-17"},
    {1997y / 3 / 13, "FREQ=YEARLY;BYMONTH=3;BYDAY=TH", 7, "1997: 3-13 3-20 3-27; 1998: 3-5 3-12 3-19 3-26"},
    {1997y / 6 / 5, "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8", 14,
     "1997: 6-5 6-12 6-19 6-26 7-3 7-10 7-17 7-24 7-31 8-7 8-14 8-21 8-28; 1998: 6-4"},
    {1998y / 2 / 13, "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", 5, "1998: 2-13 3-13 11-13; 1999: 8-13; 2000: 10-13"},
    {1997y / 9 / 13, "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", 10,
     "1997: 9-13 10-11 11-8 12-13; 1998: 1-10 2-7 3-7 4-11 5-9 6-13"},
    {1996y / 11 / 5, "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", 3,
     "1996: 11-5; 2000: 11-7; 2004: 11-2"},
    {1997y / 9 / 4, "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", 4, "1997: 9-4 10-7 11-6"},
    {1997y / 9 / 29, "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", 7,
     "1997: 9-29 10-30 11-27 12-30; 1998: 1-29 2-26 3-30"},
    {1997y / 8 / 5, "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", 5, "1997: 8-5 8-10 8-19 8-24"},
    {1997y / 8 / 5, "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", 5, "1997: 8-5 8-17 8-19 8-31"},
    {2007y / 1 / 15, "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", 6, "2007: 1-15 1-30 2-15 3-15 3-30"},
    // Days that are not in every month or year.
    {2024y / 2 / 29, "FREQ=YEARLY", 3, "2024: 2-29; 2028: 2-29; 2032: 2-29"},
    {2096y / 2 / 29, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", 2, "2096: 2-29; 2104: 2-29"},
    {2023y / 2 / 28, "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", 3, "2023: 2-28; 2024: 2-29; 2025: 2-28"},
    {2026y / 1 / 31, "FREQ=MONTHLY", 4, "2026: 1-31 3-31 5-31 7-31"},
    {2024y / 12 / 31, "FREQ=YEARLY;BYYEARDAY=366", 2, "2024: 12-31; 2028: 12-31"},
    // What libical has to be helped with.
    {2026y / 11 / 13, "FREQ=YEARLY;BYMONTHDAY=13", 3, "2026: 11-13 12-13; 2027: 1-13"},
    {2017y / 5 / 27, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU", 4, "2017: 5-27 5-28 6-11 6-25"},
    {2026y / 11 / 16, "FREQ=WEEKLY;BYDAY=MO,MO,WE;COUNT=4", 5, "2026: 11-16 11-18 11-23 11-25"},
    // The start is always one of them, and the first that counts.
    {2026y / 11 / 21, "FREQ=WEEKLY;BYDAY=MO;COUNT=3", 4, "2026: 11-21 11-23 11-30"},
    {2026y / 11 / 21, "FREQ=DAILY;COUNT=1", 2, "2026: 11-21"},
    {2026y / 11 / 21, "FREQ=YEARLY;COUNT=300", 2, "2026: 11-21; 2027: 11-21"},
};

}  // namespace

TEST_CASE("the days of a rule, and of any window the part of them") {
  for (const Example& example : kExamples) {
    INFO(example.rule);
    const Recurrence recurrence = rule(example.rule, example.start);
    const Day end = example.start + std::chrono::days{4500};
    const std::vector<Day> all = recurrence.days(example.start - std::chrono::days{1000}, end);
    CHECK(shown(all, example.count) == example.days);
    for (Day from = example.start - std::chrono::days{9}; from < end; from += std::chrono::days{37}) {
      const Day to = std::min(from + std::chrono::days{20}, end);
      std::vector<Day> part;
      for (const Day day : all) {
        if (day >= from && day <= to) part.push_back(day);
      }
      CHECK(recurrence.days(from, to) == part);
    }
  }
}

TEST_CASE("rules that are not understood") {
  icalerror_set_errno(ICAL_MALFORMEDDATA_ERROR);  // of whatever was before
  CHECK(problem("FREQ=YEARLY").empty());
  for (const char* text : {"", "FREQ=", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=-1",
                           "FREQ=FORTNIGHTLY", "nonsense", "INTERVAL=2", "RSCALE=HEBREW;FREQ=NEVER"}) {
    INFO(text);
    CHECK(problem(text) == "that cannot be read");
  }
  CHECK(problem("FREQ=DAILY;BYDAY=" + std::string(2000, 'M')) == "that cannot be read");
  CHECK(problem("FREQ=HOURLY;COUNT=3") == "with FREQ below DAILY");
  CHECK(problem("FREQ=SECONDLY") == "with FREQ below DAILY");
  CHECK(problem("FREQ=YEARLY;BYWEEKNO=20") == "with BYWEEKNO");
  CHECK(problem("FREQ=DAILY;BYHOUR=9,14") == "with times of its own (BYHOUR, BYMINUTE, BYSECOND)");
  CHECK(problem("RSCALE=CHINESE;FREQ=YEARLY") == "of another calendar (RSCALE)");
  for (const char* text : {"FREQ=DAILY;BYMONTHDAY=-1", "FREQ=DAILY;BYDAY=2MO", "FREQ=WEEKLY;BYDAY=2MO",
                           "FREQ=WEEKLY;BYDAY=MO,WE;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR"}) {
    INFO(text);
    CHECK(problem(text) == "with a combination of BYDAY, BYMONTHDAY and BYSETPOS that is not supported");
  }
  for (const char* text : {"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
                           "FREQ=MONTHLY;INTERVAL=2;BYMONTH=10", "FREQ=YEARLY;INTERVAL=200", "FREQ=WEEKLY;BYMONTHDAY=1",
                           "FREQ=YEARLY;BYYEARDAY=1;BYMONTH=1"}) {
    INFO(text);
    CHECK(problem(text) == "that names no further day within a century");
  }
  CHECK(problem("FREQ=YEARLY", 2583y / 1 / 1) == "that names no further day within a century");
}

TEST_CASE("no rule takes long, nor do all of a file") {
  const auto before = std::chrono::steady_clock::now();
  const Day day = 2026y / 11 / 21;
  for (const char* text : {"FREQ=DAILY;COUNT=2000000000", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SA,SU", "FREQ=MONTHLY",
                           "FREQ=YEARLY", "FREQ=YEARLY;BYDAY=SA"}) {
    INFO(text);
    const Recurrence recurrence = rule(text, 1y / 11 / 21);
    for (int i = 0; i < 500; ++i) CHECK(recurrence.days(day, day).size() == 1);
  }
  std::size_t effort = kEffort, tried = 0;
  const auto goes_on = [&](const char* text) {
    try {
      Recurrence(text, day, effort);
    } catch (const std::invalid_argument& e) {
      if (e.what() == std::string("beyond the work that one file may cause")) return false;
    }
    return ++tried < kEffort;
  };
  while (goes_on("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30")) continue;
  CHECK(tried == 5);
  CHECK_FALSE(goes_on("FREQ=DAILY"));
  effort = kEffort;
  tried = 0;
  while (tried < 30'000 && goes_on("FREQ=WEEKLY;COUNT=15")) continue;
  CHECK(tried == 30'000);                                  // those of a real timetable may be many
  CHECK(std::chrono::steady_clock::now() - before < 60s);  // 2 s here
}
