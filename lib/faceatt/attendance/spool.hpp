// What this machine marked, for a store that may be away, or may have lost what it was told last.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/attendance/row.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {

struct SpooledRow {
  std::string uid;        // of the row, the same however often it is sent
  std::string server;     // that has it, as StoreLink::history(); empty: none, it waits
  std::int64_t sent = 0;  // when it was told so, unix seconds
  AttendanceRow row;
};

// marks.csv in a folder: the columns uid, server and sent before those of the log. All processes of a machine share it;
// each call locks it. Throws Error(kCannotRun) when it cannot be read or written.
class Spool {
 public:
  // Nothing is made before the first add().
  explicit Spool(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `sync`: the row survives power loss when this returns.
  void add(const SpooledRow& row, bool sync);
  // In the order in which they were added. A torn last line, of a row that nobody was told of, is left out.
  std::vector<SpooledRow> read() const;
  // Replaces the rows by what `edit` makes of them; it may drop some. Lines that are damaged go to marks.csv.damaged:
  // how many.
  std::size_t update(const std::function<void(std::vector<SpooledRow>&)>& edit);
  // Changes with every change of the rows; none while there are none.
  std::optional<FileStamp> stamp() const { return stamp_of(file()); }

  std::filesystem::path file() const { return folder_ / "marks.csv"; }
  const std::filesystem::path& folder() const { return folder_; }
  // Held by the one process that sends what waits; empty when another does.
  std::optional<FolderLock> try_lock_sending() const;

 private:
  FolderLock lock() const;

  std::filesystem::path folder_;
};

}  // namespace faceatt
