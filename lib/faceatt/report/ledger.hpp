// What logs say, in little space: one entry for each key that has a row in force. Made to read a log of years at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

enum class Status : std::uint8_t { kPresent, kLate, kAbsent, kExcused, kVoid, kOut, kEnded };
std::optional<Status> parse_status(std::string_view name);
const char* name_of(Status status);

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

struct LedgerEntry {
  std::uint32_t person = 0, session = 0;  // of Ledger::people() and sessions()
  std::int32_t day = 0;                   // of the session, since 1970-01-01
  Status status = Status::kVoid;          // of the row in force; kVoid also when there are rows "out" only
  bool is_manual = false;
  bool is_free = true;             // there is no row yet, or all was taken back: a machine's row counts
  std::int32_t late_minutes = -1;  // as the note says; -1: it does not
  std::int32_t in_offset = 0;      // local minus UTC when they came, seconds
  std::int64_t in = kNoTime;       // unix seconds, of who is present or late
  std::int64_t out = kNoTime;      // the last time that they went
};

struct LedgerFilter {
  std::int32_t from = std::numeric_limits<std::int32_t>::min(), to = std::numeric_limits<std::int32_t>::max();  // days
};

// "2026-11-21" as a day since 1970-01-01; empty when it is no date.
std::optional<std::int32_t> day_of(std::string_view date);
std::string date_of(std::int32_t day);

class Ledger {
 public:
  struct Person {
    std::string id;    // as it stands in the log first
    std::string name;  // the last one that is not empty
  };

  explicit Ledger(const LedgerFilter& filter = {}) : filter_(filter) {}

  // Adds the rows of a log to those that are there, which come before them. Damaged lines go to `warnings`, at most
  // five of a file by line, and their number. Throws Error(kCannotRun) when the file cannot be read or is not an
  // attendance log.
  void add_file(const std::filesystem::path& file, std::vector<std::string>& warnings);
  // The same from an open descriptor, to its end; `name` is for the messages.
  void add_stream(int fd, const std::string& name, std::vector<std::string>& warnings);

  // The same of a row in memory.
  void add_row(const AttendanceRow& row);

  // After the logs. Somebody who is expected is absent when no row is in force for them, nor when they went.
  void expect(std::int32_t day, const std::string& session, const std::string& id);
  // The name of somebody, where the log has none.
  void set_name(const std::string& id, const std::string& name);

  const std::vector<LedgerEntry>& entries() const { return entries_; }  // in the order of their first rows
  const std::vector<Person>& people() const { return people_; }
  const std::vector<std::string>& sessions() const { return sessions_; }
  std::size_t rows() const { return rows_; }        // read, those left out by the filter included
  std::size_t damaged() const { return damaged_; }  // lines

 private:
  class Reader;
  struct Cells;
  bool add_row(const Cells& cells);
  std::uint32_t person_of(std::string_view id);
  std::uint32_t session_of(std::string_view name);
  LedgerEntry& entry_of(std::int32_t day, std::uint32_t session, std::uint32_t person);

  LedgerFilter filter_;
  std::vector<LedgerEntry> entries_;
  std::vector<Person> people_;
  std::vector<std::string> sessions_;
  std::size_t rows_ = 0, damaged_ = 0;

  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Numbers = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;
  Numbers person_numbers_, session_numbers_;  // by the text as it is written, and by its NFC
  // 16 people who follow each other, in one session of a day: their entries, from 1; 0: none. A page is a line of the
  // processor's cache, and the people of a day are on few pages.
  struct Page {
    std::uint32_t entries[16] = {};
  };
  std::unordered_map<std::uint64_t, std::uint32_t> page_numbers_;
  std::vector<Page> pages_;
  std::unordered_map<std::uint64_t, std::uint32_t> block_numbers_;  // of (day, session)
  std::string last_date_, last_session_;                            // of the row before, which is mostly the same
  std::int32_t last_day_ = 0;
  std::uint32_t last_session_number_ = 0, last_block_ = 0;
  std::uint64_t last_block_key_ = ~std::uint64_t{0};
};

}  // namespace faceatt
