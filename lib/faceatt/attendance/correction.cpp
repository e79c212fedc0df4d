#include "faceatt/attendance/correction.hpp"

#include <utility>

namespace faceatt {

History history_of(const std::vector<AttendanceRow>& rows, const AttendanceRow& key) {
  const std::string wanted = key_of(key);
  std::vector<AttendanceRow> states;
  for (const AttendanceRow& row : rows) {
    if (row.status == kStatusOut || key_of(row) != wanted) continue;
    if (!row.is_manual()) {
      if (states.empty()) states.push_back(row);
    } else if (takes_all_back(row)) {
      states.clear();
    } else if (!is_undo_note(row.note)) {
      states.push_back(row);
    } else if (!states.empty() && states.back().is_manual()) {
      states.pop_back();
    }
  }
  History history;
  if (states.empty()) return history;
  history.in_force = states.back();
  history.is_corrected = states.back().is_manual();
  if (states.size() > 1) history.before = states[states.size() - 2];
  return history;
}

AttendanceRow undo_row(const AttendanceRow& key, const History& history, const std::string& why) {
  AttendanceRow row;
  row.date = key.date;
  row.session = key.session;
  row.id = key.id;
  row.name = history.in_force->name;
  row.status = history.before ? history.before->status : "void";
  row.note = std::string(kUndo) + (why.empty() ? "" : ": " + why);
  return row;
}

}  // namespace faceatt
