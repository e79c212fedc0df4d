// faceatt-mark --sessions: what the timetable has.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/rules.hpp"

namespace faceatt {

// The sessions of a date (is_date()), one record each. kDone, or kNothingFound when there is none. Throws UsageError
// when there is no timetable.
int list_sessions(cli::Tool& tool, cli::Output& out, const Rules& rules, const std::string& date);

}  // namespace faceatt
