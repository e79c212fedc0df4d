#include "faceatt/attendance/store_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>
#include <system_error>
#include <unordered_set>
#include <utility>

#include "faceatt/attendance/erase_stored.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

// A mark that the network swallows must not hold up a camera for long.
constexpr StoreTimeouts kTimeouts{std::chrono::milliseconds(1000), std::chrono::milliseconds(1500)};
constexpr auto kAtOnce = std::chrono::milliseconds(300);
constexpr auto kBetweenTries = std::chrono::seconds(1);
constexpr auto kBetweenLooks = std::chrono::seconds(1);  // whether another process left something in the spool
constexpr std::int64_t kKeptSeconds = 24 * 3600;         // of rows that a server has
constexpr std::size_t kMostKept = 50'000;
constexpr auto kBetweenPrunes = std::chrono::hours(1);
constexpr std::size_t kSentAtOnce = 500;
constexpr std::int64_t kSkew = 2;  // seconds, from which a clock is called wrong
constexpr int kMostRounds = 20;    // of judging a row while others write the same

std::string random_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", std::uint32_t{random()}, std::uint32_t{random()}, std::uint32_t{random()});
}

bool may_repeat(const AttendanceRow& row) { return row.is_manual() || row.status == kStatusOut; }

bool is_same_row(const AttendanceRow& a, const AttendanceRow& b) {
  const auto x = cells_of(a), y = cells_of(b);
  return std::equal(x.begin(), x.end(), y.begin(), [](const auto* c, const auto* d) { return *c == *d; });
}

std::int64_t instant_of(const AttendanceRow& row) {
  const auto time = try_parse_time(row.time);
  return time ? time->unix_seconds : 0;
}

bool came(const AttendanceRow& row) { return row.status == "present" || row.status == "late"; }

// Whether a machine's row that was made earlier, but comes later, is to take the place of the one in force.
bool is_earlier(const AttendanceRow& row, const AttendanceRow& in_force) {
  return !row.is_manual() && !in_force.is_manual() && came(row) && came(in_force) && instant_of(row) > 0 &&
         instant_of(row) < instant_of(in_force);
}

// A row without a first guess: what it is judged by is looked up, in one step with writing it.
StoreWriter::Write write_of(const AttendanceRow& row, const std::string& uid) {
  StoreWriter::Write write{row, {}, may_repeat(row) ? uid : "", ""};
  if (row.is_manual()) return write;
  write.expects[key_of(row)] = "";
  if (row.status == kStatusOut) {
    write.expects[out_key(row)] = "";
  } else if (row.id != kWholeSession) {
    write.expects[session_key(row)] = "";
  }
  return write;
}

LookUp look_in(const std::map<std::string, StoredRow>& found) {
  return [&found](const std::string& index_key) -> const AttendanceRow* {
    const auto at = found.find(index_key);
    return at == found.end() ? nullptr : &at->second.row;
  };
}

}  // namespace

StoreLog::StoreLog(StoreUrl url, std::filesystem::path spool, const LogOptions& options)
    : url_(std::move(url)),
      options_(options),
      link_(std::make_unique<StoreLink>(url_, kTimeouts)),
      spool_(std::move(spool)),
      name_(random_name()) {}

StoreLog::~StoreLog() = default;

