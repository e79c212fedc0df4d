// The attendance log in a store that many machines share, with a spool for when it cannot be reached.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/once.hpp"
#include "faceatt/attendance/spool.hpp"
#include "faceatt/attendance/store_rows.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

// The rules of AttendanceLog hold across all machines: each row is judged and written by one script of the server.
//
// A row that the server took is noted in the spool with the server's history (StoreLink). Whenever this machine comes
// to talk to a server of another one (it was restarted, or a replica took its place), it sends again what it wrote
// during the last day: whatever the other server lost is there again, and what it has is not written twice. So no mark
// is lost when the server is killed, whether or not it saves each write. The note is not synced: where the power of
// both fails at the same time, a mark is as durable as the server makes it (appendfsync everysec: the last second may
// be lost).
//
// While no server can be reached, rows go into the spool, synced, judged by what this machine knows; they are sent in
// their order once it is back. A machine's mark that proves to be earlier than the one in force takes its place.
class StoreLog final : public AttendanceLog {
 public:
  // Nothing is connected before the first call. `spool`: a folder of this store's.
  StoreLog(StoreUrl url, std::filesystem::path spool, const LogOptions& options = {});
  ~StoreLog() override;

  // Throws Error(kCannotRun) when the store refuses us (a password), or when there is neither store nor spool.
  Outcome append(const AttendanceRow& row) override;
  Outcome append_after(const AttendanceRow& row, const std::optional<AttendanceRow>& in_force) override;
  Outcome check(const AttendanceRow& given) override;
  std::optional<AttendanceRow> find(const AttendanceRow& given) override;
  // While the store is away: those that this machine wrote.
  std::vector<AttendanceRow> rows_of(const std::string& date, const std::string& id) override;
  // Connects in a thread of its own; once that is done, sends what waits.
  void tend() override;
  std::optional<std::string> waits_because() const override { return waits_because_; }
  std::vector<std::string> take_warnings() override;

  // Connects now, sends what waits, and tells how many rows may not be there all the same: another process is sending
  // them, or this machine's disk is in the way. Throws as StoreLink::connect().
  std::size_t send_all();
  // Rows that no server has.
  std::size_t waiting() const;

 private:
  using Steady = std::chrono::steady_clock;
  struct Attempt {
    std::unique_ptr<StoreLink> link;  // null: it failed
    std::string why;
  };

  bool is_here();
  void greet();
  void lose(const std::string& why);
  template <typename Work>
  bool with_store(const Work& work);

  using Expected = const std::optional<AttendanceRow>*;  // to be in force; null: anything
  Outcome append(const AttendanceRow& given, Expected expected);
  Outcome send(const AttendanceRow& row, const std::string& uid, bool may_be_there, bool is_late,
               Expected expected = nullptr);
  Outcome keep(const AttendanceRow& row, const std::string& uid, Expected expected);
  void note_sent(const AttendanceRow& row, const std::string& uid);
  void add_here(const SpooledRow& row, bool sync);
  bool is_wanted(const AttendanceRow& row, const StoreWriter::Result& result) const;
  void look_after_spool();
  void send_what_waits();
  void forget_erased();
  void warn_of_neighbours();
  void check_clock();
  void check_memory_policy();
  const RowsInForce& local();

  StoreUrl url_;
  LogOptions options_;
  std::unique_ptr<StoreLink> link_;
  Spool spool_;
  std::string name_;        // of this log among all that ever write, for the uids of its rows
  std::uint64_t rows_ = 0;  // that have one
  RowsInForce local_;       // what the spool says
  bool is_read_ = false;
  std::optional<FileStamp> read_;       // the spool when local_ was made of it
  std::optional<FileStamp> looked_at_;  // the spool when the server of looked_for_ had all of it
  std::string looked_for_;
  std::string erased_;  // who was, as of the last look at the spool, which was then
  std::optional<FileStamp> forgotten_in_;
  Steady::time_point next_prune_{};
  std::string spool_trouble_;  // last told
  bool is_tried_ = false;
  std::future<Attempt> attempt_;
  Steady::time_point next_try_{}, next_look_{};
  std::optional<std::string> away_because_;  // told; none while the store is here
  std::optional<std::string> waits_because_;
  std::int64_t told_skew_ = 0;   // seconds
  std::string policy_told_for_;  // StoreLink::history()
  bool is_spool_told_ = false, is_neighbourhood_told_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace faceatt
