#include "faceatt/attendance/schedule.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <tuple>
#include <utility>

#include "faceatt/attendance/calendar.hpp"
#include "faceatt/attendance/holidays.hpp"
#include "faceatt/attendance/timetable.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{64} << 20;
constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kDaysAround = 9;

std::string read_text(const std::filesystem::path& file) {
  try {
    return read_file(file, kMaxBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
}

bool is_calendar(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return lower_ascii(trim(text.substr(0, 4096))).starts_with("begin:vcalendar");
}

// The second session of a name on a date is another session: it is told by its time.
void make_names_unique(std::vector<Meeting>& meetings, const Zone& zone) {
  std::map<std::tuple<std::string, std::string, std::vector<std::string>>, int> seen;
  for (Meeting& meeting : meetings) {
    if (++seen[{meeting.date, meeting.session, meeting.groups}] > 1) {
      meeting.session += " " + zone.at(meeting.start).iso8601().substr(11, 5);
    }
  }
}

}  // namespace

Schedule Schedule::read(const std::filesystem::path& file, const ScheduleOptions& options,
                        std::vector<std::string>& warnings) {
  Schedule schedule;
  schedule.options_ = options;
  const std::string text = read_text(file);
  if (is_calendar(text)) {
    const Calendar calendar = Calendar::read(text, file.string(), options.zone, warnings);
    schedule.meetings_ = [calendar, groups = options.groups](std::int64_t from, std::int64_t to) {
      auto meetings = calendar.meetings(from, to);
      for (Meeting& meeting : meetings) {
        std::erase_if(meeting.groups, [&](const std::string& group) { return !groups.contains(group); });
      }
      return meetings;
    };
  } else {
    const auto timetable = Timetable::read(text, file.string(), options.zone, warnings);
    schedule.meetings_ = [timetable](std::int64_t from, std::int64_t to) { return timetable.meetings(from, to); };
  }
  schedule.is_holiday_ = [](const std::string&) { return false; };
  if (options.holidays.empty()) return schedule;
  const std::string days = read_text(options.holidays);
  const std::string name = options.holidays.string();
  if (is_calendar(days)) {
    const Calendar calendar = Calendar::read(days, name, options.zone, warnings);
    schedule.is_holiday_ = [calendar](const std::string& date) { return calendar.day_off(date).has_value(); };
  } else {
    const Holidays holidays = Holidays::read(days, name);
    schedule.is_holiday_ = [holidays](const std::string& date) { return holidays.on(date).has_value(); };
  }
  return schedule;
}

// Without holidays, and with their names told apart where their whole dates are in it.
std::vector<Meeting> Schedule::starting_in(std::int64_t from, std::int64_t to) const {
  std::vector<Meeting> all = meetings_(from, to);
  std::map<std::string, bool> holidays;
  std::erase_if(all, [&](const Meeting& meeting) {
    const auto [date, is_new] = holidays.try_emplace(meeting.date);
    if (is_new) date->second = is_holiday_(meeting.date);
    return date->second;
  });
  make_names_unique(all, options_.zone);
  return all;
}

const std::vector<Meeting>& Schedule::around(std::int64_t unix_seconds) const {
  const LocalTime time = options_.zone.at(unix_seconds);
  if (!days_ || days_->date != time.date() || days_->offset_seconds != time.offset_seconds) {
    constexpr std::int64_t kMargin = (kDaysAround + 1) * kDay;
    days_ = {time.date(), time.offset_seconds, starting_in(unix_seconds - kMargin, unix_seconds + kMargin)};
  }
  return days_->meetings;
}

std::vector<Meeting> Schedule::between(const std::string& first, const std::string& last) const {
  auto found = starting_in(options_.zone.from_wall(wall_midnight(first)).unix_seconds - 2 * kDay,
                           options_.zone.from_wall(wall_midnight(last)).unix_seconds + 3 * kDay);
  std::erase_if(found, [&](const Meeting& meeting) { return meeting.date < first || meeting.date > last; });
  return found;
}

std::vector<Meeting> Schedule::on(const std::string& date) const {
  const auto& all = around(options_.zone.from_wall(wall_midnight(date) + kDay / 2).unix_seconds);
  std::vector<Meeting> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& m) { return m.date == date; });
  return found;
}

std::vector<Meeting> Schedule::open_at(std::int64_t unix_seconds) const {
  const auto& all = around(unix_seconds);
  std::vector<Meeting> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found),
               [&](const auto& meeting) { return is_open(meeting, unix_seconds); });
  return found;
}

std::vector<Meeting> Schedule::begun_at(std::int64_t unix_seconds, int hours) const {
  const auto& all = around(unix_seconds);
  std::vector<Meeting> found;
  std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const auto& meeting) {
    return opens(meeting) <= unix_seconds && unix_seconds < meeting.end + std::int64_t{hours} * 3600;
  });
  return found;
}

std::optional<Meeting> Schedule::next_after(std::int64_t unix_seconds,
                                            const std::function<bool(const Meeting&)>& counts) const {
  const auto& all = around(unix_seconds);
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& m) { return opens(m) > unix_seconds && counts(m); });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

bool Schedule::knows_location(const std::string& location, std::int64_t unix_seconds) const {
  const auto& all = around(unix_seconds);
  return std::any_of(all.begin(), all.end(), [&](const auto& meeting) { return meeting.location == location; });
}

}  // namespace faceatt
