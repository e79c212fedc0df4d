// Which rows may go into a log, wherever it is kept: the rules of AttendanceLog::append().
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/row.hpp"

namespace faceatt {

// What a row is looked up by: its key, and apart from it the rows "out" beside it.
std::string index_key(const AttendanceRow& row);
std::string out_key(const AttendanceRow& row);
// The key of the rows that end a row's session.
std::string session_key(const AttendanceRow& row);

// Whether `row` is what its index_key() stands for from now on; `before`: what it stood for, or null.
bool takes_place(const AttendanceRow& row, const AttendanceRow* before);

// Whether a camera's mark that comes later than the one in force, another camera's, was made earlier: then it is the
// one that counts.
bool comes_earlier(const AttendanceRow& row, const AttendanceRow& in_force);

struct Verdict {
  AttendanceLog::Outcome outcome = AttendanceLog::Outcome::kNew;
  std::string rests_on{};  // index key of the row that says so; empty: none
};
// `look_up` gives the row that an index key stands for, null when there is none; it is asked only for what matters, and
// what it returns has to last until it is asked again. `row` as it will be read back.
using LookUp = std::function<const AttendanceRow*(const std::string& index_key)>;
Verdict judge(const AttendanceRow& row, const LookUp& look_up, std::chrono::seconds punch_interval);

// What is in force by rows that are in memory.
class RowsInForce {
 public:
  // Rows in the order of the log.
  void add(const AttendanceRow& row);
  const AttendanceRow* look_up(const std::string& index_key) const;
  void clear() { rows_.clear(); }

 private:
  std::unordered_map<std::string, AttendanceRow> rows_;
};

}  // namespace faceatt
