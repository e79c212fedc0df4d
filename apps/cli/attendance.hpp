// The settings of timetable and log as what the library wants.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"

namespace faceatt::cli {

// The timetable of the settings, null when there is none. Warns of what is odd in it. Throws UsageError and
// Error(kCannotRun).
std::shared_ptr<const Schedule> read_schedule(const Tool& tool);

// What decides on marks: the schedule and the direction.
Rules rules_of(const Tool& tool);

// The log of the settings. Warns when it lies where other machines' locks do not hold.
AttendanceLog log_of(const Tool& tool);

// The files of the log that there are, or its name when there is none: who reads them says so.
std::vector<std::filesystem::path> logs_of(const Tool& tool);

// `12m`, or a number of minutes. Throws UsageError that names where the setting came from.
std::chrono::seconds grace_of(const Tool& tool, const std::string& key);

}  // namespace faceatt::cli
