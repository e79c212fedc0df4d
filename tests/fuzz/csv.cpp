// Cells that are written are read again; what nobody edits stays byte by byte.
#include "faceatt/core/csv.hpp"

#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

void check_round_trip(const std::vector<std::string>& cells, char delimiter) {
  const bool is_blank = cells.size() == 1 && cells.front().empty();
  if (is_blank || cells.front().starts_with(kBom)) return;  // those are a blank line, and a mark of the encoding
  const std::string line = csv_line(cells, delimiter) + "\n";
  CsvReader reader(line, delimiter);
  const auto again = reader.next();
  require(again && again->cells == cells && again->terminated, "a line that was written is read as it was");
  require(!reader.next(), "a row that was written is one row");
}

}  // namespace

FUZZ_TARGET(csv) {
  CsvReader reader(input);
  std::size_t position = reader.position(), line = 0;
  while (const auto row = reader.next()) {
    require(row->offset >= position && row->offset < reader.position(), "rows come one after another");
    require(row->line > line && !row->cells.empty(), "rows have lines that rise");
    position = reader.position();
    line = row->line;
    check_round_trip(row->cells, reader.delimiter());
  }
  require(edit_rows(input, [](CsvRow&) { return RowEdit::kKeep; }) == input, "what is kept stays as it is");
  const std::string dropped = edit_rows(input, [](CsvRow&) { return RowEdit::kDrop; });
  require(dropped.size() <= input.size(), "what is dropped is not there");
}
