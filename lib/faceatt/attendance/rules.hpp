// Rules: for which session is somebody marked who was seen, and as what.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/attendance/row.hpp"
#include "faceatt/attendance/schedule.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {

class AttendanceLog;

enum class Direction {
  kIn,   // who is seen comes: present or late, once
  kOut,  // who is seen goes: the last time counts
};

Direction parse_direction(std::string_view name);  // in, out; throws UsageError

// Who was seen, where and when.
struct Sighting {
  std::string id;
  std::string name;
  LocalTime time;
  std::string source;                 // camera or photo
  std::optional<double> score{};      // cosine
  std::string liveness{};             // live | unsure | off | empty
  std::vector<std::string> groups{};  // of the person, NFC
  std::string location{};             // of the camera, NFC; empty: not known
};

struct Ruling {
  std::optional<AttendanceRow> row{};  // what to append; none: nothing, because of `reason`
  std::optional<int> late_minutes{};   // of who is late, see minutes_late()
  std::string reason{};                // "no session is open; CS101 opens at 08:45"
};

// Whole minutes since the start, for somebody who is late: at least 1.
int minutes_late(const Meeting& meeting, std::int64_t unix_seconds);

class Rules {
 public:
  // Without a schedule each date is one session called "day", and whoever is seen is present.
  explicit Rules(std::shared_ptr<const Schedule> schedule = nullptr, Direction direction = Direction::kIn);

  // Of several sessions that are open for somebody the one counts that is of a group of theirs, then the one that is at
  // this place, then one that has begun, then the one that begins last. Sessions of other groups do not count, nor
  // those of other places when the camera's place is known to the timetable at all. Who goes out goes out of the
  // session that they have been marked for in `log`, which may have ended up to 6 hours ago. Throws as
  // AttendanceLog::find().
  Ruling rule(const Sighting& sighting, AttendanceLog& log) const;

  // What is open there then, for whatever group; without a schedule "day" of the date.
  std::vector<Meeting> open_at(const LocalTime& time, const std::string& location) const;
  // "CS101 opens at 08:45", with its date when that is another one: the next that will be open there, for these groups
  // or, without any, for whomever. Empty when there is none within days. There must be a schedule.
  std::string next_text(const LocalTime& time, const std::string& location,
                        const std::optional<std::vector<std::string>>& groups = std::nullopt) const;
  const Schedule* schedule() const { return schedule_.get(); }
  Direction direction() const { return direction_; }

  // The row of `status` for a session, as rule() makes it.
  static AttendanceRow row_for(const Sighting& sighting, const std::string& date, const std::string& session,
                               std::string_view status);

 private:
  // What sessions have to be at: the location, if the timetable knows it; else they may be anywhere.
  std::string place_of(const std::string& location, std::int64_t unix_seconds) const;
  static bool is_at(const Meeting& meeting, const std::string& place);
  std::vector<Meeting> candidates(const Sighting& sighting) const;
  std::string why_none(const Sighting& sighting) const;

  std::shared_ptr<const Schedule> schedule_;
  Direction direction_;
};

}  // namespace faceatt
