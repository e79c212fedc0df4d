#include "faceatt/attendance/chain.hpp"

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
  return sha256_hex(text).substr(0, 32);
}

}  // namespace faceatt
