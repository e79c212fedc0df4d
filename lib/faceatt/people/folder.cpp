#include "faceatt/people/folder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {

namespace fs = std::filesystem;

namespace {

// owner_of() as it is spelled.
std::string spelled_owner_of(const fs::directory_entry& entry) {
  const std::string file = entry.path().filename().string();
  if (file.starts_with('.')) return {};
  if (entry.is_directory()) return entry.is_symlink() ? std::string() : file;
  return has_photo_name(file) ? entry.path().stem().string() : std::string();
}

}  // namespace

std::string owner_of(const fs::directory_entry& entry) { return to_nfc(spelled_owner_of(entry)); }

std::vector<fs::path> entries_of_person(const fs::path& folder, const std::string& id) {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (owner_of(entry) == id) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::map<std::string, std::string> people_ids(const fs::path& folder, std::vector<std::string>& warnings) {
  std::map<std::string, std::string> names;
  try {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string spelled = spelled_owner_of(entry);
      if (!id_problem(spelled)) names.emplace(to_nfc(spelled), name_of_id(to_nfc(spelled)));
    }
  } catch (const fs::filesystem_error& e) {
    const bool is_missing = e.code() == std::errc::no_such_file_or_directory;
    throw Error(ErrorCode::kCannotRun,
                fmt::format("people folder {}: {}", printable(folder.string()),
                            is_missing ? "not found; make it with faceatt-enroll, or name it with --db"
                                       : errno_text(e.code().value())));
  }
  for (const auto& [id, entry] : read_roster(folder / "roster.csv", warnings)) {
    names[id] = entry.name.empty() ? name_of_id(id) : entry.name;
  }
  return names;
}

}  // namespace faceatt
