// Rows of a log as they come.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/attendance/row.hpp"
#include "faceatt/attendance/store_rows.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

class LogFollower {
 public:
  virtual ~LogFollower() = default;
  // The whole rows that came since the last call; at first all that are there. Throws Error(kCannotRun) when the log
  // cannot be read.
  virtual std::vector<AttendanceRow> next() = 0;
  // What has to be known since the last call; each is one line.
  virtual std::vector<std::string> take_warnings() { return {}; }
};

// Follows a file, or all files of a pattern, also those that are made later. A file that is replaced, as by --erase or
// a spreadsheet, is followed from its end on.
class FileFollower final : public LogFollower {
 public:
  explicit FileFollower(std::filesystem::path log) : log_(std::move(log)) {}

  // Throws UsageError for a pattern that is none. Damaged lines are left out.
  std::vector<AttendanceRow> next() override;

 private:
  struct Place {
    std::uint64_t inode = 0, read_to = 0;
    std::string header;  // the first line
  };
  void read_new_rows(const std::filesystem::path& file, std::vector<AttendanceRow>& rows);

  std::filesystem::path log_;
  std::map<std::filesystem::path, Place> places_;
};

// Follows the log in a store. While it cannot be reached there are no rows; what was missed comes when it is back.
class StoreFollower final : public LogFollower {
 public:
  explicit StoreFollower(const StoreUrl& url) : link_(url), rows_(link_) {}

  // Throws Error(kCannotRun) when the store cannot be reached at the first call.
  std::vector<AttendanceRow> next() override;
  std::vector<std::string> take_warnings() override { return std::exchange(warnings_, {}); }

 private:
  StoreLink link_;
  StoreRows rows_;
  bool is_first_ = true;
  bool is_away_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace faceatt
