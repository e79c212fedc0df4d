#include "faceatt/people/ids.hpp"

#include "faceatt/core/text.hpp"
#include "faceatt/people/roster.hpp"
namespace faceatt {
std::map<std::string, std::string> people_ids(const std::filesystem::path& people, std::vector<std::string>& warnings) {
  std::map<std::string, std::string> r;
  for (auto& [id, e] : read_roster(people / "roster.csv", warnings)) r[id] = e.name.empty() ? name_of_id(id) : e.name;
  return r;
}
}  // namespace faceatt
