#include "faceatt/attendance/store_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <utility>

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
constexpr int kMostRounds = 20;                          // of judging a row while others write the same

std::string random_name() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}", std::uint32_t{random()}, std::uint32_t{random()}, std::uint32_t{random()});
}

bool is_expected(const AttendanceRow* in_force, const std::optional<AttendanceRow>& expected) {
  return in_force != nullptr ? expected && is_same_row(*in_force, *expected) : !expected;
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
    } catch (const Error& e) {
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
  if (std::exchange(away_because_, std::nullopt)) warnings_.emplace_back("the store is back; what was marked is in it");
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

StoreLog::Outcome StoreLog::append(const AttendanceRow& row) { return append(row, nullptr); }

StoreLog::Outcome StoreLog::append_after(const AttendanceRow& row, const std::optional<AttendanceRow>& in_force) {
  return append(row, &in_force);
}

StoreLog::Outcome StoreLog::append(const AttendanceRow& given, Expected expected) {
  const AttendanceRow row = as_stored(given);
  const std::string uid = fmt::format("{}-{}", name_, ++rows_);
  waits_because_.reset();
  Outcome outcome = Outcome::kNew;
  if (with_store([&](bool again) { outcome = send(row, uid, again, false, expected); })) return outcome;
  return keep(row, uid, expected);
}

// `may_be_there`: it was sent before, and whether it arrived is not known. `is_late`: others may have written since it
// was made.
StoreLog::Outcome StoreLog::send(const AttendanceRow& row, const std::string& uid, bool may_be_there, bool is_late,
                                 Expected expected) {
  StoreWriter writer(*link_);
  StoreWriter::Write write = StoreWriter::first_write(row, uid);
  const std::string key = key_of(row);
  if (expected != nullptr) write.expects[key] = "";
  for (int round = 0; round < kMostRounds; ++round) {
    const auto result = std::move(writer.write({write}).front());
    if (!result.entry.empty()) {
      note_sent(row, uid);
      return Outcome::kNew;
    }
    const auto look = rows_in(result.found);
    const AttendanceRow* const in_force = look(key);
    if (may_be_there && in_force != nullptr && is_same_row(*in_force, row)) {
      note_sent(row, uid);
      return Outcome::kNew;
    }
    if (expected != nullptr && !is_expected(in_force, *expected)) return Outcome::kChanged;
    const Verdict verdict = judge(row, look, options_.punch_interval);
    const bool replaces = verdict.outcome == Outcome::kAlready && is_late && in_force != nullptr &&
                          row.status != kStatusOut && comes_earlier(row, *in_force);
    if (verdict.outcome != Outcome::kNew && !replaces) return verdict.outcome;
    for (auto& [index_key, entry] : write.expects) entry = result.entries.at(index_key);
    write.drop = replaces ? result.found.at(key).entry : "";
  }
  throw Error(ErrorCode::kCannotRun, url_.text() + ": too many write the same row at once");
}

// That the row is in the store does not hang on it.
void StoreLog::note_sent(const AttendanceRow& row, const std::string& uid) {
  try {
    add_here({uid, link_->history(), system_now().unix_seconds, row}, false);
  } catch (const Error& e) {
    if (!std::exchange(is_spool_told_, true)) warnings_.push_back(std::string(e.what()) + "; the row is in the store");
  }
}

StoreLog::Outcome StoreLog::keep(const AttendanceRow& row, const std::string& uid, Expected expected) {
  const RowsInForce& known = local();
  if (expected != nullptr && !is_expected(known.look_up(key_of(row)), *expected)) return Outcome::kChanged;
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
  return judge(row, rows_in(found), options_.punch_interval).outcome;
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

std::vector<std::string> StoreLog::take_warnings() { return std::exchange(warnings_, {}); }

std::size_t StoreLog::send_all() {
  is_tried_ = true;
  link_->connect();
  greet();
  const auto rows = spool_.read();
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const SpooledRow& row) { return row.server != link_->history(); }));
}

std::size_t StoreLog::waiting() const {
  const auto rows = spool_.read();
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [](const SpooledRow& row) { return row.server.empty(); }));
}

}  // namespace faceatt
