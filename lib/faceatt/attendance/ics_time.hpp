// Times, recurrences and time zones of an iCalendar file. For calendar.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/attendance/ics_text.hpp"
#include "faceatt/attendance/recurrence.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt::ics {

inline constexpr std::int64_t kDay = 86400;        // seconds
inline constexpr std::size_t kMaxTimeBytes = 100;  // of a time or duration that is looked at

// Why an event cannot be read: "has an unreadable DTSTART" and what stands there.
struct Unreadable {
  std::string why;
  std::string what{};
};

// Local minus UTC at an instant, seconds.
using Offset = std::function<int(std::int64_t unix_seconds)>;
using OffsetPtr = std::shared_ptr<const Offset>;

const OffsetPtr& utc();

// A time as it is written: seconds on the wall of a zone, or a date (its midnight).
struct WrittenTime {
  std::int64_t wall = 0;
  bool is_date = false;
  OffsetPtr zone;

  std::int64_t instant() const { return instant_at_wall(wall, *zone); }
};

// "20261121T090000" in `zone`, "20261121T080000Z" or "20261121". Empty when it is none that the calendar knows.
std::optional<WrittenTime> time_of(const std::string& value, const OffsetPtr& zone);

// Calls `each` with the parts of a list of times.
void for_each_part(const std::string& list, const std::function<void(const std::string& part)>& each);

// The day, and its midnight, that a wall shows.
std::chrono::sys_days day_at(std::int64_t wall);
std::int64_t midnight_of(std::chrono::sys_days day);

// Times on a wall: the first one, and what a rule and a list add to it.
struct Series {
  WrittenTime start;
  std::optional<Recurrence> rule{};
  std::optional<WrittenTime> until{};  // of the rule; it is the last that counts
  std::vector<std::int64_t> added{};   // wall, sorted

  // Those in [from, to), wall seconds, sorted.
  std::vector<std::int64_t> walls(std::int64_t from, std::int64_t to) const;

 private:
  bool is_over(std::int64_t wall) const;
};

// The rule of a block, if there is one, for a series that has its start; `effort` as Recurrence has it. Throws
// Unreadable.
void read_rule(const Block& block, Series& series, std::size_t& effort);

// The zones that the times of a file name: those of the tz database, also behind a prefix as in
// "/freeassociation.sourceforge.net/Europe/Berlin", and under other names as the file describes them (VTIMEZONE).
class Zones {
 public:
  // `described` and `effort` outlive it. `zone`: of times without one.
  Zones(const std::vector<Block>& described, const Zone& zone, std::size_t& effort);

  // Of a TZID. Null when it is neither known nor properly described.
  OffsetPtr find(const std::string& tzid);
  const OffsetPtr& floating() const { return floating_; }  // of times without one
  void set_floating(OffsetPtr zone) { floating_ = std::move(zone); }

 private:
  OffsetPtr look_up(const std::string& name);

  std::map<std::string, const Block*> described_;
  std::map<std::string, OffsetPtr> known_;
  OffsetPtr floating_;
  std::size_t& effort_;
};

}  // namespace faceatt::ics
