// When which session is open: a timetable, its holidays and its gates.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/attendance/meeting.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt {

struct ScheduleOptions {
  std::filesystem::path holidays{};  // file; empty: none
  std::chrono::seconds open_early{15 * 60}, late_after{10 * 60};
  Zone zone{};  // of times that do not say another
  // That there are. Categories of a calendar's events are groups when they are among them, else they say nothing.
  std::set<std::string> groups{};
};

class Schedule {
 public:
  // `file` is a CSV file (timetable.hpp) or iCalendar (calendar.hpp), told by its content; so are the holidays
  // (holidays.hpp; of a calendar its all-day events). Throws Error(kCannotRun).
  static Schedule read(const std::filesystem::path& file, const ScheduleOptions& options,
                       std::vector<std::string>& warnings);

  // The gate is open from opens(), included, to Meeting::end, no longer included. Who comes later than late_from() is
  // late: exactly then is in time.
  std::int64_t opens(const Meeting& meeting) const { return meeting.start - options_.open_early.count(); }
  std::int64_t late_from(const Meeting& meeting) const {
    return meeting.start + meeting.late_after.value_or(options_.late_after).count();
  }
  bool is_open(const Meeting& meeting, std::int64_t unix_seconds) const {
    return unix_seconds >= opens(meeting) && unix_seconds < meeting.end;
  }

  // What begins on a date, in order of start. Names are unique among those of the same groups: the second CS101 of a
  // day that begins at 14:00 is "CS101 14:00". Holidays have none.
  std::vector<Meeting> on(const std::string& date) const;
  // The same for all dates from the first to the last, both included.
  std::vector<Meeting> between(const std::string& first, const std::string& last) const;
  // What is open then, in order of start.
  std::vector<Meeting> open_at(std::int64_t unix_seconds) const;
  // What began at most `hours` ago or is open, whether it has ended or not.
  std::vector<Meeting> begun_at(std::int64_t unix_seconds, int hours) const;
  // The first that opens later, within days; only of those for which `counts`.
  std::optional<Meeting> next_after(std::int64_t unix_seconds, const std::function<bool(const Meeting&)>& counts) const;

  // Whether some session of the week before or after has this location.
  bool knows_location(const std::string& location, std::int64_t unix_seconds) const;
  const Zone& zone() const { return options_.zone; }

 private:
  // Of the days around that of an instant, in order of start. Kept for the next call, so one thread at a time may ask.
  const std::vector<Meeting>& around(std::int64_t unix_seconds) const;
  std::vector<Meeting> starting_in(std::int64_t from, std::int64_t to) const;

  ScheduleOptions options_;
  std::function<std::vector<Meeting>(std::int64_t from, std::int64_t to)> meetings_;
  std::function<bool(const std::string& date)> is_holiday_;
  struct Days {
    std::string date;    // in the middle
    int offset_seconds;  // a machine may be taken to another zone
    std::vector<Meeting> meetings;
  };
  mutable std::optional<Days> days_;
};

}  // namespace faceatt
