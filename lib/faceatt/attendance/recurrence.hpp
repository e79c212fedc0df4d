// The days that a recurrence rule names: RRULE of RFC 5545, 3.3.10, as timetables use it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace faceatt {

// FREQ=DAILY to YEARLY with INTERVAL, COUNT, WKST, BYMONTH, BYMONTHDAY, BYDAY and BYSETPOS; UNTIL is the caller's.
//
// libical reads the rule, but its iterator is not asked for the days (3.0.16, measured): a rule that matches hardly
// ever keeps one call busy for 0.2 to 0.4 s ("BYMONTHDAY=13;BYDAY=1FR"), fortnightly ones are walked from their start
// for 0.25 to 1.5 ms each, and BYSETPOS is overlooked with FREQ=WEEKLY. Here the work is bound by the window.
class Recurrence {
 public:
  using Day = std::chrono::sys_days;

  // `start`: the first day, which is always one of them. `effort`: days that may still be looked at in search of the
  // COUNT-th one, for all rules of a file. Throws std::invalid_argument; what() goes on from "has a rule ": "that
  // cannot be read", "with FREQ below DAILY".
  Recurrence(const std::string& rule, Day start, std::size_t& effort);

  // Those in [from, to], sorted. It costs some 20 ns for each day of the window; with BYSETPOS, of the weeks, months or
  // years that it touches.
  std::vector<Day> days(Day from, Day to) const;

 private:
  enum class Frequency { kDaily, kWeekly, kMonthly, kYearly };
  struct WeekDay {
    std::chrono::weekday day;
    int nth;  // in the month or year; negative: from its end; 0: every one
  };

  bool matches(Day day) const;
  std::int64_t period_of(Day day) const;
  std::pair<Day, Day> period(std::int64_t number) const;
  void append_period(std::int64_t number, Day from, Day to, std::vector<Day>& found) const;
  Day find_last(int count, std::size_t& effort) const;

  Day start_, last_;
  Frequency frequency_ = Frequency::kDaily;
  int interval_ = 1;  // periods
  std::chrono::weekday week_start_ = std::chrono::Monday;
  std::vector<int> months_, month_days_, positions_;  // empty: any; negative days and positions: from the end
  std::vector<WeekDay> week_days_;
};

}  // namespace faceatt
