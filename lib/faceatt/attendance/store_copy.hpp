// The log of a store as a file, and a file as the log of a store.
#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "faceatt/attendance/row.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

// The whole log as Attendance.csv, in pieces; the first is the header. How many rows. Throws as StoreLink::call().
std::size_t export_stored(StoreLink& link,
                          const std::function<void(const AttendanceRow* row, std::string_view line)>& sink);

struct ImportCounts {
  std::size_t added = 0;
  std::size_t known = 0;                 // the store has the very same row
  std::vector<AttendanceRow> refused{};  // machines' rows of keys that the store had another row of
};
// Adds rows, in their order, that the log does not have: what was exported once and has grown since is added once.
ImportCounts import_stored(StoreLink& link, const std::vector<AttendanceRow>& rows);

}  // namespace faceatt
