// What faceatt-mark does to the log: one row for each person, written by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/people/roster.hpp"
#include "mark_options.hpp"

namespace faceatt {

class Corrections {
 public:
  // `request` as check() left it. Throws UsageError for a session that there is none of.
  Corrections(cli::Tool& tool, cli::Output& out, const Rules& rules, AttendanceLog& log, CorrectionRequest request);

  // Everybody of a group of the roster. Throws UsageError when there is no such group.
  std::vector<std::string> people_of(const std::string& group) const;

  // Writes the row and prints its record. What is wrong with one person is said, and counted. Throws Error(kCannotRun).
  void correct(const std::string& given);
  // Ends the session of the request, or, with undo, opens it again.
  void end_session();

  int exit_code() const { return failed_ > 0 ? cli::kSomeFailed : cli::kDone; }

 private:
  struct Wanted {
    AttendanceRow row;
    std::optional<int> late_minutes;
  };
  struct Refusal {
    std::string why;
  };

  void check_session() const;
  Sighting sighting_of(const std::string& id) const;
  Wanted wanted_for(const Sighting& person) const;
  Wanted in_session(const Sighting& person, const Meeting& meeting) const;
  std::vector<Meeting> meetings_of(const Sighting& person) const;
  void write(const Wanted& wanted);
  bool try_write(const Wanted& wanted);
  std::string append(const AttendanceRow& row);
  std::string why_it_waits();
  void undo(const AttendanceRow& key);
  std::string note_for(const std::optional<int>& late_minutes) const;
  void print(const AttendanceRow& row, const std::string& was, const std::string& marked, const std::string& reason);

  cli::Tool& tool_;
  cli::Output& out_;
  const Rules& rules_;
  AttendanceLog& log_;
  CorrectionRequest request_;
  LocalTime now_, time_;
  std::string user_;
  Roster people_;
  bool knows_people_ = false;
  std::size_t failed_ = 0;
};

}  // namespace faceatt
