// The settings of the timetable as what the library wants.
#pragma once

#include <memory>

#include "cli/tool.hpp"
#include "faceatt/attendance/rules.hpp"

namespace faceatt::cli {

// The timetable of the settings, null when there is none. Warns of what is odd in it. Throws UsageError and
// Error(kCannotRun).
std::shared_ptr<const Schedule> read_schedule(const Tool& tool);

// What decides on marks: the schedule and the direction.
Rules rules_of(const Tool& tool);

}  // namespace faceatt::cli
