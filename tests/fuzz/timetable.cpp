// Timetables and holidays as CSV: meetings are where they were asked for, in order, and have a length.
#include "faceatt/attendance/timetable.hpp"

#include "faceatt/attendance/holidays.hpp"
#include "faceatt/core/time.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

constexpr std::int64_t kDay = 86400;

void check(const Timetable& timetable, std::int64_t from, std::int64_t to) {
  std::int64_t last = from;
  for (const Meeting& meeting : timetable.meetings(from, to)) {
    require(meeting.start >= last && meeting.start < to, "meetings come in order, when they were asked for");
    require(meeting.end > meeting.start && meeting.end - meeting.start <= kDay + 7200, "a meeting is at most a day");
    require(!meeting.session.empty() && is_date(meeting.date), "a meeting has a name and a date");
    last = meeting.start;
  }
}

}  // namespace

FUZZ_TARGET(timetable) {
  std::vector<std::string> warnings;
  fuzz::accepts([&] {
    const auto timetable = Timetable::read(input, "t.csv", Zone(), warnings);
    for (const char* date : {"2026-03-27", "2026-10-23", "2026-11-20"}) {  // clocks change, and do not
      const std::int64_t from = wall_midnight(date);
      check(timetable, from, from + 7 * kDay);
    }
  });
  fuzz::accepts([&] {
    const auto holidays = Holidays::read(input, "h.csv");
    for (const char* date : {"0001-01-01", "2026-12-25", "9999-12-31"}) holidays.on(date);
  });
}
