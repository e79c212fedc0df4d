// A row of Attendance.csv.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

struct AttendanceRow {
  std::string date;  // session date, 2026-11-21; a night session keeps its start date
  std::string time;  // ISO 8601 with offset
  std::string id;
  std::string name;
  std::string session;   // "day" without a timetable
  std::string status;    // present | late | absent | excused | void; out; ended
  std::string source;    // camera, photo, or manual:USER
  std::string score;     // cosine, or empty
  std::string liveness;  // live | unsure | off | empty
  std::string note;
  std::string chain{};  // see chain.hpp; empty in a log that has no such column

  bool is_manual() const { return source.starts_with("manual:"); }
};

// The session of each date when there is no timetable.
inline constexpr std::string_view kDaySession = "day";

// Who went out: any number of rows with this status may stand beside the one of a key.
inline constexpr std::string_view kStatusOut = "out";
// A session that was ended by hand: the row is of kWholeSession, and its time is when.
inline constexpr std::string_view kStatusEnded = "ended";
inline constexpr std::string_view kWholeSession = "*";  // instead of an id

// The columns in the order in which they are written.
inline constexpr std::array<std::string_view, 10> kAttendanceColumns = {
    "date", "time", "id", "name", "session", "status", "source", "score", "liveness", "note"};

// The cells of `row` in the order of kAttendanceColumns.
std::array<std::string*, 10> cells_of(AttendanceRow& row);
std::array<const std::string*, 10> cells_of(const AttendanceRow& row);

// Whether the cells of kAttendanceColumns are the same.
bool is_same_row(const AttendanceRow& a, const AttendanceRow& b);

// Whether the row has a date, an id and a status: if not, the line is damaged or of another table.
bool is_plausible(const AttendanceRow& row);

// What may be there once: one row per (date, session, id). Ids and sessions are compared in NFC.
std::string key_of(const AttendanceRow& row);

// The column that makes a log a chained one; the last that is written.
inline constexpr std::string_view kChainColumn = "chain";
inline constexpr std::size_t kLinkDigits = 32;

// A note that begins with this word, alone or before ':', is of a row that takes the correction before it back.
inline constexpr std::string_view kUndo = "undo";
bool is_undo_note(std::string_view note);

// Whether `row` takes back the only thing that its key had, so that it is as if nothing had been there: a machine may
// mark again. (A row that is void for another reason stays in force.)
bool takes_all_back(const AttendanceRow& row);

// Whether `row`, which comes after `in_force` in a log (null: nothing of its key is in force), takes its place: a row
// by hand always, a machine's only where there is none. Rows with status "out" are in force beside others: not of them.
bool overrides(const AttendanceRow& row, const AttendanceRow* in_force);

// Where each column stands in a file, read from its header line. Foreign columns are skipped over.
class AttendanceColumns {
 public:
  // Throws std::invalid_argument with the missing column's name when date, id, session or status is not there.
  explicit AttendanceColumns(const std::vector<std::string>& header);

  // False when the row is not plausible.
  bool read(const std::vector<std::string>& cells, AttendanceRow& row) const;
  // Whether a last line without its end has all that a row has, as editors leave it: every cell, and a link of whole
  // length where there is a chain. Else it is what an interrupted write left.
  bool is_whole(const std::vector<std::string>& cells) const;
  // Cells for a line of this file, foreign columns empty.
  std::vector<std::string> write(const AttendanceRow& row) const;
  bool has_chain() const { return chain_ >= 0; }
  // Where a column of kAttendanceColumns stands in this file; -1: nowhere.
  int index_of(std::size_t column) const { return index_[column]; }
  // Puts a link into the cells of a row that has one; the others stay as they are, foreign ones too.
  void set_chain(std::vector<std::string>& cells, const std::string& link) const;

 private:
  std::array<int, 10> index_{};  // -1: the file has no such column
  int chain_ = -1;
  std::size_t width_ = 0;
};

}  // namespace faceatt
