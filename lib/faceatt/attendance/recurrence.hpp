// The days that a recurrence rule names: RRULE of RFC 5545, 3.3.10, as libical works them out.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace faceatt {

// FREQ=DAILY to YEARLY with all that goes with them, but for what libical 3.0.16 gets wrong (BYWEEKNO, with which it
// writes outside its memory; BYSETPOS below MONTHLY), RSCALE and times of their own. UNTIL is the caller's.
class Recurrence {
 public:
  using Day = std::chrono::sys_days;

  // `start`: the first day, which is always one of them; 1583 to 2582. `effort`: how many days (FREQ=DAILY) or weeks
  // may still be walked through, for all rules of a file: each is tried up to its second day, or to its end if it has a
  // COUNT. Throws std::invalid_argument; what() goes on from "has a rule ": "that cannot be read", "with FREQ below
  // DAILY".
  Recurrence(const std::string& text, Day start, std::size_t& effort);

  // Those in [from, to], sorted. It costs some 5 us, and 2 us for each of them (FREQ=DAILY: for each day).
  std::vector<Day> days(Day from, Day to) const;

 private:
  std::string rule_;  // a tenth as large as what libical makes of it
  Day start_, last_;
};

}  // namespace faceatt
