// Attendance that another program wrote: when each row of a foreign table was. The order of day and month is never
// guessed: it follows from the rows of all files together, or from what the user says, or it stays open.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/foreign_table.hpp"

namespace faceatt {

struct ForeignLog {
  ForeignTable table{};
  std::vector<std::string> date_formats{};  // that are possible; one: it is settled
  std::string date_reason{};                // why it is this one ("21/11/2026 in line 7 has no other reading")
  std::string time_format{}, out_format{};  // empty: any that read_clock() knows
  std::string date_text{};                  // what stands for the date of all rows: from the user or the file's name
  std::string date{};                       // of all rows, settled; empty: each has its own

  bool is_settled() const { return !date.empty() || date_formats.size() == 1; }
};

// What is known of one file: the formats that fit all its dates, none of which is after `today` (2026-11-21); what is
// no date by any format is a damaged row. Throws UsageError for a request that does not fit.
ForeignLog read_foreign_log(ForeignTable table, const ColumnRequest& request, const std::string& today);

// What the files say of each other: a format that is settled in one settles those in which it is possible, and so does
// a date in a file's name that its rows must have.
void settle_dates(std::vector<ForeignLog>& logs);

// "03/04/2026 may be 2026-04-03 or 2026-03-04; say which with --columns date=%d/%m/%Y or --columns date=%m/%d/%Y"
std::string why_unsettled(const ForeignLog& log);

struct ForeignMark {
  std::size_t line = 0;
  std::string id{}, name{};         // as written; either may be empty
  std::string date{}, clock{};      // 2026-11-21; 08:59:58 with +01:00 where it was written; empty: not known
  std::string out{};                // when they went, likewise
  std::string session{}, status{};  // present, late or excused
};
struct ForeignMarks {
  std::vector<ForeignMark> marks{};
  std::vector<std::string> problems{};                  // "Attendance.csv:7: '31/02/2026' is no date"
  std::size_t strangers = 0, nameless = 0, absent = 0;  // rows that are nobody's mark
};
// The rows of a log that is settled.
ForeignMarks read_marks(const ForeignLog& log, const std::string& today);

// "Unknown", "stranger", "unknown_person" and the like.
bool is_stranger_name(std::string_view name);

}  // namespace faceatt
