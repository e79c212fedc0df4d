#include "faceatt/attendance/row.hpp"

#include <algorithm>
#include <stdexcept>

#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::array<std::string_view, 5> kStatuses = {"present", "late", "absent", "excused", "void"};
constexpr std::array<std::size_t, 4> kNeeded = {0, 2, 4, 5};  // date, id, session, status

template <typename Row>
auto cells(Row& r) {
  return std::array{&r.date, &r.time, &r.id, &r.name, &r.session, &r.status, &r.source, &r.score, &r.liveness, &r.note};
}

}  // namespace

std::array<std::string*, 10> cells_of(AttendanceRow& row) { return cells(row); }
std::array<const std::string*, 10> cells_of(const AttendanceRow& row) { return cells(row); }

std::string key_of(const AttendanceRow& row) { return row.date + '\n' + to_nfc(row.session) + '\n' + to_nfc(row.id); }

AttendanceColumns::AttendanceColumns(const std::vector<std::string>& header) : width_(header.size()) {
  for (std::size_t c = 0; c < kAttendanceColumns.size(); ++c) {
    const auto found = std::find_if(header.begin(), header.end(), [&](const std::string& h) {
      return lower_ascii(trim(h)) == kAttendanceColumns[c];
    });
    index_[c] = found == header.end() ? -1 : static_cast<int>(found - header.begin());
  }
  for (const std::size_t c : kNeeded) {
    if (index_[c] < 0) throw std::invalid_argument(std::string(kAttendanceColumns[c]));
  }
}

bool AttendanceColumns::read(const std::vector<std::string>& cells, AttendanceRow& row) const {
  const auto values = cells_of(row);
  for (std::size_t c = 0; c < values.size(); ++c) {
    const bool there = index_[c] >= 0 && static_cast<std::size_t>(index_[c]) < cells.size();
    *values[c] = there ? cells[static_cast<std::size_t>(index_[c])] : std::string();
  }
  return is_date(row.date) && !row.id.empty() &&
         std::find(kStatuses.begin(), kStatuses.end(), row.status) != kStatuses.end();
}

std::vector<std::string> AttendanceColumns::write(const AttendanceRow& row) const {
  std::vector<std::string> cells(width_);
  const auto values = cells_of(row);
  for (std::size_t c = 0; c < values.size(); ++c) {
    // A row is one line: control characters, line ends among them, are not kept.
    if (index_[c] >= 0) cells[static_cast<std::size_t>(index_[c])] = printable(*values[c]);
  }
  return cells;
}

}  // namespace faceatt
