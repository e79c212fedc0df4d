// CSV as RFC 4180 has it, and as spreadsheets really write it (BOM, CRLF, ';').
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

// One cell, quoted when it has to be. With `for_spreadsheet`, a cell that would run as a formula gets a leading
// apostrophe.
std::string csv_cell(std::string_view value, char delimiter = ',', bool for_spreadsheet = false);

// One line without its line end.
std::string csv_line(const std::vector<std::string>& cells, char delimiter = ',', bool for_spreadsheet = false);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // in UTF-8

// More cells than a spreadsheet has columns: no row has them.
inline constexpr std::size_t kMostCells = 20'000;

struct CsvRow {
  std::vector<std::string> cells;
  std::size_t line = 0;    // 1-based line in the text where the row begins
  std::size_t offset = 0;  // of its first byte
  bool terminated = true;  // false when the text ends without a line end: the row may be torn
};

// Reads rows from a text that outlives the reader. A quote that is never closed, or is closed more than 64 lines later,
// and more than kMostCells damage their own line only: it is one cell, with its line end, and the rows after it are
// still read.
class CsvReader {
 public:
  // `delimiter`: ',', ';' or tab. With 0 the text is a file from its beginning: the first line tells, and a UTF-8 byte
  // order mark is skipped. What begins a part of a file is none.
  explicit CsvReader(std::string_view text, char delimiter = 0);

  std::optional<CsvRow> next();  // blank lines are skipped
  char delimiter() const { return delimiter_; }
  std::size_t position() const { return position_; }  // of the first byte not yet read

 private:
  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  char delimiter_;
};

enum class RowEdit { kKeep, kReplace, kDrop };

// The text with rows replaced by what `edit` made of their cells, or dropped. Everything else stays byte by byte: BOM,
// header (which `edit` is not asked about), blank lines, line ends, the other rows. `for_spreadsheet`: see csv_cell().
std::string edit_rows(std::string_view text, const std::function<RowEdit(CsvRow& row)>& edit,
                      bool for_spreadsheet = false);

}  // namespace faceatt
