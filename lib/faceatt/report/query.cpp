#include "faceatt/report/query.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

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

// Empty when one of them is no time.
std::optional<std::int64_t> seconds_between(const std::string& from, const std::string& to) {
  const auto a = try_parse_time(from), b = try_parse_time(to);
  if (!a || !b) return std::nullopt;
  return b->unix_seconds - a->unix_seconds;
}

// The rows asked for, of people; in the order of the log.
std::vector<const AttendanceRow*> wanted_rows(const std::vector<AttendanceRow>& rows, const Query& query) {
  const auto ids = ids_of(query.people, rows);
  std::vector<const AttendanceRow*> wanted;
  for (const auto& row : rows) {
    if (row.id == kWholeSession || (!query.from.empty() && row.date < query.from) ||
        (!query.to.empty() && row.date > query.to) || (!query.people.empty() && !ids.contains(to_nfc(row.id))) ||
        (query.ids && !query.ids->contains(to_nfc(row.id))) ||
        (!query.sessions.empty() &&
         std::find(query.sessions.begin(), query.sessions.end(), to_nfc(row.session)) == query.sessions.end())) {
      continue;
    }
    wanted.push_back(&row);
  }
  return wanted;
}

}  // namespace

std::vector<AttendanceRow> select(const std::vector<AttendanceRow>& rows, const Query& query) {
  std::vector<const AttendanceRow*> in_force;
  std::unordered_map<std::string, std::size_t> by_key;
  for (const AttendanceRow* row : wanted_rows(rows, query)) {
    if (row->status == kStatusOut) continue;
    const auto [slot, is_first] = by_key.try_emplace(key_of(*row), in_force.size());
    if (is_first) {
      in_force.push_back(row);
    } else if (overrides(*row, in_force[slot->second])) {
      in_force[slot->second] = row;
    }
  }
  std::vector<AttendanceRow> kept;
  for (const AttendanceRow* row : in_force) {
    if (row->status != "void" && (query.statuses.empty() || query.statuses.contains(row->status))) {
      kept.push_back(*row);
    }
  }
  std::sort(kept.begin(), kept.end(), [](const AttendanceRow& a, const AttendanceRow& b) {
    return std::tie(a.date, a.time, a.id) < std::tie(b.date, b.time, b.id);
  });
  return kept;
}

std::vector<Stay> stays(const std::vector<AttendanceRow>& rows, const Query& query) {
  std::map<std::tuple<std::string, std::string, std::string>, Stay> found;  // of date, id and session
  const auto stay_of = [&](const AttendanceRow& row) -> Stay& {
    Stay& stay = found[{row.date, to_nfc(row.id), to_nfc(row.session)}];
    stay.date = row.date;
    stay.session = row.session;
    stay.id = row.id;
    if (!row.name.empty()) stay.name = row.name;
    return stay;
  };
  for (const AttendanceRow& row : select(rows, query)) {
    if (row.status == "present" || row.status == "late") stay_of(row).in = row.time;
  }
  for (const AttendanceRow* row : wanted_rows(rows, query)) {
    if (row->status != kStatusOut) continue;
    Stay& stay = stay_of(*row);
    if (stay.out.empty() || seconds_between(stay.out, row->time).value_or(0) > 0) stay.out = row->time;
  }
  std::vector<Stay> out;
  for (auto& [key, stay] : found) {
    stay.seconds = seconds_between(stay.in, stay.out);
    if (stay.seconds && *stay.seconds < 0) stay.seconds.reset();
    out.push_back(std::move(stay));
  }
  return out;
}

}  // namespace faceatt
