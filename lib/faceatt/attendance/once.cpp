#include "faceatt/attendance/once.hpp"

#include <cstdint>
#include <cstdlib>

#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

// Unix seconds; none when a spreadsheet made something else of it.
std::optional<std::int64_t> instant_of(const AttendanceRow& row) {
  const auto time = try_parse_time(row.time);
  return time ? std::optional(time->unix_seconds) : std::nullopt;
}

bool is_punch(const AttendanceRow& row) {
  return row.status == "present" || row.status == "late" || row.status == kStatusOut;
}

Verdict judge_out(const AttendanceRow& row, const LookUp& look_up, std::chrono::seconds punch_interval) {
  const auto time = instant_of(row);
  std::optional<std::int64_t> latest;
  std::string rests_on;
  for (const std::string& key : {key_of(row), out_key(row)}) {
    const AttendanceRow* const punch = look_up(key);
    const auto when = punch != nullptr && is_punch(*punch) ? instant_of(*punch) : std::nullopt;
    if (!when || (latest && *when < *latest)) continue;
    latest = when;
    rests_on = key;
  }
  const bool is_near = time && latest && std::abs(*time - *latest) < punch_interval.count();
  return is_near ? Verdict{AttendanceLog::Outcome::kAlready, rests_on} : Verdict{};
}

}  // namespace

std::string out_key(const AttendanceRow& row) { return key_of(row) + "\nout"; }
std::string index_key(const AttendanceRow& row) { return row.status == kStatusOut ? out_key(row) : key_of(row); }

std::string session_key(const AttendanceRow& row) {
  AttendanceRow session;
  session.date = row.date;
  session.session = row.session;
  session.id = kWholeSession;
  return key_of(session);
}

bool takes_place(const AttendanceRow& row, const AttendanceRow* before) {
  return row.status == kStatusOut || overrides(row, before);
}

bool comes_earlier(const AttendanceRow& row, const AttendanceRow& in_force) {
  const auto came = [](const AttendanceRow& r) { return r.status == "present" || r.status == "late"; };
  const auto time = instant_of(row), other = instant_of(in_force);
  return !row.is_manual() && !in_force.is_manual() && came(row) && came(in_force) && time && other && *time < *other;
}

Verdict judge(const AttendanceRow& row, const LookUp& look_up, std::chrono::seconds punch_interval) {
  using Outcome = AttendanceLog::Outcome;
  if (row.is_manual()) return {};
  if (row.status == kStatusOut) return judge_out(row, look_up, punch_interval);
  const std::string key = key_of(row);
  if (!overrides(row, look_up(key))) return {Outcome::kAlready, key};
  if (row.id == kWholeSession) return {};
  const std::string session = session_key(row);
  const AttendanceRow* const end = look_up(session);
  if (end == nullptr || end->status != kStatusEnded) return {};
  const auto ended = instant_of(*end), time = instant_of(row);
  return ended && time && *time >= *ended ? Verdict{Outcome::kAfterEnd, session} : Verdict{};
}

void RowsInForce::add(const AttendanceRow& row) {
  const std::string key = index_key(row);
  const AttendanceRow* const before = look_up(key);
  if (takes_place(row, before)) rows_[key] = row;
}

const AttendanceRow* RowsInForce::look_up(const std::string& index_key) const {
  const auto found = rows_.find(index_key);
  return found == rows_.end() ? nullptr : &found->second;
}

}  // namespace faceatt
