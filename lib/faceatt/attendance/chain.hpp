// A chain of hashes through a log, so that rows that are changed, removed or put in later are noticed.
#pragma once

#include <string>
#include <string_view>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

// What stands in the column "chain" of `row`, whose cells are as they are read from the file, when that of the row
// before is `previous` (empty for the first): the first 32 hexadecimal digits of SHA-256 over `previous` and the ten
// cells, each followed by U+001F. There is no secret in it: who rewrites all that follows is not noticed, unless the
// last link is kept elsewhere.
std::string next_link(std::string_view previous, const AttendanceRow& row);

// `after`, the text of a log that `before` became row for row, with its links made right where those of `before` were
// right. The others stay as they are, so that a chain that was broken stays broken at the same row and at no other.
// Rows whose links do not change stay byte by byte; a log without links does as a whole. Both have the same header,
// that of an attendance log.
std::string relinked(std::string_view before, std::string_view after);

}  // namespace faceatt
