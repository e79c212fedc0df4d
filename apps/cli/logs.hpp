// The settings of the log as what the library wants.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"

namespace faceatt::cli {

// The log of the settings, to write to: the store's or a file. Warns of one that lies where other machines' locks do
// not hold.
// `follows_people`: those of a store are followed, too, which tells of clocks that differ.
std::unique_ptr<AttendanceLog> log_of(const Tool& tool, bool follows_people = false);

// Its files that there are; its name when there is none: who reads it says so. None with a store.
std::vector<std::string> logs_of(const Tool& tool);

}  // namespace faceatt::cli
