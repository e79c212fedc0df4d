// Civil time: an instant together with the offset from UTC that the clock on the wall had.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace faceatt {

struct LocalTime {
  std::int64_t unix_seconds = 0;  // since 1970-01-01T00:00:00Z, leap seconds not counted
  int offset_seconds = 0;         // local minus UTC; whole minutes

  std::string iso8601() const;  // 2026-11-21T08:59:58+01:00
  std::string date() const;     // 2026-11-21, local
  // The same place `seconds` later (fractions dropped); its offset is looked up again, as DST may have begun.
  LocalTime after(double seconds) const;
  bool fixed_offset = false;  // the offset was given with the time, not taken from the system's zone
};

using WallClock = std::function<LocalTime()>;

// The system's clock and time zone.
LocalTime system_now();

// The instant `unix_seconds` in the system's time zone.
LocalTime local_time_at(std::int64_t unix_seconds);

// Reads `2026-11-21T08:59[:58[.123]][Z|+01:00|+0100]`, `2026-11-21 08:59`, or `2026-11-21` (midnight). Without an
// offset the system's zone is used: of a time that the clock shows twice the first one counts, one that it leaps over
// is as much later as the leap. Throws UsageError that shows the form wanted.
LocalTime parse_time(std::string_view text);

// The same, empty when it cannot be read.
std::optional<LocalTime> try_parse_time(std::string_view text);

// Reads EXIF's `2026:11:21 08:59:58` (tag DateTimeOriginal) with its `+01:00` (OffsetTimeOriginal); without a legible
// offset the system's zone is used, as by parse_time(). Empty when there is no such date, as in `0000:00:00 00:00:00`.
std::optional<LocalTime> parse_exif_time(std::string_view date_time, std::string_view offset);

// Reads `1h30m`, `90m`, `45s`, `1h30m15s`, or `45` (seconds), whole numbers. More than 0, at most 10 years. Throws
// UsageError, for `1:30` too, which may be minutes or hours.
std::chrono::seconds parse_duration(std::string_view text);

// The same for what is counted in minutes: a number alone is minutes, and 0 is allowed.
std::chrono::seconds parse_grace(std::string_view text);

// When to stop: `17:30[:15]` is the next time that the clock of `now` shows it, anything else is read by parse_time().
// Later than `now`; throws UsageError when it has passed or cannot be read.
LocalTime parse_until(std::string_view text, const LocalTime& now);

// True for a date of the calendar written as 2026-11-21.
bool is_date(std::string_view text);

// The day before or after, `days` away. `date` must satisfy is_date().
std::string add_days(std::string_view date, int days);

}  // namespace faceatt