// Whether the store can be asked. It is waited for once; after that, a thread tries.
bool StoreLog::is_here() {
  if (link_->is_connected()) return true;
  if (!std::exchange(is_tried_, true)) {
    try {
      link_->connect();
      greet();
      return true;
    } catch (const StoreGone& e) {
      lose(e.what());
      return false;
    }
  }
  if (attempt_.valid()) {
    if (attempt_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
    Attempt attempt = attempt_.get();
    if (!attempt.link) {
      lose(attempt.why);
      return false;
    }
    link_ = std::move(attempt.link);
    try {
      greet();
      return true;
    } catch (const StoreGone& e) {
      lose(e.what());
      return false;
    }
  }
  if (Steady::now() < next_try_) return false;
  attempt_ = std::async(std::launch::async, [url = url_] {
    Attempt attempt;
    try {
      auto link = std::make_unique<StoreLink>(url, kTimeouts);
      link->connect();
      attempt.link = std::move(link);
    } catch (const std::exception& e) {
      attempt.why = e.what();
    }
    return attempt;
  });
  return false;
}

// What is to be done once there is a connection.
void StoreLog::greet() {
  if (options_.checks_clock) check_clock();
  check_memory_policy();
  look_after_spool();
  if (!std::exchange(is_neighbourhood_told_, true)) warn_of_neighbours();
  if (std::exchange(away_because_, std::nullopt)) warnings_.push_back("the store is back; what was marked is in it");
}

void StoreLog::lose(const std::string& why) {
  link_->close();
  next_try_ = Steady::now() + kBetweenTries;
  if (!away_because_) {
    warnings_.push_back(fmt::format("the store cannot be used: {}; marks are kept in {}", why, spool_.file().string()));
  }
  away_because_ = why;
}

// Runs `work(may_be_done)` over the connection: again when it turns out at once to be an old one. False: the store is
// away.
template <typename Work>
bool StoreLog::with_store(const Work& work) {
  if (!is_here()) return false;
  const auto begin = Steady::now();
  try {
    work(false);
    return true;
  } catch (const StoreGone& e) {
    if (Steady::now() - begin > kAtOnce) {  // no reply: whoever waits for us has waited long enough
      lose(e.what());
      return false;
    }
  }
  try {
    link_->connect();
    greet();
    work(true);
    return true;
  } catch (const Error& e) {  // also a password that was changed meanwhile
    lose(e.what());
    return false;
  }
}

StoreLog::Outcome StoreLog::append(const AttendanceRow& given) {
  const AttendanceRow row = as_stored(given);
  const std::string uid = fmt::format("{}-{}", name_, ++rows_);
  waits_because_.reset();
  Outcome outcome = Outcome::kNew;
  if (with_store([&](bool again) { outcome = send(row, uid, again, false); })) return outcome;
  return keep(row, uid);
}

// `may_be_there`: it was sent before, and whether it arrived is not known. `is_late`: others may have written since it
// was made.
StoreLog::Outcome StoreLog::send(const AttendanceRow& row, const std::string& uid, bool may_be_there, bool is_late) {
  StoreWriter writer(*link_);
  StoreWriter::Write write = write_of(row, uid);
  const std::string key = key_of(row);
  for (int round = 0; round < kMostRounds; ++round) {
    const auto result = std::move(writer.write({write}).front());
    if (!result.entry.empty()) {
      note_sent(row, uid);
      return Outcome::kNew;
    }
    const auto look = look_in(result.found);
    const AttendanceRow* const in_force = look(key);
    if (may_be_there && in_force != nullptr && is_same_row(*in_force, row)) {
      note_sent(row, uid);
      return Outcome::kNew;
    }
    const Verdict verdict = judge(row, look, options_.punch_interval);
    const bool replaces = verdict.outcome == Outcome::kAlready && is_late && in_force != nullptr &&
                          row.status != kStatusOut && is_earlier(row, *in_force);
    if (verdict.outcome != Outcome::kNew && !replaces) return verdict.outcome;
    for (auto& [index_key, entry] : write.expects) entry = result.entries.at(index_key);
    write.drop = replaces ? result.found.at(key).entry : "";
  }
  throw Error(ErrorCode::kCannotRun, url_.text() + ": too many write the same row at once");
}

// That the row is in the store does not hang on it.
void StoreLog::note_sent(const AttendanceRow& row, const std::string& uid) {
  try {
    add_here({uid, link_->run_id(), system_now().unix_seconds, row}, false);
  } catch (const Error& e) {
    if (!std::exchange(is_spool_told_, true)) warnings_.push_back(std::string(e.what()) + "; the row is in the store");
  }
}

StoreLog::Outcome StoreLog::keep(const AttendanceRow& row, const std::string& uid) {
  const RowsInForce& known = local();
  const auto look = [&](const std::string& key) { return known.look_up(key); };
  const Verdict verdict = judge(row, look, options_.punch_interval);
  if (verdict.outcome != Outcome::kNew) return verdict.outcome;
  add_here({uid, "", 0, row}, true);
  waits_because_ = away_because_.value_or("the store is away");
  return Outcome::kNew;
}

void StoreLog::add_here(const SpooledRow& row, bool sync) {
  const bool is_known = is_read_ && spool_.stamp() == read_;
  spool_.add(row, sync);
  local_.add(row.row);
  read_ = spool_.stamp();
  is_read_ = is_known;  // else others wrote what is not in local_
}

const RowsInForce& StoreLog::local() {
  if (!is_read_ || spool_.stamp() != read_) {
    read_ = spool_.stamp();
    local_.clear();
    for (const SpooledRow& spooled : spool_.read()) local_.add(spooled.row);
    is_read_ = true;
  }
  return local_;
}

StoreLog::Outcome StoreLog::check(const AttendanceRow& given) {
  const AttendanceRow row = as_stored(given);
  std::map<std::string, StoredRow> found;
  const bool is_told = with_store([&](bool) {
    found = StoreWriter(*link_).look_up(row.date, {key_of(row), out_key(row), session_key(row)});
  });
  if (!is_told) {
    const RowsInForce& known = local();
    return judge(
               row, [&](const std::string& key) { return known.look_up(key); }, options_.punch_interval)
        .outcome;
  }
  return judge(row, look_in(found), options_.punch_interval).outcome;
}

std::optional<AttendanceRow> StoreLog::find(const AttendanceRow& given) {
  const AttendanceRow key = as_stored(given);
  const std::string wanted = key_of(key);
  std::map<std::string, StoredRow> found;
  if (with_store([&](bool) { found = StoreWriter(*link_).look_up(key.date, {wanted}); })) {
    const auto at = found.find(wanted);
    return at == found.end() ? std::nullopt : std::optional(std::move(at->second.row));
  }
  const AttendanceRow* const row = local().look_up(wanted);
  return row == nullptr ? std::nullopt : std::optional(*row);
}

std::vector<AttendanceRow> StoreLog::rows_of(const std::string& date, const std::string& id) {
  std::vector<AttendanceRow> rows;
  if (with_store([&](bool) { rows = stored_rows_of(*link_, date, id); })) return rows;
  for (const SpooledRow& spooled : spool_.read()) {
    if (spooled.row.date == date && to_nfc(spooled.row.id) == id) rows.push_back(spooled.row);
  }
  return rows;
}

void StoreLog::tend() {
  if (!is_here() || Steady::now() < next_look_) return;
  next_look_ = Steady::now() + kBetweenLooks;
  try {
    look_after_spool();
  } catch (const StoreGone& e) {
    lose(e.what());
  }
}

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

std::vector<std::string> StoreLog::take_warnings() { return std::exchange(warnings_, {}); }

std::size_t StoreLog::send_all() {
  is_tried_ = true;
  link_->connect();
  greet();
  return waiting();
}

std::size_t StoreLog::waiting() const {
  const auto rows = spool_.read();
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const SpooledRow& row) { return row.server.empty(); }));
}

