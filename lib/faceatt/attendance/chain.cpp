#include "faceatt/attendance/chain.hpp"

#include "faceatt/core/csv.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {

std::string next_link(std::string_view previous, const AttendanceRow& row) {
  constexpr char kSeparator = '\x1F';
  std::string text(previous);
  text += kSeparator;
  for (const std::string* cell : cells_of(row)) {
    text += *cell;
    text += kSeparator;
  }
  return sha256_hex(text).substr(0, kLinkDigits);
}

std::string relinked(std::string_view before, std::string_view after) {
  CsvReader old_rows(before);
  const auto header = old_rows.next();
  if (!header) return std::string(after);
  const AttendanceColumns columns(header->cells);
  if (!columns.has_chain()) return std::string(after);
  std::string old_link, new_link;  // of the rows before
  const auto relink = [&](CsvRow& row) {
    AttendanceRow old_row, new_row;
    const auto old_cells = old_rows.next();
    const bool was_row = old_cells && columns.read(old_cells->cells, old_row);
    const bool was_right = was_row && old_row.chain == next_link(old_link, old_row);
    if (was_row) old_link = old_row.chain;
    if (!columns.read(row.cells, new_row)) return RowEdit::kKeep;  // a damaged line is no part of the chain
    const std::string link = was_right ? next_link(new_link, new_row) : new_row.chain;
    new_link = link;
    if (link == new_row.chain) return RowEdit::kKeep;
    columns.set_chain(row.cells, link);
    return RowEdit::kReplace;
  };
  return edit_rows(after, relink);
}

}  // namespace faceatt
