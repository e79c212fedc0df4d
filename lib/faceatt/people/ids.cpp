#include "faceatt/people/ids.hpp"

#include <fmt/format.h>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/folder.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {

namespace fs = std::filesystem;

Roster known_people(const fs::path& people, std::vector<std::string>& warnings) {
  Roster known;
  try {
    for (const auto& entry : fs::directory_iterator(people)) {
      const std::string id = owner_of(entry);
      if (is_utf8(entry.path().filename().native()) && !id_problem(id))
        known.emplace(id, RosterEntry{name_of_id(id), {}});
    }
  } catch (const fs::filesystem_error& e) {
    const bool is_missing = e.code() == std::errc::no_such_file_or_directory;
    throw Error(ErrorCode::kCannotRun,
                fmt::format("people folder {}: {}", printable(people.string()),
                            is_missing ? "not found; make it with faceatt-enroll, or name it with --db"
                                       : errno_text(e.code().value())));
  }
  for (auto& [id, entry] : read_roster(people / "roster.csv", warnings)) {
    if (entry.name.empty()) entry.name = name_of_id(id);
    known[id] = std::move(entry);
  }
  return known;
}

std::map<std::string, std::string> people_ids(const fs::path& people, std::vector<std::string>& warnings) {
  std::map<std::string, std::string> names;
  for (auto& [id, entry] : known_people(people, warnings)) names.emplace(id, std::move(entry.name));
  return names;
}

}  // namespace faceatt
