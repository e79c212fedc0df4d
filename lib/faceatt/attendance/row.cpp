#include "faceatt/attendance/row.hpp"

#include <algorithm>
#include <stdexcept>

#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::array<std::string_view, 7> kStatuses = {"present", "late",     "absent",    "excused",
                                                       "void",    kStatusOut, kStatusEnded};
constexpr std::array<std::size_t, 4> kNeeded = {0, 2, 4, 5};  // date, id, session, status

template <typename Row>
auto cells(Row& r) {
  return std::array{&r.date, &r.time, &r.id, &r.name, &r.session, &r.status, &r.source, &r.score, &r.liveness, &r.note};
}

}  // namespace

std::array<std::string*, 10> cells_of(AttendanceRow& row) { return cells(row); }
std::array<const std::string*, 10> cells_of(const AttendanceRow& row) { return cells(row); }

bool is_same_row(const AttendanceRow& a, const AttendanceRow& b) {
  const auto x = cells_of(a), y = cells_of(b);
  return std::equal(x.begin(), x.end(), y.begin(), [](const auto* c, const auto* d) { return *c == *d; });
}

bool is_plausible(const AttendanceRow& row) {
  return is_date(row.date) && !row.id.empty() &&
         std::find(kStatuses.begin(), kStatuses.end(), row.status) != kStatuses.end();
}

std::string key_of(const AttendanceRow& row) { return row.date + '\n' + to_nfc(row.session) + '\n' + to_nfc(row.id); }

bool is_undo_note(std::string_view note) {
  return note.starts_with(kUndo) && (note.size() == kUndo.size() || note[kUndo.size()] == ':');
}

bool takes_all_back(const AttendanceRow& row) {
  return row.is_manual() && row.status == "void" && is_undo_note(row.note);
}

bool overrides(const AttendanceRow& row, const AttendanceRow* in_force) {
  return row.is_manual() || in_force == nullptr || takes_all_back(*in_force);
}

AttendanceColumns::AttendanceColumns(const std::vector<std::string>& header) : width_(header.size()) {
  const auto index_of = [&](std::string_view name) {
    const auto found =
        std::find_if(header.begin(), header.end(), [&](const std::string& h) { return lower_ascii(trim(h)) == name; });
    return found == header.end() ? -1 : static_cast<int>(found - header.begin());
  };
  for (std::size_t c = 0; c < kAttendanceColumns.size(); ++c) index_[c] = index_of(kAttendanceColumns[c]);
  chain_ = index_of(kChainColumn);
  for (const std::size_t c : kNeeded) {
    if (index_[c] < 0) throw std::invalid_argument(std::string(kAttendanceColumns[c]));
  }
}

bool AttendanceColumns::read(const std::vector<std::string>& cells, AttendanceRow& row) const {
  const auto cell = [&](int index) {
    const bool there = index >= 0 && static_cast<std::size_t>(index) < cells.size();
    return there ? cells[static_cast<std::size_t>(index)] : std::string();
  };
  const auto values = cells_of(row);
  for (std::size_t c = 0; c < values.size(); ++c) *values[c] = cell(index_[c]);
  row.chain = cell(chain_);
  return is_plausible(row);
}

bool AttendanceColumns::is_whole(const std::vector<std::string>& cells) const {
  if (cells.size() < width_) return false;
  return chain_ < 0 || cells[static_cast<std::size_t>(chain_)].size() == kLinkDigits;
}

std::vector<std::string> AttendanceColumns::write(const AttendanceRow& row) const {
  std::vector<std::string> cells(width_);
  const auto values = cells_of(row);
  for (std::size_t c = 0; c < values.size(); ++c) {
    // A row is one line: control characters, line ends among them, are not kept.
    if (index_[c] >= 0) cells[static_cast<std::size_t>(index_[c])] = printable(*values[c]);
  }
  if (chain_ >= 0) cells[static_cast<std::size_t>(chain_)] = row.chain;
  return cells;
}

void AttendanceColumns::set_chain(std::vector<std::string>& cells, const std::string& link) const {
  const auto index = static_cast<std::size_t>(chain_);
  cells.resize(std::max(cells.size(), index + 1));
  cells[index] = link;
}

}  // namespace faceatt
