// Attendance.csv: one file, or one a month.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/log_pattern.hpp"
#include "faceatt/attendance/row.hpp"

namespace faceatt {

class LogFile;

class CsvLog final : public AttendanceLog {
 public:
  // `file`: one log, or a pattern (log_pattern.hpp) by which each row goes into the file of its session date. Nothing
  // is opened before the first call. Throws UsageError for a pattern that is none.
  explicit CsvLog(const std::filesystem::path& file, const LogOptions& options = {});
  CsvLog(CsvLog&&) noexcept;
  CsvLog& operator=(CsvLog&&) noexcept;
  ~CsvLog() override;

  // The row's file is made with its header when it is not there. A log with a column "chain" gets the link filled in.
  //
  // The rules are kept under a lock that every writer takes, whatever process or version, so two machines on one disk
  // never mark a person twice. A last line torn by a power cut is removed first (take_warnings() tells). The row is
  // synced, and so is the folder of a new file; without the lock, so that several writers wait for the disk together.
  //
  // Throws Error(kCannotRun) when the file cannot be written or is not an attendance log; then nothing in it has
  // changed, but when it is syncing that failed ("cannot be synced"): then the row may be there, or not.
  Outcome append(const AttendanceRow& row) override;
  Outcome append_after(const AttendanceRow& row, const std::optional<AttendanceRow>& in_force) override;
  // These take no lock, create and repair nothing.
  Outcome check(const AttendanceRow& row) override;
  std::optional<AttendanceRow> find(const AttendanceRow& key) override;
  std::vector<AttendanceRow> rows_of(const std::string& date, const std::string& id) override;

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

  std::vector<std::string> take_warnings() override;

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
// Columns of a log that are none of ours, as a spreadsheet's user adds them; a chain is none of these.
std::vector<std::string> foreign_columns(const std::filesystem::path& file);
// All rows, from text already in memory; `name` is for the messages.
std::vector<AttendanceRow> parse_attendance(std::string_view text, const std::string& name,
                                            std::vector<std::string>& warnings);

}  // namespace faceatt
