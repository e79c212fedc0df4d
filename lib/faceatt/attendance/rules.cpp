#include "faceatt/attendance/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "faceatt/attendance/log.hpp"
#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

constexpr int kHoursOut = 6;  // after the end of a session
constexpr const char* kWithoutTimetable = "day";

bool is_of_group(const Meeting& meeting, const std::vector<std::string>& groups) {
  return std::any_of(meeting.groups.begin(), meeting.groups.end(), [&](const std::string& group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  });
}

bool is_for(const Meeting& meeting, const Sighting& sighting) {
  return meeting.groups.empty() || is_of_group(meeting, sighting.groups);
}

AttendanceRow key_of(const Meeting& meeting, const Sighting& sighting) {
  AttendanceRow row;
  row.date = meeting.date;
  row.session = meeting.session;
  row.id = sighting.id;
  return row;
}

}  // namespace

Direction parse_direction(std::string_view name) {
  if (name == "in") return Direction::kIn;
  if (name == "out") return Direction::kOut;
  throw UsageError(fmt::format("'{}' is not one of in, out", name));
}

int minutes_late(const Meeting& meeting, std::int64_t unix_seconds) {
  return static_cast<int>(std::max<std::int64_t>((unix_seconds - meeting.start) / 60, 1));
}

Rules::Rules(std::shared_ptr<const Schedule> schedule, Direction direction)
    : schedule_(std::move(schedule)), direction_(direction) {}

AttendanceRow Rules::row_for(const Sighting& sighting, const std::string& date, const std::string& session,
                             std::string_view status) {
  AttendanceRow row;
  row.date = date;
  row.time = sighting.time.iso8601();
  row.id = sighting.id;
  row.name = sighting.name;
  row.session = session;
  row.status = status;
  row.source = sighting.source;
  if (sighting.score) row.score = fmt::format("{:.4f}", *sighting.score);
  row.liveness = sighting.liveness;
  return row;
}

Ruling Rules::rule(const Sighting& sighting, AttendanceLog& log) const {
  const bool is_out = direction_ == Direction::kOut;
  if (!schedule_) {
    return {row_for(sighting, sighting.time.date(), kWithoutTimetable, is_out ? kStatusOut : "present")};
  }
  const std::vector<Meeting> meetings = candidates(sighting);
  if (meetings.empty()) return {std::nullopt, std::nullopt, why_none(sighting)};
  if (is_out) {
    const auto been_in = std::find_if(meetings.begin(), meetings.end(),
                                      [&](const Meeting& m) { return log.find(key_of(m, sighting)).has_value(); });
    const Meeting& meeting = been_in == meetings.end() ? meetings.front() : *been_in;
    return {row_for(sighting, meeting.date, meeting.session, kStatusOut)};
  }
  const Meeting& meeting = meetings.front();
  const std::int64_t now = sighting.time.unix_seconds;
  if (now <= schedule_->late_from(meeting)) return {row_for(sighting, meeting.date, meeting.session, "present")};
  Ruling ruling{row_for(sighting, meeting.date, meeting.session, "late")};
  ruling.late_minutes = minutes_late(meeting, now);
  ruling.row->note = fmt::format("{} min late", *ruling.late_minutes);
  return ruling;
}

// The best first.
std::vector<Meeting> Rules::candidates(const Sighting& sighting) const {
  const std::int64_t now = sighting.time.unix_seconds;
  std::vector<Meeting> meetings =
      direction_ == Direction::kOut ? schedule_->begun_at(now, kHoursOut) : schedule_->open_at(now);
  std::erase_if(meetings, [&](const Meeting& meeting) {
    return !is_for(meeting, sighting) || !is_at(meeting.location, sighting.location, now);
  });
  const auto rank = [&](const Meeting& m) {
    return std::tuple(is_of_group(m, sighting.groups), !m.location.empty() && m.location == sighting.location,
                      m.start <= now, m.start, -m.end);
  };
  std::stable_sort(meetings.begin(), meetings.end(),
                   [&](const Meeting& a, const Meeting& b) { return rank(a) > rank(b); });
  return meetings;
}

bool Rules::is_at(const std::string& there, const std::string& here, std::int64_t unix_seconds) const {
  return there.empty() || here.empty() || there == here || !schedule_->knows_location(here, unix_seconds);
}

std::vector<Meeting> Rules::open_at(const LocalTime& time, const std::string& location) const {
  if (!schedule_) {
    Meeting day;
    day.session = kWithoutTimetable;
    day.date = time.date();
    return {day};
  }
  std::vector<Meeting> meetings = schedule_->open_at(time.unix_seconds);
  std::erase_if(meetings, [&](const auto& m) { return !is_at(m.location, location, time.unix_seconds); });
  return meetings;
}

std::string Rules::why_none(const Sighting& sighting) const {
  const std::int64_t now = sighting.time.unix_seconds;
  const auto open = schedule_->open_at(now);
  const auto next = schedule_->next_after(now, [&](const Meeting& meeting) {
    return is_for(meeting, sighting) && is_at(meeting.location, sighting.location, now);
  });
  std::string why = open.empty() ? "no session is open" : "no session is open for them";
  if (const auto other =
          std::find_if(open.begin(), open.end(), [&](const Meeting& meeting) { return is_for(meeting, sighting); });
      other != open.end()) {
    why = fmt::format("{} is at {}", other->session, other->location);
  }
  if (!next) return why;
  const LocalTime opens = schedule_->zone().at(schedule_->opens(*next));
  const std::string day = opens.date() == sighting.time.date() ? "" : opens.date() + " ";
  return fmt::format("{}; {} opens at {}{}", why, next->session, day, opens.iso8601().substr(11, 5));
}

}  // namespace faceatt
