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
    return {row_for(sighting, sighting.time.date(), std::string(kDaySession), is_out ? kStatusOut : "present")};
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
  const std::string place = place_of(sighting.location, now);
  std::erase_if(meetings,
                [&](const Meeting& meeting) { return !is_for(meeting, sighting.groups) || !is_at(meeting, place); });
  const auto rank = [&](const Meeting& m) {
    return std::tuple(share_group(m.groups, sighting.groups), !m.location.empty() && m.location == sighting.location,
                      m.start <= now, m.start, -m.end);
  };
  std::stable_sort(meetings.begin(), meetings.end(),
                   [&](const Meeting& a, const Meeting& b) { return rank(a) > rank(b); });
  return meetings;
}

bool Rules::is_at(const Meeting& meeting, const std::string& place) {
  return meeting.location.empty() || place.empty() || meeting.location == place;
}

std::string Rules::place_of(const std::string& location, std::int64_t unix_seconds) const {
  return !location.empty() && schedule_->knows_location(location, unix_seconds) ? location : "";
}

std::vector<Meeting> Rules::open_at(const LocalTime& time, const std::string& location) const {
  if (!schedule_) {
    Meeting day;
    day.session = kDaySession;
    day.date = time.date();
    return {day};
  }
  std::vector<Meeting> meetings = schedule_->open_at(time.unix_seconds);
  if (meetings.empty()) return meetings;
  const std::string place = place_of(location, time.unix_seconds);
  std::erase_if(meetings, [&](const Meeting& meeting) { return !is_at(meeting, place); });
  return meetings;
}

std::string Rules::next_text(const LocalTime& time, const std::string& location,
                             const std::optional<std::vector<std::string>>& groups) const {
  const std::string place = place_of(location, time.unix_seconds);
  const auto next = schedule_->next_after(time.unix_seconds, [&](const Meeting& meeting) {
    return is_at(meeting, place) && (!groups || is_for(meeting, *groups));
  });
  if (!next) return "";
  const LocalTime opens = schedule_->zone().at(schedule_->opens(*next));
  const std::string day = opens.date() == time.date() ? "" : opens.date() + " ";
  return fmt::format("{} opens at {}{}", next->session, day, opens.iso8601().substr(11, 5));
}

std::string Rules::why_none(const Sighting& sighting) const {
  const auto open = schedule_->open_at(sighting.time.unix_seconds);
  const auto elsewhere =
      std::find_if(open.begin(), open.end(), [&](const Meeting& meeting) { return is_for(meeting, sighting.groups); });
  const std::string why = elsewhere != open.end() ? fmt::format("{} is at {}", elsewhere->session, elsewhere->location)
                          : open.empty()          ? "no session is open"
                                                  : "no session is open for them";
  const std::string next = next_text(sighting.time, sighting.location, sighting.groups);
  return next.empty() ? why : why + "; " + next;
}

}  // namespace faceatt
