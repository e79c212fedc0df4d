// Rules: when is somebody present, and for which session.
#pragma once

#include <optional>
#include <string>

#include "faceatt/attendance/row.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {

// What the log is to remember of a recognised person.
struct Sighting {
  std::string id;
  std::string name;
  LocalTime time;
  std::string source;           // camera or photo
  std::optional<double> score;  // cosine
  std::string liveness;         // live | unsure | off | empty
};

// Without a timetable each date is one session called "day", and whoever is seen is present.
AttendanceRow row_for(const Sighting& sighting);

}  // namespace faceatt
