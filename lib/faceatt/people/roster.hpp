// roster.csv in the people folder: display names and groups, also of people who have no photo yet.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace faceatt {

struct RosterEntry {
  std::string name;
  std::vector<std::string> groups;  // separated by ';' in the file
};

using Roster = std::map<std::string, RosterEntry>;  // by id, NFC

// Header `id,name,groups`, in any order; other columns are left alone. A missing file is an empty roster. Rows that
// cannot be used are reported in `warnings` with their line. Throws Error(kCannotRun) when the file has no `id` column.
Roster read_roster(const std::filesystem::path& file, std::vector<std::string>& warnings);

}  // namespace faceatt