// Whether a row that others came before is to be written all the same.
bool StoreLog::is_wanted(const AttendanceRow& row, const StoreWriter::Result& result) const {
  const auto look = look_in(result.found);
  const AttendanceRow* const in_force = look(key_of(row));
  const bool replaces = row.status != kStatusOut && in_force != nullptr && is_earlier(row, *in_force);
  return replaces || judge(row, look, options_.punch_interval).outcome == Outcome::kNew;
}

void StoreLog::forget_erased() {
  if (forget_erased_rows(*link_, spool_) > 0) is_read_ = false;
}

// Sends, in the order in which they were made, the rows that the server of this connection may not have.
void StoreLog::send_what_waits() {
  const auto stamp = spool_.stamp();
  if (stamp == looked_at_ && looked_for_ == link_->run_id() && Steady::now() < next_prune_) return;
  const auto is_missing = [&](const SpooledRow& row) { return row.server != link_->run_id(); };
  const std::int64_t now = system_now().unix_seconds;
  const auto is_old = [&](const SpooledRow& row) { return !row.server.empty() && row.sent < now - kKeptSeconds; };
  auto rows = spool_.read();
  const bool is_done =
      std::none_of(rows.begin(), rows.end(), [&](const auto& row) { return is_missing(row) || is_old(row); });
  if (is_done && rows.size() <= kMostKept) {
    looked_at_ = stamp;
    looked_for_ = link_->run_id();
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
    for (const SpooledRow* one : together) writes.push_back(write_of(one->row, one->uid));
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
      row.server = link_->run_id();
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
  const double theirs = std::atof(time.items[0].text.c_str()) + std::atof(time.items[1].text.c_str()) / 1e6 + half;
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
  if (std::exchange(policy_told_for_, link_->run_id()) == link_->run_id()) return;
  const std::string memory = link_->call({"INFO", "memory"}).text;
  if (memory.find("maxmemory_policy:allkeys") == std::string::npos) return;
  warnings_.push_back(url_.text() +
                      ": the server drops keys when its memory is full (maxmemory-policy allkeys-*), attendance among "
                      "them; set maxmemory-policy noeviction");
}

}  // namespace faceatt
