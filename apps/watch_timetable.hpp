// The timetable of faceatt-watch, kept up to date, and the clock that it goes by.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {

class WatchedTimetable {
 public:
  // Throws as cli::rules_of().
  explicit WatchedTimetable(const cli::Tool& tool);

  // Stays the same object; what it says may change with take_news().
  const Rules& rules() const { return rules_; }

  // Looks at the files every other second; another timetable is in force at once. One that is wrong is warned of, and
  // the one before goes on.
  void take_news();

 private:
  bool have_files_changed();

  const cli::Tool& tool_;
  Rules rules_;
  std::vector<std::pair<std::string, std::optional<FileStamp>>> files_;
  std::chrono::steady_clock::time_point next_look_{};
};

std::int64_t seconds_since_boot();

// Warns when the system's clock is set: then it says another time than the one that has passed.
class ClockWatch {
 public:
  void watch(const cli::Tool& tool);

 private:
  std::int64_t ahead_ = system_now().unix_seconds - seconds_since_boot();
};

}  // namespace faceatt
