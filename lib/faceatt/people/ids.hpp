#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>
namespace faceatt {
std::map<std::string, std::string> people_ids(const std::filesystem::path& people, std::vector<std::string>& warnings);
}
