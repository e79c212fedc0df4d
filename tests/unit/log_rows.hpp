// Rows for tests of logs.
#pragma once

#include <string>

#include "faceatt/attendance/row.hpp"

namespace faceatt::test {

inline AttendanceRow row(const std::string& id, const std::string& source = "door") {
  AttendanceRow r;
  r.date = "2026-11-21";
  r.time = "2026-11-21T08:00:00+01:00";
  r.id = id;
  r.name = id;
  r.session = "day";
  r.status = "present";
  r.source = source;
  return r;
}

inline AttendanceRow timed(const std::string& id, const std::string& clock, const std::string& status = "present",
                           const std::string& source = "door") {
  AttendanceRow r = row(id, source);
  r.time = "2026-11-21T" + clock + ":00+01:00";
  r.status = status;
  return r;
}

}  // namespace faceatt::test
