// Which row faceatt-mark is to write for somebody: of which session, with which status.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "mark_corrections.hpp"

namespace faceatt {
namespace {

std::string names_of(const std::vector<Meeting>& meetings) {
  std::set<std::string> names;
  for (const Meeting& meeting : meetings) names.insert(printable(meeting.session));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

// Throws UsageError for a session that there is none of.
void Corrections::check_session() const {
  const std::string& session = request_.session;
  const Schedule* schedule = rules_.schedule();
  if (schedule == nullptr) {
    if (session == kDaySession) return;
    throw UsageError(fmt::format("--session {}: there is no timetable, and so no session but '{}'; give --schedule",
                                 printable(session), kDaySession));
  }
  const std::string date = request_.date.empty() ? time_.date() : request_.date;
  auto there = schedule->on(date);
  if (request_.date.empty()) {  // one that began yesterday
    const auto open = schedule->open_at(time_.unix_seconds);
    there.insert(there.end(), open.begin(), open.end());
  }
  if (std::any_of(there.begin(), there.end(), [&](const auto& m) { return m.session == session; })) return;
  throw UsageError(fmt::format("{} {}: not in the timetable on {}; {}", request_.ends ? "--end" : "--session",
                               printable(session), date, there.empty() ? "nothing is" : "there is " + names_of(there)));
}

Sighting Corrections::sighting_of(const std::string& id) const {
  Sighting sighting{id, "", time_, "manual:" + user_};
  sighting.location = to_nfc(trim(request_.location));
  if (const auto known = people_.find(id); known != people_.end()) {
    sighting.name = known->second.name;
    sighting.groups = known->second.groups;
  }
  return sighting;
}

// Of the date asked for, or open now; for this person, and of the name asked for.
std::vector<Meeting> Corrections::meetings_of(const Sighting& person) const {
  const Schedule& schedule = *rules_.schedule();
  std::vector<Meeting> meetings =
      request_.date.empty() ? schedule.open_at(time_.unix_seconds) : schedule.on(request_.date);
  const auto is_theirs = [&](const Meeting& meeting) { return is_for(meeting, person.groups); };
  if (request_.session.empty()) {
    std::erase_if(meetings, [&](const Meeting& meeting) { return !is_theirs(meeting); });
    return meetings;
  }
  if (request_.date.empty()) {
    const auto today = schedule.on(time_.date());
    meetings.insert(meetings.end(), today.begin(), today.end());
  }
  std::erase_if(meetings, [&](const Meeting& meeting) { return meeting.session != request_.session; });
  std::stable_sort(meetings.begin(), meetings.end(),
                   [&](const Meeting& a, const Meeting& b) { return is_theirs(a) && !is_theirs(b); });
  if (meetings.size() > 1) meetings.resize(1);
  return meetings;
}

Corrections::Wanted Corrections::in_session(const Sighting& person, const Meeting& meeting) const {
  const Schedule& schedule = *rules_.schedule();
  Sighting sighting = person;
  if (request_.at_is_clock() && !schedule.is_open(meeting, time_.unix_seconds)) {
    const LocalTime next_day = request_.time_on(add_days(time_.date(), 1));  // of a session over midnight
    if (schedule.is_open(meeting, next_day.unix_seconds)) sighting.time = next_day;
  }
  const std::int64_t time = sighting.time.unix_seconds;
  Wanted wanted{Rules::row_for(sighting, meeting.date, meeting.session, request_.status), std::nullopt};
  if (!request_.status.empty()) return wanted;
  wanted.row.status = "present";
  if (schedule.is_open(meeting, time) && time > schedule.late_from(meeting)) {
    wanted.row.status = "late";
    wanted.late_minutes = minutes_late(meeting, time);
  }
  return wanted;
}

Corrections::Wanted Corrections::wanted_for(const Sighting& person) const {
  const std::string status = request_.status.empty() ? "present" : request_.status;
  const std::string date = request_.date.empty() ? time_.date() : request_.date;
  if (rules_.schedule() == nullptr) {
    const std::string session = request_.session.empty() ? std::string(kDaySession) : request_.session;
    return {Rules::row_for(person, date, session, status), std::nullopt};
  }
  if (request_.session.empty() && request_.date.empty()) {
    Ruling ruling = rules_.rule(person, log_);
    if (!ruling.row) throw Refusal{ruling.reason + "; say which with --session"};
    if (request_.status.empty() || request_.status == ruling.row->status) {
      ruling.row->note.clear();
      return {*ruling.row, ruling.late_minutes};
    }
    ruling.row->status = request_.status;
    ruling.row->note.clear();
    return {*ruling.row, std::nullopt};
  }
  const auto meetings = meetings_of(person);
  if (meetings.size() == 1) return in_session(person, meetings.front());
  if (!request_.session.empty()) return {Rules::row_for(person, date, request_.session, status), std::nullopt};
  throw Refusal{meetings.empty() ? fmt::format("has no session on {}", date)
                                 : fmt::format("has {} on {}; say which with --session", names_of(meetings), date)};
}

}  // namespace faceatt
