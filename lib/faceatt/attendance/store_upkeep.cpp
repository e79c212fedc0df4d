// What StoreLog does besides writing rows: sends what waits, forgets who was erased, looks at clock and server.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "faceatt/attendance/erase_stored.hpp"
#include "faceatt/attendance/store_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr auto kBetweenPrunes = std::chrono::hours(1);
constexpr std::int64_t kKeptSeconds = std::int64_t{24} * 3600;  // of rows that a server has
constexpr std::size_t kMostKept = 50'000;
constexpr std::size_t kSentAtOnce = 500;
constexpr std::int64_t kSkew = 2;  // seconds, from which a clock is called wrong

}  // namespace

// What is on this machine only, and must not be for long. A disk that is full stops no camera.
void StoreLog::look_after_spool() {
  if (options_.reads_only) return;
  try {
    forget_erased();
    send_what_waits();
  } catch (const StoreGone&) {
    throw;
  } catch (const Error& e) {
    if (std::exchange(spool_trouble_, e.what()) != e.what()) warnings_.emplace_back(e.what());
    return;
  }
  spool_trouble_.clear();
}

// Whether a row that others came before is to be written all the same.
bool StoreLog::is_wanted(const AttendanceRow& row, const StoreWriter::Result& result) const {
  const auto look = rows_in(result.found);
  const AttendanceRow* const in_force = look(key_of(row));
  const bool replaces = row.status != kStatusOut && in_force != nullptr && comes_earlier(row, *in_force);
  return replaces || judge(row, look, options_.punch_interval).outcome == Outcome::kNew;
}

// Looks through the spool only when it, or who was erased, has changed.
void StoreLog::forget_erased() {
  std::string erased;
  for (const StoreReply& one : link_->call({"HVALS", StoreKeys(url_.site).erased()}).items) erased += one.text + '\n';
  if (erased == erased_ && spool_.stamp() == forgotten_in_) return;
  if (forget_erased_rows(*link_, spool_) > 0) is_read_ = false;
  erased_ = std::move(erased);
  forgotten_in_ = spool_.stamp();
}

// Sends, in the order in which they were made, the rows that the server of this connection may not have.
void StoreLog::send_what_waits() {
  const auto stamp = spool_.stamp();
  if (stamp == looked_at_ && looked_for_ == link_->history() && Steady::now() < next_prune_) return;
  const auto is_missing = [&](const SpooledRow& row) { return row.server != link_->history(); };
  const std::int64_t now = system_now().unix_seconds;
  const auto is_old = [&](const SpooledRow& row) { return !row.server.empty() && row.sent < now - kKeptSeconds; };
  auto rows = spool_.read();
  const bool is_done =
      std::none_of(rows.begin(), rows.end(), [&](const auto& row) { return is_missing(row) || is_old(row); });
  if (is_done && rows.size() <= kMostKept) {
    looked_at_ = stamp;
    looked_for_ = link_->history();
    next_prune_ = Steady::now() + kBetweenPrunes;
    return;
  }
  const auto lock = spool_.try_lock_sending();
  if (!lock) return;  // another process is at it
  rows = spool_.read();
  std::unordered_set<std::string> sent;
  std::size_t waited = 0;
  StoreWriter writer(*link_);
  std::vector<const SpooledRow*> together;
  std::set<std::string> keys;
  const auto flush = [&] {
    std::vector<StoreWriter::Write> writes;
    writes.reserve(together.size());
    for (const SpooledRow* one : together) writes.push_back(StoreWriter::first_write(one->row, one->uid));
    const auto results = writer.write(writes);
    for (std::size_t i = 0; i < together.size(); ++i) {
      const SpooledRow& one = *together[i];
      if (results[i].entry.empty() && is_wanted(one.row, results[i])) send(one.row, one.uid, true, true);
      sent.insert(one.uid);
      waited += one.server.empty();
    }
    together.clear();
    keys.clear();
  };
  for (const SpooledRow& one : rows) {
    if (!is_missing(one)) continue;
    // What rests on each other is sent one after the other.
    const bool is_of_session = one.row.id == kWholeSession;
    if (together.size() == kSentAtOnce || is_of_session || keys.contains(key_of(one.row))) flush();
    together.push_back(&one);
    keys.insert(key_of(one.row));
    if (is_of_session) flush();
  }
  flush();
  std::unordered_set<std::string> seen;  // send() notes rows, too
  const std::size_t damaged = spool_.update([&](std::vector<SpooledRow>& all) {
    for (SpooledRow& row : all) {
      if (!sent.contains(row.uid)) continue;
      row.server = link_->history();
      row.sent = now;
    }
    const std::size_t many = all.size() > kMostKept ? all.size() - kMostKept : 0;
    std::size_t at = 0;
    std::erase_if(all, [&](const SpooledRow& row) {
      const bool is_much = at++ < many && !row.server.empty();
      return is_much || is_old(row) || !seen.insert(row.uid).second;
    });
  });
  if (damaged > 0) {
    warnings_.push_back(fmt::format("{0}: {1} damaged, kept in {0}.damaged", spool_.file().string(),
                                    damaged == 1 ? "1 line is" : fmt::format("{} lines are", damaged)));
  }
  if (waited > 0) {
    warnings_.push_back(fmt::format("{} that waited {} in the store now",
                                    waited == 1 ? "1 mark" : fmt::format("{} marks", waited),
                                    waited == 1 ? "is" : "are"));
  }
}

// Marks that wait for another address of the same site: one that was mistyped, or has changed since.
void StoreLog::warn_of_neighbours() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path mine = spool_.folder();
  for (fs::directory_iterator at(mine.parent_path(), error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (at->path() == mine || name.size() != mine.filename().string().size() || !name.starts_with(url_.site + "-"))
      continue;
    try {
      const auto rows = Spool(at->path()).read();
      const auto waiting = std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.server.empty(); });
      if (waiting == 0) continue;
      const std::string file = (at->path() / "marks.csv").string();
      warnings_.push_back(
          fmt::format("{} for another address of this site in {}; to put them into this store: "
                      "faceatt-report --import {}, and then remove the file",
                      waiting == 1 ? "1 mark waits" : fmt::format("{} marks wait", waiting), file, file));
    } catch (const Error&) {  // another user's
    }
  }
}

void StoreLog::check_clock() {
  const auto asked = Steady::now();
  const auto time = link_->call({"TIME"});
  const auto half = std::chrono::duration<double>(Steady::now() - asked).count() / 2;
  if (time.items.size() != 2) return;
  const auto number = [](const std::string& text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  const double theirs = number(time.items[0].text) + number(time.items[1].text) / 1e6 + half;
  const double ours = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const auto skew = static_cast<std::int64_t>(ours - theirs);
  const bool is_wrong = std::abs(skew) > kSkew;
  if (is_wrong && std::abs(skew - told_skew_) > kSkew) {
    warnings_.push_back(fmt::format("this machine's clock is {} s {} the store's; times of marks are this machine's",
                                    std::abs(skew), skew > 0 ? "ahead of" : "behind"));
  }
  told_skew_ = is_wrong ? skew : 0;
}

// A server that is a cache would throw attendance away.
void StoreLog::check_memory_policy() {
  if (std::exchange(policy_told_for_, link_->history()) == link_->history()) return;
  const std::string memory = link_->call({"INFO", "memory"}).text;
  if (memory.find("maxmemory_policy:allkeys") == std::string::npos) return;
  warnings_.push_back(url_.text() +
                      ": the server drops keys when its memory is full (maxmemory-policy allkeys-*), attendance among "
                      "them; set maxmemory-policy noeviction");
}

}  // namespace faceatt
