// Attendance.csv: append-only, once per key, durable; one file, or one a month.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/attendance/log_pattern.hpp"
#include "faceatt/attendance/row.hpp"

namespace faceatt {

class LogFile;

struct LogOptions {
  // A row "out" that is nearer than this to the person's latest punch is not written.
  std::chrono::seconds punch_interval{60};
  bool chain = false;                  // logs that are made new have the column "chain" (chain.hpp)
  std::uint64_t index_from = 1 << 20;  // bytes of a log from which it has an index file beside it
};

// Not to be used by two threads at once.
class AttendanceLog {
 public:
  enum class Outcome {
    kNew,       // the row is in the file
    kAlready,   // the file has what the row would say; nothing was written
    kAfterEnd,  // the session was ended at the row's time or before; nothing was written
  };

  // `file`: one log, or a pattern (log_pattern.hpp) by which each row goes into the file of its session date. Nothing
  // is opened before the first call. Throws UsageError for a pattern that is none.
  explicit AttendanceLog(const std::filesystem::path& file, const LogOptions& options = {});
  AttendanceLog(AttendanceLog&&) noexcept;
  AttendanceLog& operator=(AttendanceLog&&) noexcept;
  ~AttendanceLog();

  // Appends one row, whose file is made with its header when it is not there. A log with a column "chain" gets the link
  // filled in.
  //
  // What goes in: rows whose source starts with "manual:" always do; they are corrections. Of the others, one for each
  // key, unless one is in force that was made by hand, `void` and `absent` too (see overrides()), and none at or after
  // the time at which a row `ended` of kWholeSession is in force for the session; rows `out` beside it any number, at
  // least punch_interval from the person's latest punch (the row in force when it says present or late, or the last
  // `out`).
  // The rules are kept under a lock that every writer takes, whatever process or version, so two machines on one disk
  // never mark a person twice. A last line torn by a power cut is removed first (take_warnings() tells).
  //
  // When it returns kNew or kAlready, the row that says so survives power loss: it is synced, and so is the folder of a
  // new file. Rows are synced without the lock, so that several writers wait for the disk together.
  //
  // Throws Error(kCannotRun) when the file cannot be written or is not an attendance log; then nothing in it has
  // changed, but when it is syncing that failed ("cannot be synced"): then the row may be there, or not.
  Outcome append(const AttendanceRow& row);

  // What append() would say, for dry runs. Takes no lock, creates and repairs nothing.
  Outcome check(const AttendanceRow& row);
  // The row in force of (date, session, id): the last one made by hand, else the first; rows `out` never are. None when
  // there is no such row, or no file. Takes no lock, creates and repairs nothing.
  std::optional<AttendanceRow> find(const AttendanceRow& key);
  bool contains(const AttendanceRow& key) { return find(key).has_value(); }

  // Replaces the text of each file by what `edit` makes of it, for erasing a person and for repairs, and for nothing
  // else. Under the lock of the writers: the new text is written to a file of its own, synced and renamed over the log;
  // writers who waited look again which file the path names. A torn last line is left out. Nothing is written when the
  // text stays the same. False when there is no log. Throws what `edit` throws, and Error(kCannotRun) when a file
  // cannot be replaced or is not an attendance log; then nothing has changed in it, nor in those after it.
  enum class Links {
    kMakeRight,  // of a chain where they were right, see relinked(); `edit` goes row for row
    kLeave,      // as `edit` gives them
  };
  using Edit = std::function<std::string(const std::filesystem::path& file, std::string_view text)>;
  bool rewrite(const Edit& edit, Links links = Links::kMakeRight);

  // What was repaired since the last call, and what else has to be known; each is one line.
  std::vector<std::string> take_warnings();

 private:
  LogFile& file_at(const std::filesystem::path& path);

  LogPattern pattern_;
  LogOptions options_;
  std::map<std::filesystem::path, LogFile> files_;  // that were used
};

// The files that a log's name stands for and that are there: it alone, or by year and month those of a pattern. Throws
// UsageError for a pattern that is none, Error(kCannotRun) when its folder cannot be read.
std::vector<std::filesystem::path> log_files(const std::filesystem::path& file);

// What stands between the name of a log and the time in the name of the copy that a repair leaves beside it.
inline constexpr std::string_view kBeforeRepair = ".before-repair-";
// The same, and the copies beside them: all that may name a person.
std::vector<std::filesystem::path> log_files_and_copies(const std::filesystem::path& file);

// All rows of a log, in the order of the file. Damaged lines are counted and named in `warnings`, never fatal.
// Throws Error(kCannotRun) when the file cannot be read or has no header, kInput never.
std::vector<AttendanceRow> read_attendance(const std::filesystem::path& file, std::vector<std::string>& warnings);
// The same from text already in memory; `name` is for the messages.
std::vector<AttendanceRow> parse_attendance(std::string_view text, const std::string& name,
                                            std::vector<std::string>& warnings);

}  // namespace faceatt
