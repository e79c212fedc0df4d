#include "faceatt/attendance/rules.hpp"

#include <fmt/format.h>

namespace faceatt {

AttendanceRow row_for(const Sighting& sighting) {
  AttendanceRow row;
  row.date = sighting.time.date();
  row.time = sighting.time.iso8601();
  row.id = sighting.id;
  row.name = sighting.name;
  row.session = "day";
  row.status = "present";
  row.source = sighting.source;
  if (sighting.score) row.score = fmt::format("{:.4f}", *sighting.score);
  row.liveness = sighting.liveness;
  return row;
}

}  // namespace faceatt
