// Timetables as calendar programs and universities give them away: iCalendar (.ics, RFC 5545).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "faceatt/attendance/meeting.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt {

// Does not change once it is read: copies are cheap, and any number of threads may ask.
class Calendar {
 public:
  // `name`: of the file, for messages. `zone`: of times without one, and of the dates of events in UTC, unless
  // X-WR-TIMEZONE names another. What is wrong with an event is a line in `warnings` ("t.ics:12: event 'CS101': ends
  // before it starts; left out"), at most five of a kind, and the others are read. Throws Error(kCannotRun) when the
  // text is no calendar, or has no event at all, or over 100,000.
  static Calendar read(std::string_view text, const std::string& name, const Zone& zone,
                       std::vector<std::string>& warnings);

  // Every meeting that starts in [from, to), unix seconds, sorted by start, then session. late_after is left open. The
  // work is in proportion to events times days; 500 weekly events and one day take 3 ms.
  std::vector<Meeting> meetings(std::int64_t from, std::int64_t to) const;

  // The name of an all-day event that covers `date` ("2026-12-25"), the first of the file; empty when there is none, or
  // `date` is no date. All-day events are no meetings.
  std::optional<std::string> day_off(std::string_view date) const;

 private:
  struct Content;
  explicit Calendar(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  std::shared_ptr<const Content> content_;
};

}  // namespace faceatt
