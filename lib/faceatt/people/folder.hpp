// What lies directly in the people folder, and whose it is.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace faceatt {

// The id (NFC) that an entry of the people folder belongs to: a flat photo or a folder; empty when it is nobody's.
std::string owner_of(const std::filesystem::directory_entry& entry);

// The flat photos and the folders of a person, sorted; several when the id is spelled in several ways. Throws
// std::filesystem::filesystem_error.
std::vector<std::filesystem::path> entries_of_person(const std::filesystem::path& folder, const std::string& id);

}  // namespace faceatt
