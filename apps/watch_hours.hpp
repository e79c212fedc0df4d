// Which sessions are open at a door.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"

namespace faceatt {

class OpeningHours {
 public:
  // `location`: of the camera.
  explicit OpeningHours(std::string location) : location_(std::move(location)) {}

  struct Change {
    enum class Kind { kOpened, kClosed, kEndedByHand } kind = Kind::kOpened;
    Meeting meeting;
  };
  // What opened and closed since the last call; looked at once a second, and the log, which tells of sessions that were
  // ended by hand, every other. Throws as AttendanceLog::find().
  std::vector<Change> update(const Rules& rules, AttendanceLog& log, const LocalTime& now);

  const std::vector<Meeting>& open() const { return open_; }
  // "CS101", or "no session is open; CS101 opens at 08:45". Printable. As of the last update().
  const std::string& text() const { return text_; }

 private:
  std::string text_for(const Rules& rules, const LocalTime& now) const;
  bool was_ended(const Meeting& meeting, AttendanceLog& log, const LocalTime& now) const;

  std::string location_;
  std::vector<Meeting> open_;
  std::string text_;
  std::optional<std::int64_t> looked_;  // the clock at the last look
  std::size_t seen_ = 0;                // sessions by the timetable at the last call
  std::optional<std::int64_t> asked_;   // the clock when the log was asked
};

// The row that ends a session.
AttendanceRow end_row(const Meeting& meeting, const LocalTime& now, const std::string& source);

}  // namespace faceatt
