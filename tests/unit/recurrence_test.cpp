#include "faceatt/attendance/recurrence.hpp"

#include <libical/ical.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>

using namespace faceatt;
using namespace std::chrono_literals;
using Day = Recurrence::Day;

namespace {

constexpr Day kEnd = 9999y / 12 / 31;

Recurrence rule(const std::string& text, Day start) {
  std::size_t effort = 1'000'000;
  return Recurrence(text, start, effort);
}

std::string problem(const std::string& text, std::size_t effort = 1'000'000) {
  try {
    Recurrence(text, 2026y / 11 / 21, effort);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

icaltimetype time_of(Day day) {
  const std::chrono::year_month_day date{day};
  icaltimetype time = icaltime_null_time();
  time.year = static_cast<int>(date.year());
  time.month = static_cast<int>(static_cast<unsigned>(date.month()));
  time.day = static_cast<int>(static_cast<unsigned>(date.day()));
  time.hour = 9;
  return time;
}

// What libical's own iterator makes of a rule, up to and without `end`; the start is one of them.
std::vector<Day> by_libical(const std::string& text, Day start, Day end) {
  icalerror_clear_errno();
  std::vector<Day> found;
  icalrecur_iterator* iterator = icalrecur_iterator_new(icalrecurrencetype_from_string(text.c_str()), time_of(start));
  for (;;) {
    const icaltimetype time = icalrecur_iterator_next(iterator);
    const Day day = std::chrono::year{time.year} / time.month / time.day;
    if (icaltime_is_null_time(time) || day >= end) break;
    found.push_back(day);
  }
  icalrecur_iterator_free(iterator);
  return found;
}

}  // namespace

TEST_CASE("the days of a rule are those that libical walks through") {
  const char* const rule_text = GENERATE(
      "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=DAILY;COUNT=10", "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR",
      "FREQ=DAILY;BYMONTH=1,2", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=20",
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
      "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=7", "FREQ=WEEKLY;INTERVAL=3",
      "FREQ=WEEKLY;BYMONTH=9,10;BYDAY=TH", "FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=5", "FREQ=MONTHLY;BYMONTHDAY=31",
      "FREQ=MONTHLY;BYMONTHDAY=-1,2", "FREQ=MONTHLY;BYDAY=1FR", "FREQ=MONTHLY;BYDAY=-2MO;COUNT=6",
      "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
      "FREQ=MONTHLY;BYDAY=5MO;INTERVAL=2", "FREQ=YEARLY", "FREQ=YEARLY;INTERVAL=2;BYMONTH=1;BYDAY=SU",
      "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYDAY=-1FR",
      "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=2,3,4,5,6,7,8;BYDAY=TU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
      "FREQ=YEARLY;BYMONTH=6,7;COUNT=9", "FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=1,-1");
  INFO(rule_text);
  const Day end = 2031y / 3 / 1;
  const Day first = GENERATE(Day{2021y / 1 / 29}, Day{2024y / 2 / 29}, Day{2023y / 12 / 31}, Day{2019y / 9 / 3});
  const std::vector<Day> steps = by_libical(rule_text, first, end);
  REQUIRE_FALSE(steps.empty());
  const Day start = steps.front();  // so that it is a day of the rule: libical counts from there, as anybody does
  const std::vector<Day> expected = by_libical(rule_text, start, end);
  const Recurrence ours = rule(rule_text, start);
  CHECK(ours.days(start, end - std::chrono::days{1}) == expected);
  for (Day from = start - std::chrono::days{9}; from < end; from += std::chrono::days{37}) {  // any window is a part
    const Day to = from + std::chrono::days{20};
    std::vector<Day> part;
    for (const Day day : expected) {
      if (day >= from && day <= to && to < end) part.push_back(day);
    }
    if (to < end) CHECK(ours.days(from, to) == part);
  }
}

TEST_CASE("where the standard knows better than libical") {
  CHECK(rule("FREQ=YEARLY;BYMONTHDAY=13", 2026y / 11 / 13).days(2026y / 11 / 1, 2027y / 1 / 31) ==
        std::vector<Day>{2026y / 11 / 13, 2026y / 12 / 13, 2027y / 1 / 13});
  CHECK(rule("FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=-1", 2026y / 11 / 20).days(2026y / 11 / 20, 2026y / 12 / 5) ==
        std::vector<Day>{2026y / 11 / 20, 2026y / 11 / 27, 2026y / 12 / 4});
}

TEST_CASE("the first day is always one of them, and the first that counts") {
  CHECK(rule("FREQ=WEEKLY;BYDAY=MO;COUNT=3", 2026y / 11 / 21).days(2026y / 1 / 1, 2027y / 1 / 1) ==
        std::vector<Day>{2026y / 11 / 21, 2026y / 11 / 23, 2026y / 11 / 30});
  CHECK(rule("FREQ=DAILY;COUNT=1", 2026y / 11 / 21).days(2026y / 1 / 1, kEnd).size() == 1);
  CHECK(rule("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", 2026y / 11 / 21).days(2026y / 1 / 1, 2999y / 1 / 1).size() == 1);
}

TEST_CASE("rules that are not understood") {
  CHECK(problem("FREQ=DAILY").empty());
  for (const char* text : {"", "FREQ=", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=-1",
                           "FREQ=FORTNIGHTLY", "nonsense", "INTERVAL=2", "RSCALE=HEBREW;FREQ=NEVER"}) {
    INFO(text);
    CHECK(problem(text) == "that cannot be read");
  }
  CHECK(problem("FREQ=DAILY;BYDAY=" + std::string(2000, 'M')) == "that cannot be read");
  CHECK(problem("FREQ=HOURLY;COUNT=3") == "with FREQ below DAILY");
  CHECK(problem("FREQ=SECONDLY") == "with FREQ below DAILY");
  CHECK(problem("FREQ=YEARLY;BYYEARDAY=100") == "with BYYEARDAY");
  CHECK(problem("FREQ=YEARLY;BYWEEKNO=20") == "with BYWEEKNO");
  CHECK(problem("FREQ=DAILY;BYHOUR=9,14") == "with times of its own (BYHOUR, BYMINUTE, BYSECOND)");
  CHECK(problem("RSCALE=CHINESE;FREQ=YEARLY") == "of another calendar (RSCALE)");
  CHECK(problem("FREQ=DAILY;COUNT=100", 90) == "with a COUNT, of more than can be counted in one file");
}

TEST_CASE("no rule takes long, however far it reaches") {
  const auto before = std::chrono::steady_clock::now();
  CHECK(rule("FREQ=DAILY;COUNT=2000000000", 1y / 1 / 1).days(2026y / 11 / 21, 2026y / 11 / 22).size() == 2);
  CHECK(rule("FREQ=DAILY", 1y / 1 / 1).days(9999y / 12 / 30, kEnd).size() == 2);
  CHECK(rule("FREQ=YEARLY;INTERVAL=30000", 9999y / 1 / 1).days(9999y / 1 / 1, kEnd).size() == 1);
  CHECK(rule("FREQ=MONTHLY;INTERVAL=30000;COUNT=40000", 9990y / 1 / 1).days(9999y / 1 / 1, kEnd).empty());
  CHECK(rule("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=1FR", 2026y / 11 / 21).days(2027y / 1 / 1, 2027y / 1 / 31).empty());
  CHECK(std::chrono::steady_clock::now() - before < 2s);  // milliseconds, in truth
}
