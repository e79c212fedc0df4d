// roster.csv in the people folder: display names and groups, also of people who have no photo yet.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

struct RosterEntry {
  std::string name;
  std::vector<std::string> groups;  // separated by ';' in the file
};

using Roster = std::map<std::string, RosterEntry>;  // by id, NFC

// Header `id,name,groups`, in any order; other columns are left alone. A missing file is an empty roster. Rows that
// cannot be used are reported in `warnings` with their line; of two rows for one id the later counts. Throws
// Error(kCannotRun) when the file has no `id` column.
Roster read_roster(const std::filesystem::path& file, std::vector<std::string>& warnings);

// roster.csv with the row of a person under another id, or without their rows. The other rows, columns, line ends and
// the delimiter stay as they are.
struct RosterEdit {
  std::string text;
  std::size_t rows = 0;  // changed or dropped
};
RosterEdit renamed_in_roster(std::string_view text, const std::string& from, const std::string& to);
RosterEdit removed_from_roster(std::string_view text, const std::string& id);

// roster.csv with a row for each of `people` who has none yet; `rows`: how many. A text that is empty gets its header.
// Throws Error(kCannotRun) when it has no `id` column.
RosterEdit added_to_roster(std::string_view text, const Roster& people);
// The same to the file, which is made when it is not there. Throws Error(kCannotRun).
std::size_t add_to_roster(const std::filesystem::path& folder, const Roster& people);

// The bytes of a roster; empty when there is none. Throws Error(kCannotRun).
std::string read_roster_text(const std::filesystem::path& file);

// A group as it is compared: NFC, without spaces around it.
std::string group_key(std::string_view group);

// What UsageError says when the roster has not this group but `groups`.
std::string no_such_group(const std::string& group, const std::set<std::string>& groups);

// The ids of the people of a group. Throws UsageError that names the groups when there is no such group.
std::set<std::string> people_of_group(const Roster& roster, const std::string& group);

}  // namespace faceatt
