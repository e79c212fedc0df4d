// Where marks go: append-only, once per key, durable. Attendance.csv (csv_log.hpp) or a store (store_log.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/attendance/row.hpp"

namespace faceatt {

struct LogOptions {
  // A row "out" that is nearer than this to the person's latest punch is not written.
  std::chrono::seconds punch_interval{60};
  bool chain = false;                  // files that are made new have the column "chain" (chain.hpp)
  std::uint64_t index_from = 1 << 20;  // bytes of a file from which it has an index file beside it
  bool reads_only = false;             // dry runs: a store's log sends nothing that waits
  bool checks_clock = true;            // against the store's; false where something else does
};

// Not to be used by two threads at once.
class AttendanceLog {
 public:
  enum class Outcome {
    kNew,       // the row is in the log
    kAlready,   // the log has what the row would say; nothing was written
    kAfterEnd,  // the session was ended at the row's time or before; nothing was written
    kChanged,   // of append_after(): another row is in force; nothing was written
  };

  virtual ~AttendanceLog() = default;

  // Appends one row.
  //
  // What goes in: rows whose source starts with "manual:" always do; they are corrections. Of the others, one for each
  // key, unless one is in force that was made by hand, `void` and `absent` too (see overrides()), and none at or after
  // the time at which a row `ended` of kWholeSession is in force for the session; rows `out` beside it any number, at
  // least punch_interval from the person's latest punch (the row in force when it says present or late, or the last
  // `out`). These rules hold whatever other processes and machines write at the same time.
  //
  // When it returns kNew or kAlready, the row that says so survives power loss (of a store: see store_log.hpp). Throws
  // Error(kCannotRun) when it cannot be written.
  virtual Outcome append(const AttendanceRow& row) = 0;

  // The same of a row by hand that was decided on because of what find() gave: only while that is still in force. So
  // two people who mark somebody at the same moment do so once.
  virtual Outcome append_after(const AttendanceRow& row, const std::optional<AttendanceRow>& in_force) = 0;

  // What append() would say, for dry runs. Changes nothing.
  virtual Outcome check(const AttendanceRow& row) = 0;
  // The row in force of (date, session, id): the last one made by hand, else the first; rows `out` never are. None when
  // there is no such row. Changes nothing.
  virtual std::optional<AttendanceRow> find(const AttendanceRow& key) = 0;
  bool contains(const AttendanceRow& key) { return find(key).has_value(); }
  // All rows of somebody (NFC) on a date, of whatever session, in the order in which they came.
  virtual std::vector<AttendanceRow> rows_of(const std::string& date, const std::string& id) = 0;

  // To be called now and then by programs that run for long: sends on what could not be sent. Never waits for long.
  virtual void tend() {}
  // Why the row that append() took last is on this machine only, for now; none when it is where all see it.
  virtual std::optional<std::string> waits_because() const { return std::nullopt; }

  // What was repaired since the last call, and what else has to be known; each is one line.
  virtual std::vector<std::string> take_warnings() = 0;
};

}  // namespace faceatt
