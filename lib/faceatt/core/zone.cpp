#include "faceatt/core/zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <exception>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

// Null when there is none. The library asks for a file below its folder, so a name must not lead out of it.
const date::time_zone* find_zone(std::string_view name) {
  if (name.empty() || name.find("..") != std::string_view::npos || name.front() == '/') return nullptr;
  try {
    return date::locate_zone(name);
  } catch (const std::exception&) {
    return nullptr;
  }
}

// Before 1900 clocks had the sun's time of their town, to the second. As that cannot be written, it is taken to the
// minute.
int whole_minutes(std::int64_t offset_seconds) { return static_cast<int>(offset_seconds / 60 * 60); }

}  // namespace

Zone::Zone(const std::string& name) : zone_(find_zone(name)), name_(name) {
  if (zone_ == nullptr) {
    throw UsageError(fmt::format("'{}' is not a time zone; write it like Europe/Berlin", quotable(name)));
  }
}

bool Zone::exists(std::string_view name) { return find_zone(name) != nullptr; }

int Zone::offset_at(std::int64_t unix_seconds) const {
  if (zone_ != nullptr) {
    const date::sys_seconds instant{std::chrono::seconds{unix_seconds}};
    return whole_minutes(zone_->get_info(instant).offset.count());
  }
  const std::time_t t = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  localtime_r(&t, &local);
  return whole_minutes(local.tm_gmtoff);
}

LocalTime Zone::from_wall(std::int64_t wall) const {
  return at(instant_at_wall(wall, [this](std::int64_t unix_seconds) { return offset_at(unix_seconds); }));
}

std::int64_t instant_at_wall(std::int64_t wall, const std::function<int(std::int64_t unix_seconds)>& offset_at) {
  constexpr std::int64_t kDay = 86400;  // a zone does not change its offset twice within a day
  const int before = offset_at(wall - kDay), after = offset_at(wall + kDay);
  std::int64_t instant = wall - before;
  if (offset_at(instant) != before && offset_at(wall - after) == after) instant = wall - after;
  return instant;
}

std::int64_t wall_midnight(std::string_view date) { return parse_time(std::string(date) + "T00:00Z").unix_seconds; }

}  // namespace faceatt
