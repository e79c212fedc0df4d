// Corrections by hand: rows that override, and rows that take such rows back.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

// What the rows of one key say, one after the other.
struct History {
  std::optional<AttendanceRow> in_force;  // void counts as a row
  bool is_corrected = false;              // by a row that undoing would take back
  std::optional<AttendanceRow> before;    // what would be in force without that row
};

// `rows`: of a log in the order of the file, also of other keys. Rows with status "out" are left alone.
History history_of(const std::vector<AttendanceRow>& rows, const AttendanceRow& key);

// The row that takes the correction of `history` back: again what was in force before, or void. `history` must be
// corrected; id, date and session are of `key`, time and source are the caller's to set.
AttendanceRow undo_row(const AttendanceRow& key, const History& history, const std::string& why);

}  // namespace faceatt
