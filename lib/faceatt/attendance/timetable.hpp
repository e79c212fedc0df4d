// A timetable as a CSV file: rows of sessions that meet every week.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/attendance/meeting.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt {

class Timetable {
 public:
  // Header `session,group,days,start,end,late_after,location,from,until` in any order; session, start and end have to
  // be there. `zone` is that of all times. What is odd, but can be meant, goes to `warnings`. Throws Error(kCannotRun)
  // "NAME:LINE: ..." for what cannot: a timetable is right, or it is not used.
  //   group       names of roster groups, separated by ';'; empty: everybody
  //   days        Mon Tue, Mon-Fri, or dates; separated by spaces, ',' or ';'; empty: every day
  //   start, end  09:00; an end that is not after the start is on the next day
  //   late_after  after the start, 10m or 10 (minutes), or a time on the clock; empty: as set for all
  //   location    name of a camera; empty: anywhere
  //   from, until dates, both included; empty: open
  static Timetable read(std::string_view text, const std::string& name, const Zone& zone,
                        std::vector<std::string>& warnings);

  // All that start in [from, to), unix seconds, in order of start, then of the file.
  std::vector<Meeting> meetings(std::int64_t from, std::int64_t to) const;

 private:
  struct Row {
    std::size_t line = 0;
    Meeting meeting{};            // without date and times
    std::array<bool, 7> days{};   // from Sunday
    std::set<std::string> dates;  // instead of days, when there are any
    int start = 0, end = 0;       // seconds of the day; end > start, over 86400 on the next day
    std::string from, until;
    bool is_on(const std::string& date) const;
  };
  class Reader;
  static void warn_of_overlaps(const std::vector<Row>& rows, const std::string& name,
                               std::vector<std::string>& warnings);

  std::vector<Row> rows_;
  Zone zone_;
};

}  // namespace faceatt
