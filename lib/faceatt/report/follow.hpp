// Rows of a log as they come.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

// Follows a log, or all files of a pattern, also those that are made later. A file that is replaced, as by --erase or a
// spreadsheet, is followed from its end on.
class LogFollower {
 public:
  explicit LogFollower(std::filesystem::path log) : log_(std::move(log)) {}

  // The whole rows that came since the last call; at first all that are there. Throws UsageError for a pattern that is
  // none. Damaged lines are left out. Throws Error(kCannotRun) when a file is not an attendance log or cannot be read.
  std::vector<AttendanceRow> next();

 private:
  struct Place {
    std::uint64_t inode = 0, read_to = 0;
    std::string header;  // the first line
  };
  void read_new_rows(const std::filesystem::path& file, std::vector<AttendanceRow>& rows);

  std::filesystem::path log_;
  std::map<std::filesystem::path, Place> places_;
};

}  // namespace faceatt
