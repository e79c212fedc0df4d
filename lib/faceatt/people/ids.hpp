// Who there is, for programs that look at no photo.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "faceatt/people/roster.hpp"

namespace faceatt {

// Everybody by id (NFC), with their name and groups: whoever has a photo or a folder, and the roster. A folder without
// photos counts; names that cannot be ids are left out without a word. What is wrong with the roster goes to
// `warnings`. Throws Error(kCannotRun) when the folder or the roster cannot be read.
Roster known_people(const std::filesystem::path& people, std::vector<std::string>& warnings);

// Their names alone.
std::map<std::string, std::string> people_ids(const std::filesystem::path& people, std::vector<std::string>& warnings);

}  // namespace faceatt
