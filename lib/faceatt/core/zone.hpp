// Time zones: that of the system, and others by name.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "faceatt/core/time.hpp"

namespace date {
class time_zone;
}

namespace faceatt {

class Zone {
 public:
  // The system's, or that of $TZ, as it is at each call: it may change under a program that runs for months.
  Zone() = default;
  // A zone of the tz database, "Europe/Berlin". Throws UsageError when there is none of this name.
  explicit Zone(const std::string& name);
  // Whether there is one, spelled like this.
  static bool exists(std::string_view name);

  // Local minus UTC, seconds; whole minutes.
  int offset_at(std::int64_t unix_seconds) const;
  LocalTime at(std::int64_t unix_seconds) const { return {unix_seconds, offset_at(unix_seconds)}; }
  // The instant at which clocks show `wall`, seconds since 1970-01-01T00:00:00 on the wall. Of a time that they show
  // twice the first one counts; one that they leap over is as much later as the leap.
  LocalTime from_wall(std::int64_t wall) const;

  const std::string& name() const { return name_; }  // empty: the system's

 private:
  const date::time_zone* zone_ = nullptr;  // of the library's list, which stays
  std::string name_;
};

// The same for any clock, of which `offset_at` says local minus UTC; it must not change twice within a day.
std::int64_t instant_at_wall(std::int64_t wall, const std::function<int(std::int64_t unix_seconds)>& offset_at);

// "2026-11-21" -> seconds of its midnight as from_wall() wants them. `date` must satisfy is_date().
std::int64_t wall_midnight(std::string_view date);

}  // namespace faceatt
