// One file of the attendance log; log.hpp says what it promises.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/index_file.hpp"
#include "faceatt/attendance/row.hpp"
#include "faceatt/core/file.hpp"

struct stat;  // of <sys/stat.h>

namespace faceatt {

class LogFile {
 public:
  using Outcome = CsvLog::Outcome;

  LogFile(std::filesystem::path path, const LogOptions& options) : path_(std::move(path)), options_(options) {}

  // `expected`: what has to be in force of the row's key, null for anything.
  Outcome append(const AttendanceRow& row, const std::optional<AttendanceRow>* expected = nullptr);
  Outcome check(const AttendanceRow& row);
  std::optional<AttendanceRow> find(const AttendanceRow& key);
  bool rewrite(const CsvLog::Edit& edit, CsvLog::Links links);
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

 private:
  class Lock;
  struct Found {
    std::uint64_t offset = 0;
    AttendanceRow row;
  };

  // Bring what is known of the file up to what is there.
  void refresh(int fd, bool is_locked);
  void load_header(int fd, std::uint64_t size);
  void set_header(const std::vector<std::string>& cells, std::string text, char delimiter);
  void catch_up(int fd, bool is_locked);
  void read_rows(int fd, const struct stat& info);
  bool still_fits(const LogCoverage& coverage, int fd, const struct stat& info) const;
  LogCoverage coverage_of(int fd, const struct stat& info, std::uint64_t size, std::uint64_t last_row) const;
  void know(const LogCoverage& coverage);
  void forget();

  // Which row counts.
  std::vector<std::uint64_t> offsets(std::uint64_t hash) const;
  std::optional<AttendanceRow> row_at(int fd, std::uint64_t offset) const;
  std::optional<Found> look_up(int fd, const std::string& key) const;
  // What `how` finds by look_up(); by the log itself when the index fails.
  auto look(int fd, bool is_locked, const auto& how);
  void note(int fd, const AttendanceRow& row, std::uint64_t offset);
  void publish_index(const struct stat& info);
  void do_without_index(int fd, bool is_locked);  // from now on, after a Failure
  void remove_index();

  Descriptor open_for_reading() const;
  AttendanceRow read_back(const AttendanceRow& row) const;
  std::pair<Outcome, std::uint64_t> judge(int fd, const AttendanceRow& row) const;
  void warn_of_torn_line(std::uint64_t size);
  void cut_to_known(int fd);
  void write_row(int fd, const AttendanceRow& row, const AttendanceRow& read);
  [[noreturn]] void fail(const std::string& why) const;

  std::filesystem::path path_;
  LogOptions options_;

  std::string header_text_;  // the first line with its end; empty: a new log
  std::optional<AttendanceColumns> columns_;
  char delimiter_ = ',';
  std::string line_end_ = "\n";

  // Hash of the key -> offset of the row, for the rows that known_ covers. Where there is an index, rows_ has only what
  // it does not know yet, and what overrides its rows.
  LogCoverage known_;
  std::unordered_multimap<std::uint64_t, std::uint64_t> rows_;
  std::filesystem::path index_path_;
  std::optional<IndexFile> index_;
  bool may_index_ = true;  // false once it did not work

  std::uint64_t synced_to_ = 0;  // bytes of the file that are known to survive power loss
  bool is_warned_of_chain_ = false;
  std::vector<std::string> warnings_;
};

// Throws Error(kCannotRun): the header is what makes a file an attendance log. `name` is for the message.
AttendanceColumns columns_of(const std::vector<std::string>& header, const std::string& name);

}  // namespace faceatt
