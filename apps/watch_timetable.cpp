#include "watch_timetable.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <exception>

#include "cli/attendance.hpp"
#include "watch_events.hpp"

namespace faceatt {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kBetweenLooks = std::chrono::seconds(2);
constexpr std::int64_t kLeap = 60;  // seconds; less is how clocks are kept right

}  // namespace

// The time that the machine slept included, unlike what steady_clock says.
std::int64_t seconds_since_boot() {
  timespec time{};
  ::clock_gettime(CLOCK_BOOTTIME, &time);
  return time.tv_sec;
}

WatchedTimetable::WatchedTimetable(const cli::Tool& tool) : tool_(tool) {
  for (const char* key : {"schedule", "holidays"}) {
    if (const auto& file = tool.settings.text(key); !file.empty()) files_.emplace_back(file, stamp_of(file));
  }
  rules_ = cli::rules_of(tool);
}

void WatchedTimetable::take_news() {
  if (!have_files_changed()) return;
  try {
    rules_ = cli::rules_of(tool_);
    tool_.note("the timetable was read again");
  } catch (const std::exception& e) {
    tool_.warn(std::string(e.what()) + "; going on with the timetable as it was");
  }
}

// Since the last call. A file that is not there, as while it is replaced, has not changed.
bool WatchedTimetable::have_files_changed() {
  if (files_.empty() || Steady::now() < next_look_) return false;
  next_look_ = Steady::now() + kBetweenLooks;
  bool changed = false;
  for (auto& [file, stamp] : files_) {
    const auto now = stamp_of(file);
    if (!now || now == stamp) continue;
    stamp = now;
    changed = true;
  }
  return changed;
}

void ClockWatch::watch(const cli::Tool& tool) {
  const std::int64_t ahead = system_now().unix_seconds - seconds_since_boot();
  const std::int64_t leap = ahead - std::exchange(ahead_, ahead);
  if (std::abs(leap) < kLeap) return;
  tool.warn(fmt::format("the clock was set {} by {}; going on with the new time", leap > 0 ? "forward" : "back",
                        duration_text(static_cast<double>(std::abs(leap)))));
}

}  // namespace faceatt
