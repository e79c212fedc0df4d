#include "watch_hours.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::int64_t kBetweenQuestions = 2;  // seconds

bool is_same(const Meeting& a, const Meeting& b) {
  return std::tie(a.date, a.session, a.groups, a.location) == std::tie(b.date, b.session, b.groups, b.location);
}

bool has(const std::vector<Meeting>& meetings, const Meeting& wanted) {
  return std::any_of(meetings.begin(), meetings.end(), [&](const auto& meeting) { return is_same(meeting, wanted); });
}

}  // namespace

AttendanceRow end_row(const Meeting& meeting, const LocalTime& now, const std::string& source) {
  AttendanceRow row;
  row.date = meeting.date;
  row.time = now.iso8601();
  row.id = kWholeSession;
  row.session = meeting.session;
  row.status = kStatusEnded;
  row.source = source;
  return row;
}

std::vector<OpeningHours::Change> OpeningHours::update(const Rules& rules, AttendanceLog& log, const LocalTime& now) {
  using Kind = Change::Kind;
  if (looked_ == now.unix_seconds) return {};
  looked_ = now.unix_seconds;
  std::vector<Meeting> open = rules.open_at(now, location_);
  const bool asks = !asked_ || std::abs(now.unix_seconds - *asked_) >= kBetweenQuestions || open.size() != seen_;
  if (asks) asked_ = now.unix_seconds;
  seen_ = open.size();
  std::vector<Change> changes;
  std::erase_if(open, [&](const Meeting& meeting) {
    const bool was_open = has(open_, meeting);
    if (!(asks ? was_ended(meeting, log, now) : !was_open)) return false;
    if (was_open) changes.push_back({Kind::kEndedByHand, meeting});
    return true;
  });
  for (const Meeting& meeting : open_) {
    const bool told = std::any_of(changes.begin(), changes.end(),
                                  [&](const Change& change) { return is_same(change.meeting, meeting); });
    if (!told && !has(open, meeting)) changes.push_back({Kind::kClosed, meeting});
  }
  for (const Meeting& meeting : open) {
    if (!has(open_, meeting)) changes.push_back({Kind::kOpened, meeting});
  }
  open_ = std::move(open);
  text_ = text_for(rules, now);
  return changes;
}

std::string OpeningHours::text_for(const Rules& rules, const LocalTime& now) const {
  std::string text;
  for (const Meeting& meeting : open_) text += (text.empty() ? "" : ", ") + printable(meeting.session);
  if (!text.empty()) return text;
  const std::string next = printable(rules.next_text(now, location_));
  return next.empty() ? "no session is open" : "no session is open; " + next;
}

bool OpeningHours::was_ended(const Meeting& meeting, AttendanceLog& log, const LocalTime& now) const {
  const auto row = log.find(end_row(meeting, now, ""));
  return row && row->status == kStatusEnded;
}

}  // namespace faceatt
