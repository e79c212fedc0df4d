// The rows of a log in a store: one stream, and for each date what is in force.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/attendance/once.hpp"
#include "faceatt/attendance/row.hpp"
#include "faceatt/store/keys.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

struct StoredRow {
  std::string entry;  // of the stream, "1763800000000-0": later rows have higher ones
  AttendanceRow row;
};

// A reply of XRANGE and its like: one entry. None when it is not a row.
std::optional<StoredRow> row_of(const StoreReply& entry);
// A row as the fields of an entry: names and values, empty ones left out.
StoreLink::Arguments cells_for(const AttendanceRow& row);
// The row as the log will give it back: without control characters and formulas, as in Attendance.csv.
AttendanceRow as_stored(const AttendanceRow& row);

// Reads a site's log from its beginning, or from behind an entry, in pieces.
class StoreRows {
 public:
  StoreRows(StoreLink& link, std::string after = "") : link_(link), after_(std::move(after)) {}

  // Some thousand rows; empty at the end for now. Throws as StoreLink::call().
  std::vector<StoredRow> next();
  std::size_t damaged() const { return damaged_; }  // entries that are no rows
  const std::string& after() const { return after_; }

 private:
  StoreLink& link_;
  std::string after_;
  std::size_t damaged_ = 0;
};

// Writes rows in one step each: only when what the row was judged by is still so.
class StoreWriter {
 public:
  struct Write {
    AttendanceRow row;                             // as_stored()
    std::map<std::string, std::string> expects{};  // index key of the row's date -> entry; "" for none
    std::string uid{};                             // of a row that may stand there several times, else empty
    std::string drop{};                            // an entry that the row takes the place of, else empty
    bool is_beside = false;                        // what is in force stays so
  };
  struct Result {
    std::string entry;  // of the row; empty: something was not as expected
    // Then what the keys of `expects` stand for: entries, and the rows where there are such.
    std::map<std::string, std::string> entries;
    std::map<std::string, StoredRow> found;
  };

  // A row with a first guess of what it is judged by: that there is nothing. When there is, the result tells.
  static Write first_write(const AttendanceRow& row, const std::string& uid);

  explicit StoreWriter(StoreLink& link) : link_(link), keys_(link.url().site) {}

  // In their order. A write of which another one expects something must not be in the same call. Throws as
  // StoreLink::call().
  std::vector<Result> write(const std::vector<Write>& writes);
  // What index keys of a date stand for.
  std::map<std::string, StoredRow> look_up(const std::string& date, const std::vector<std::string>& index_keys);

 private:
  StoreLink& link_;
  StoreKeys keys_;
};

// Rows that were found, as judge() wants to look them up; `found` must outlive it.
LookUp rows_in(const std::map<std::string, StoredRow>& found);

// All rows of somebody on a date.
std::vector<AttendanceRow> stored_rows_of(StoreLink& link, const std::string& date, const std::string& id);

}  // namespace faceatt
