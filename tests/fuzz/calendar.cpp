// iCalendar: what meets in two weeks is what meets in the first and in the second.
#include "faceatt/attendance/calendar.hpp"

#include <algorithm>
#include <tuple>

#include "faceatt/core/time.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

constexpr std::int64_t kWeek = 7 * 86400;

using Times = std::vector<std::tuple<std::int64_t, std::string, std::int64_t, std::string>>;

void add(const Calendar& calendar, std::int64_t from, std::int64_t to, Times& times) {
  for (const Meeting& m : calendar.meetings(from, to)) {
    require(m.start >= from && m.start < to && m.end > m.start, "a meeting is when it was asked for");
    require(!m.session.empty() && is_date(m.date), "a meeting has a name and a date");
    times.emplace_back(m.start, m.session, m.end, m.date);
  }
}

}  // namespace

FUZZ_TARGET(calendar) {
  std::vector<std::string> warnings;
  fuzz::accepts([&] {
    const auto calendar = Calendar::read(input, "t.ics", Zone("Europe/Berlin"), warnings);
    for (const char* date : {"2026-03-23", "2026-10-20", "2026-11-20", "9999-12-25"}) {
      const std::int64_t from = wall_midnight(date);
      Times whole, halves;
      add(calendar, from, from + 2 * kWeek, whole);
      add(calendar, from, from + kWeek, halves);
      add(calendar, from + kWeek, from + 2 * kWeek, halves);
      std::sort(whole.begin(), whole.end());
      std::sort(halves.begin(), halves.end());
      require(whole == halves, "a meeting is the same in whatever time was asked for");
      calendar.day_off(date);
    }
  });
}
