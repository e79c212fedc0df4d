// Attendance.csv: append-only, once per key, durable.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "faceatt/attendance/row.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {

struct LogOptions {
  std::chrono::seconds punch_interval{60};
  bool chain = false;
};

class AttendanceLog {
 public:
  enum class Outcome {
    kNew,      // the row is in the file
    kAlready,  // the file has a row with this key; nothing was written
    kEnded,    // the session was ended by hand
  };

  // Nothing is opened before the first call.
  explicit AttendanceLog(std::filesystem::path file, LogOptions = {}) : path_(std::move(file)) {}

  // Appends one row, made with its header when the file is not there. When it returns, the row survives power loss: it
  // is written and synced, and so is the folder when the file is new. The key is checked under a lock that every writer
  // takes, whatever process or version, so two machines on one disk never mark a person twice; rows whose source starts
  // with "manual:" are corrections and always go in. A last line torn by a power cut is removed first (take_warnings()
  // tells). Throws Error(kCannotRun) when the file cannot be written or is not an attendance log; then nothing in it
  // has changed.
  Outcome append(const AttendanceRow& row);

  // Whether the file has a row with this key, for dry runs. Takes no lock, creates and repairs nothing.
  bool contains(const AttendanceRow& row);

  std::optional<AttendanceRow> find(const AttendanceRow& key);

  // Replaces the whole text by what `edit` makes of it, for erasing a person, and for nothing else. Under the lock of
  // the writers: the new text is written to a file of its own, synced and renamed over the log; writers who waited look
  // again which file the path names. A torn last line is left out. Nothing is
  // written when the text stays the same. False when there is no log. Throws what `edit` throws,
  // and Error(kCannotRun) when the file cannot be replaced or is not an attendance log; then nothing has changed.
  bool rewrite(const std::function<std::string(std::string_view text)>& edit);

  // What was repaired since the last call; each is one line.
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  const std::filesystem::path& path() const { return path_; }

 private:
  class Lock;
  void remember(const Lock& lock);
  void read_new_rows(int fd, std::uint64_t size);
  void write_line(int fd, std::uint64_t size, const AttendanceRow& row, bool is_new);
  [[noreturn]] void fail(const std::string& why) const;

  std::filesystem::path path_;
  std::unordered_set<std::string> keys_;  // of all rows before read_to_
  std::uint64_t inode_ = 0;               // of the file that keys_ is of
  std::uint64_t read_to_ = 0;             // bytes of it already read: whole lines
  std::int64_t mtime_ns_ = 0;             // of the file when it was read or written last
  std::string tail_;                      // the last bytes before read_to_: if they change, the file was rewritten
  std::vector<std::string> header_;
  char delimiter_ = ',';
  std::string line_end_ = "\n";
  std::vector<std::string> warnings_;
};

// All rows of a log, in the order of the file. Damaged lines are counted and named in `warnings`, never fatal.
// Throws Error(kCannotRun) when the file cannot be read or has no header, kInput never.
std::vector<AttendanceRow> read_attendance(const std::filesystem::path& file, std::vector<std::string>& warnings);
// The same from text already in memory; `name` is for the messages.
std::vector<AttendanceRow> parse_attendance(std::string_view text, const std::string& name,
                                            std::vector<std::string>& warnings);

std::vector<std::filesystem::path> log_files(const std::filesystem::path& file);

}  // namespace faceatt
