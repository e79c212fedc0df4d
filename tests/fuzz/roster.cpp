// Who is in a roster is in it again when it is written by csv_line(), and not when they were removed.
#include "faceatt/people/roster.hpp"

#include <fmt/ranges.h>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/text.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

bool same(const Roster& a, const Roster& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.name == y.second.name && x.second.groups == y.second.groups;
  });
}

Roster read(std::string_view text) {
  std::vector<std::string> warnings;
  return read_roster(fuzz::file_with("roster.csv", text), warnings);
}

}  // namespace

FUZZ_TARGET(roster) {
  Roster roster;
  if (!fuzz::accepts([&] { roster = read(input); })) return;
  std::string text = "id,name,groups\n";
  for (const auto& [id, entry] : roster) {
    require(!id_problem(id) && to_nfc(id) == id, "ids are ids");
    text += csv_line({id, entry.name, fmt::format("{}", fmt::join(entry.groups, ";"))}) + "\n";
  }
  require(same(read(text), roster), "a roster that was written is read as it was");
  if (roster.empty()) return;
  const std::string id = roster.begin()->first;
  const auto removed = removed_from_roster(input, id);
  Roster without = roster;
  without.erase(id);
  require(removed.rows > 0 && same(read(removed.text), without), "who is removed is gone, and nobody else");
  const auto renamed = renamed_in_roster(input, id, "zz9");
  without["zz9"] = roster.at(id);
  if (!roster.contains("zz9")) require(same(read(renamed.text), without), "who is renamed is there");
}
