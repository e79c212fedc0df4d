// Which rows of a log count, and what they add up to.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

struct Query {
  std::string from, to;             // dates, both included; empty: open
  std::vector<std::string> people;  // ids or names; empty: everybody
  // Only these ids, NFC, whoever `people` names; none: all.
  std::optional<std::set<std::string>> ids = std::nullopt;
  std::vector<std::string> sessions{};  // NFC; empty: all
  std::set<std::string> statuses{};     // of the row in force; empty: all
};

// The rows in force: of each key the last manual row, else the first; rows that were voided are left out, and so is
// going out. Sorted by date, time and id.
std::vector<AttendanceRow> select(const std::vector<AttendanceRow>& rows, const Query& query);

// From the first time that somebody came to the last that they went.
struct Stay {
  std::string date, session, id, name;
  std::string in, out;                    // times; one of them may be missing
  std::optional<std::int64_t> seconds{};  // of both, when `out` is not before `in`
};

// One per person and session, sorted by date, id and session.
std::vector<Stay> stays(const std::vector<AttendanceRow>& rows, const Query& query);

}  // namespace faceatt
