// What people read in a terminal, and tables for pages: columns that fit, bars, the calendar of attendance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/record.hpp"
#include "faceatt/report/ledger.hpp"

namespace faceatt {

struct LayoutOptions {
  std::size_t width = 0;                         // columns of the terminal; 0: as wide as it wants
  bool colour = false;                           // SGR codes, which end with each cell
  bool unicode = false;                          // what is drawn is not only ASCII; names are as they are in any case
  std::vector<std::string_view> droppable = {};  // columns that a table can do without, the first one goes first
};

// A table with aligned columns, like format_table(). When it is wider than the terminal, columns of text are shortened,
// the widest first; then those that it can do without are left out; then headers, text and ids are shortened further;
// at last columns are left out from the right. Numbers, dates and statuses stay whole while there is another column.
// Colour: the header, the words of the column "status", and the column "rate" (0..1, or text that ends in '%').
// All records have the same fields.
std::string layout_table(const std::vector<Record>& rows, const LayoutOptions& options);

// The same for a page of Markdown (GitHub's): what it would take for markup is escaped, and a cell that a spreadsheet
// would run as a formula gets a leading '.
std::string markdown_table(const std::vector<Record>& rows);

// `share` 0..1 of `width` columns, in eighths of a column with Unicode. More than nothing is never drawn as nothing,
// nor less than all as all. NaN: blank.
std::string bar(double share, std::size_t width, bool unicode);

// One column per value 0..1; NaN: blank.
std::string sparkline(const std::vector<double>& values, bool unicode);

// People x days. A cell is present, late, absent or excused; any other status is none.
struct CalendarGrid {
  struct Person {
    std::string name;
    std::vector<Status> cells;  // one for each of `days`
  };
  std::vector<std::int32_t> days;  // since 1970-01-01, ascending
  std::vector<Person> people;
};

// Of the entries that count, days and people that have one; people by id.
CalendarGrid calendar_of(const Ledger& ledger, const std::function<bool(const LedgerEntry&)>& counts);

// What a day with both is shown as: absent before late, late before present, present before excused, excused before
// none.
Status worse(Status a, Status b);

// One column per day, a gap between weeks, one block of lines per year and as many as the terminal is too narrow for; a
// legend at the end. Names are shortened where days need the room: to 12 columns when all days fit beside them, else to
// a third of the width. Fits into 16 columns and more.
std::string layout_calendar(const CalendarGrid& grid, const LayoutOptions& options);

}  // namespace faceatt
