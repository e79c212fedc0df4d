// A table that another program or a spreadsheet left: what is between its cells, whether its first line names the
// columns, and what each column means. Guessed, to be shown to a person before anything is made of it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

enum class Meaning { kNone, kId, kName, kFirstName, kLastName, kDate, kTime, kOut, kSession, kStatus, kGroup };
const char* name_of(Meaning meaning);  // id, name, first, last, date, time, out, session, status, group; none: ""

// What a user says of the columns: "name=1,date=3:%d/%m/%Y,time=Uhrzeit,date=2026-11-21,session=-".
struct ColumnRequest {
  struct Column {
    std::string column{};  // its number, from 1, or what the first line calls it; empty: as guessed
    std::string format{};  // of its dates or times, see read_written(); empty: as guessed
    std::string value{};   // a date, of the rows of files that have none
    bool is_ignored = false;
  };
  std::map<Meaning, Column> columns{};

  bool empty() const { return columns.empty(); }
  // Of which tables it can be: one that names a date is not of a list of people, one that names a group of no log.
  bool is_for_logs() const;
  bool is_for_rosters() const;
};
// Throws UsageError.
ColumnRequest parse_column_request(std::string_view text);

struct ForeignTable {
  struct Row {
    std::size_t line = 0;  // of the file, from 1
    std::vector<std::string> cells{};
  };
  std::filesystem::path file{};
  char delimiter = ',';
  bool has_header = false;
  bool is_windows_1252 = false;       // it was not UTF-8, and is now
  bool is_wide = false;               // dates were the names of columns: one row for each of them now
  std::vector<std::string> header{};  // empty texts without a header; as many as there are columns
  std::vector<Meaning> meanings{};    // of the columns, likewise
  std::vector<Row> rows{};            // without blank lines and repeated headers

  // Where the column of this meaning stands; none: there is none.
  std::optional<std::size_t> column_of(Meaning meaning) const;
  bool has(Meaning meaning) const { return column_of(meaning).has_value(); }
  // The cell of a row, cleaned: without spaces and what Python leaves around a text, ['Ana']. Empty where there is
  // none.
  std::string cell(const Row& row, Meaning meaning) const;
  // Name, or first and last name.
  std::string person_name(const Row& row) const;

  // It has people, and when they were there.
  bool is_log() const;
  // It has people, and what is to be known of them, under names of columns.
  bool is_roster() const;
};

// Reads a file's bytes. Throws Error(kInput) when they cannot be a table (UTF-16, NUL bytes), and when its rows would
// take more than 1 GB, also those that columns of dates become.
ForeignTable read_foreign_table(std::string_view bytes, const std::filesystem::path& file);

// Puts what a user says in the place of what was guessed. Throws UsageError when a column is not there.
void apply(const ColumnRequest& request, ForeignTable& table);

}  // namespace faceatt
