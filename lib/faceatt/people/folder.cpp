#include "faceatt/people/folder.hpp"

#include <algorithm>

#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {

namespace fs = std::filesystem;

std::string owner_of(const fs::directory_entry& entry) {
  const std::string file = entry.path().filename().string();
  if (file.starts_with('.')) return {};
  if (entry.is_directory() && !entry.is_symlink()) return to_nfc(file);
  if (entry.is_directory() || !has_photo_name(entry.path())) return {};
  return to_nfc(entry.path().stem().string());
}

std::vector<fs::path> entries_of_person(const fs::path& folder, const std::string& id) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (owner_of(entry) == id) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace faceatt
