// What lies directly in the people folder, and whose it is.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace faceatt {

// The id (NFC) that an entry of the people folder belongs to: a flat photo or a folder; empty when it is nobody's.
std::string owner_of(const std::filesystem::directory_entry& entry);

// The flat photos and the folders of a person, sorted; several when the id is spelled in several ways. Throws
// std::filesystem::filesystem_error.
std::vector<std::filesystem::path> entries_of_person(const std::filesystem::path& folder, const std::string& id);

// Everybody by id (NFC), with their name: whoever has a photo or a folder, and the roster. For programs that look at no
// photo: a folder without photos counts, and names that cannot be ids are left out without a word. What is wrong with
// the roster goes to `warnings`. Throws Error(kCannotRun) when the folder or the roster cannot be read.
std::map<std::string, std::string> people_ids(const std::filesystem::path& folder, std::vector<std::string>& warnings);

}  // namespace faceatt
