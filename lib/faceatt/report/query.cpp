#include "faceatt/report/query.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

// The ids of the people asked for. A name finds them too, also for their rows that lack it, as corrections may.
std::unordered_set<std::string> ids_of(const std::vector<std::string>& people, const std::vector<AttendanceRow>& rows) {
  std::unordered_set<std::string> ids;
  if (people.empty()) return ids;
  for (const auto& row : rows) {
    const std::string id = to_nfc(row.id), name = to_nfc(row.name);
    if (std::any_of(people.begin(), people.end(), [&](const auto& person) { return person == id || person == name; })) {
      ids.insert(id);
    }
  }
  return ids;
}

}  // namespace

std::vector<AttendanceRow> select(const std::vector<AttendanceRow>& rows, const Query& query) {
  const auto ids = ids_of(query.people, rows);
  const auto wanted = [&](const AttendanceRow& row) {
    return (query.from.empty() || row.date >= query.from) && (query.to.empty() || row.date <= query.to) &&
           (query.people.empty() || ids.contains(to_nfc(row.id))) &&
           (!query.ids || query.ids->contains(to_nfc(row.id)));
  };
  std::vector<AttendanceRow> kept;
  std::unordered_map<std::string, std::size_t> by_key;
  for (const auto& row : rows) {
    if (!wanted(row)) continue;
    const auto [slot, is_first] = by_key.try_emplace(key_of(row), kept.size());
    if (is_first) {
      kept.push_back(row);
    } else if (row.is_manual()) {
      kept[slot->second] = row;
    }
  }
  std::erase_if(kept, [](const AttendanceRow& row) { return row.status == "void"; });
  std::sort(kept.begin(), kept.end(), [](const AttendanceRow& a, const AttendanceRow& b) {
    return std::tie(a.date, a.time, a.id) < std::tie(b.date, b.time, b.id);
  });
  return kept;
}

std::vector<PersonSummary> summarise_by_person(const std::vector<AttendanceRow>& rows) {
  std::map<std::string, PersonSummary> people;
  for (const auto& row : rows) {
    PersonSummary& person = people[to_nfc(row.id)];
    person.id = row.id;
    if (!row.name.empty()) person.name = row.name;
    person.present += row.status == "present";
    person.late += row.status == "late";
    person.absent += row.status == "absent";
    person.excused += row.status == "excused";
    if (row.status == "present" || row.status == "late") {
      if (person.first.empty()) person.first = row.date;
      person.last = row.date;
    }
  }
  std::vector<PersonSummary> out;
  for (auto& [id, person] : people) out.push_back(std::move(person));
  return out;
}

}  // namespace faceatt
