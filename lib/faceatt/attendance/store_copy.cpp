#include "faceatt/attendance/store_copy.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "faceatt/attendance/index_file.hpp"
#include "faceatt/attendance/once.hpp"
#include "faceatt/attendance/store_rows.hpp"
#include "faceatt/core/csv.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kRowsAtOnce = 2000;  // of an import

std::string text_of(const AttendanceRow& row) {
  std::string text;
  for (const std::string* cell : cells_of(row)) text += *cell + '\n';
  return text;
}

// What an import has to know of the log.
class Import {
 public:
  explicit Import(StoreLink& link) : writer_(link) {
    StoreRows log(link);
    for (auto rows = log.next(); !rows.empty(); rows = log.next()) {
      for (const StoredRow& stored : rows) {
        ++known_[fnv1a(text_of(stored.row))];
        note(stored);
      }
    }
    for (const auto& [key, stored] : in_force_) before_.insert(key);
  }

  ImportCounts run(const std::vector<AttendanceRow>& rows) {
    for (const AttendanceRow& given : rows) take(as_stored(given));
    flush();
    return std::move(counts_);
  }

 private:
  void take(AttendanceRow row) {
    const auto known = known_.find(fnv1a(text_of(row)));
    if (known != known_.end() && known->second > 0) {
      --known->second;
      ++counts_.known;
      return;
    }
    const std::string key = index_key(row);
    if (!row.is_manual() && row.status != kStatusOut && before_.contains(key)) {
      counts_.refused.push_back(std::move(row));
      return;
    }
    if (together_.size() == kRowsAtOnce || !keys_.insert(key).second) {
      flush();
      keys_.insert(key);
    }
    together_.push_back(std::move(row));
  }

  void flush() {
    std::vector<StoreWriter::Write> writes;
    writes.reserve(together_.size());
    for (const AttendanceRow& row : together_) writes.push_back(write_of(row));
    auto results = writer_.write(writes);
    for (std::size_t i = 0; i < writes.size(); ++i) {
      if (!settle(writes[i], results[i])) continue;
      note({results[i].entry, writes[i].row});
      ++counts_.added;
    }
    together_.clear();
    keys_.clear();
  }

  // Until the row is written, where somebody else wrote meanwhile. False when they marked the same person.
  bool settle(StoreWriter::Write& write, StoreWriter::Result& result) {
    const std::string key = index_key(write.row);
    while (result.entry.empty()) {
      const auto found = result.found.find(key);
      if (found != result.found.end() && !takes_place(write.row, &found->second.row)) {
        counts_.refused.push_back(write.row);
        return false;
      }
      in_force_.erase(key);
      if (found != result.found.end()) in_force_.emplace(key, found->second);
      write.expects[key] = result.entries[key];
      write.is_beside = false;
      result = std::move(writer_.write({write}).front());
    }
    return true;
  }

  // A row that was not in force where it comes from is not in force here.
  StoreWriter::Write write_of(const AttendanceRow& row) const {
    StoreWriter::Write write;
    write.row = row;
    const std::string key = index_key(row);
    const auto before = in_force_.find(key);
    write.is_beside = before != in_force_.end() && !takes_place(row, &before->second.row);
    write.expects[key] = before == in_force_.end() ? "" : before->second.entry;
    return write;
  }

  void note(const StoredRow& stored) {
    const std::string key = index_key(stored.row);
    const auto before = in_force_.find(key);
    if (before == in_force_.end()) {
      in_force_.emplace(key, stored);
    } else if (takes_place(stored.row, &before->second.row)) {
      before->second = stored;
    }
  }

  StoreWriter writer_;
  std::unordered_map<std::uint64_t, std::size_t> known_;  // rows, by a hash of their text
  std::unordered_map<std::string, StoredRow> in_force_;   // by index key
  std::unordered_set<std::string> before_;                // index keys that the log had
  std::vector<AttendanceRow> together_;
  std::set<std::string> keys_;  // of together_
  ImportCounts counts_;
};

}  // namespace

std::size_t export_stored(StoreLink& link,
                          const std::function<void(const AttendanceRow* row, std::string_view line)>& sink) {
  const auto line_of = [](const std::vector<std::string>& cells) { return csv_line(cells, ',', true) + "\n"; };
  sink(nullptr, line_of({kAttendanceColumns.begin(), kAttendanceColumns.end()}));
  StoreRows log(link);
  std::size_t count = 0;
  for (auto rows = log.next(); !rows.empty(); rows = log.next()) {
    for (const StoredRow& stored : rows) {
      std::vector<std::string> cells;
      const AttendanceRow row = as_stored(stored.row);  // others may write to a store, too
      for (const std::string* cell : cells_of(row)) cells.push_back(*cell);
      sink(&stored.row, line_of(cells));
    }
    count += rows.size();
  }
  return count;
}

ImportCounts import_stored(StoreLink& link, const std::vector<AttendanceRow>& rows) { return Import(link).run(rows); }

}  // namespace faceatt
