#include "cli/people.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "cli/store.hpp"
#include "faceatt/people/ids.hpp"
#include "faceatt/people/store_people.hpp"

namespace faceatt::cli {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kFresh = std::chrono::seconds(5);  // within which a program that starts asks again

// Of the store. Nothing is written here: who only reads the log need not have everybody's encodings on disk.
Roster people_of(const Tool& tool, const StoreUrl& store, std::vector<std::string>& warnings) {
  struct Known {
    Roster people;
    std::vector<std::string> warnings;
    Steady::time_point read_at;
  };
  static std::optional<Known> known;
  if (!known || Steady::now() - known->read_at >= kFresh) {
    known.emplace();
    StoreLink link(store);
    StorePeople people(link);
    const auto opened = open_copy(people, PeopleSnapshot(spool_of(tool), tool.seal()), known->warnings);
    known->people = roster_of(opened.copy.records, known->warnings);
    known->read_at = Steady::now();
  }
  warnings.insert(warnings.end(), known->warnings.begin(), known->warnings.end());
  return known->people;
}

}  // namespace

bool knows_people(const Tool& tool) {
  std::error_code ignored;
  return store_of(tool) || std::filesystem::is_directory(tool.db(), ignored);
}

std::string people_place(const Tool& tool) {
  const auto store = store_of(tool);
  return store ? store->text() : tool.db().string();
}

Roster known_people(const Tool& tool) {
  std::vector<std::string> warnings;
  const auto store = store_of(tool);
  Roster known = store ? people_of(tool, *store, warnings) : faceatt::known_people(tool.db(), warnings);
  tool.warn_all(warnings);
  return known;
}

Roster known_groups(const Tool& tool) {
  std::vector<std::string> told_elsewhere;
  if (const auto store = store_of(tool)) return people_of(tool, *store, told_elsewhere);
  return read_roster(tool.db() / "roster.csv", told_elsewhere);
}

}  // namespace faceatt::cli
