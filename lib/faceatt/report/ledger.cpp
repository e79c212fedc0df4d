#include "faceatt/report/ledger.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <system_error>

#include "faceatt/attendance/log_file.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kChunk = 1 << 20;       // bytes read at once
constexpr std::size_t kLookAhead = 64 << 10;  // what a row with quotes may want of the text after it
constexpr std::size_t kMaxWarnings = 5;
constexpr std::array<const char*, 7> kNames = {"present", "late", "absent", "excused", "void", "out", "ended"};

int digits(std::string_view text, std::size_t at) {
  const int tens = text[at] - '0', ones = text[at + 1] - '0';
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

struct Instant {
  std::int64_t unix_seconds = kNoTime;
  std::int32_t offset = 0;
};

// Of a time as it is written by us, "2026-11-21T08:59:58+01:00"; others are read by try_parse_time(). `day` is that of
// `date`, which the time mostly begins with.
Instant instant_of(std::string_view time, std::string_view date, std::int32_t day) {
  constexpr std::size_t kLength = std::string_view("2026-11-21T08:59:58+01:00").size();
  if (time.size() == kLength && time[10] == 'T' && time[13] == ':' && time[16] == ':' &&
      (time[19] == '+' || time[19] == '-')) {
    const auto own = time.substr(0, 10) == date ? std::optional(day) : day_of(time.substr(0, 10));
    const int h = digits(time, 11), m = digits(time, 14), s = digits(time, 17);
    const int oh = digits(time, 20), om = digits(time, 23);
    if (own && h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s < 60 && oh >= 0 && om >= 0) {
      const int offset = (time[19] == '-' ? -1 : 1) * (oh * 3600 + om * 60);
      return {std::int64_t{*own} * 86400 + (h * 3600 + m * 60 + s - offset), offset};
    }
  }
  const auto parsed = try_parse_time(time);
  return parsed ? Instant{parsed->unix_seconds, parsed->offset_seconds} : Instant{};
}

// Of a note like "12 min late" or "12 min late; bus".
std::int32_t late_minutes_of(std::string_view note) {
  std::int32_t minutes = -1;
  const auto [end, error] = std::from_chars(note.data(), note.data() + note.size(), minutes);
  const auto rest = note.substr(static_cast<std::size_t>(end - note.data()));
  return error == std::errc{} && rest.starts_with(" min late") ? minutes : -1;
}

}  // namespace

std::optional<Status> parse_status(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Status>(found - kNames.begin());
}

const char* name_of(Status status) { return kNames[static_cast<std::size_t>(status)]; }

std::optional<std::int32_t> day_of(std::string_view date) {
  if (!is_date(date)) return std::nullopt;
  const std::chrono::year_month_day parsed{std::chrono::year{digits(date, 0) * 100 + digits(date, 2)},
                                           std::chrono::month{static_cast<unsigned>(digits(date, 5))},
                                           std::chrono::day{static_cast<unsigned>(digits(date, 8))}};
  return static_cast<std::int32_t>(std::chrono::sys_days{parsed}.time_since_epoch().count());
}

std::string date_of(std::int32_t day) { return LocalTime{std::int64_t{day} * 86400, 0}.date(); }

// The cells that count, as views into the text.
struct Ledger::Cells {
  std::string_view date, time, id, name, session, status, source, note;
};

// Rows of one log, piece by piece.
class Ledger::Reader {
 public:
  Reader(Ledger& ledger, const std::string& name, std::vector<std::string>& warnings)
      : ledger_(ledger), name_(name), warnings_(warnings) {}

  // Takes what it can of `text`; the number of bytes. `is_last`: nothing comes after them.
  std::size_t take(std::string_view text, bool is_last) {
    std::size_t at = 0;
    if (!has_header_) {
      at = take_header(text);
      if (!has_header_) return at;
    }
    const std::size_t limit = is_last ? text.size() : text.size() - std::min(text.size(), kLookAhead);
    while (at < limit) {
      const char* const begin = text.data() + at;
      const auto* end = static_cast<const char*>(std::memchr(begin, '\n', text.size() - at));
      if (end == nullptr) end = text.data() + text.size();
      ++line_;
      const std::string_view line(begin, static_cast<std::size_t>(end - begin));
      if (line.size() >= kMostCells || line.find('"') != std::string_view::npos) {
        at += take_quoted(text.substr(at));
        continue;
      }
      at = std::min(text.size(), at + line.size() + 1);
      take_plain(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    }
    return at;
  }

  void finish() {
    if (damaged_ > kMaxWarnings) warnings_.push_back(fmt::format("{}: {} damaged lines in all", name_, damaged_));
  }

 private:
  std::size_t take_header(std::string_view text) {
    CsvReader csv(text);
    const auto header = csv.next();
    if (!header) return text.size();
    const AttendanceColumns columns = columns_of(header->cells, name_);
    for (std::size_t c = 0; c < places_.size(); ++c) {
      places_[c] = columns.index_of(kWanted[c]);
      fields_ = std::max(fields_, places_[c] + 1);
    }
    cells_.resize(static_cast<std::size_t>(fields_));
    delimiter_ = csv.delimiter();
    line_ = static_cast<std::size_t>(
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(csv.position()), '\n'));
    has_header_ = true;
    return csv.position();
  }

  // With cells in quotes, by the rules of CsvReader. The bytes that it took.
  std::size_t take_quoted(std::string_view text) {
    CsvReader csv(text, delimiter_);
    const auto row = csv.next();
    if (!row) return text.size();
    std::vector<std::string_view> cells(row->cells.begin(), row->cells.end());
    cells.resize(std::max(cells.size(), static_cast<std::size_t>(fields_)));
    take_row(cells.data());
    const auto taken = text.substr(0, csv.position());
    line_ += static_cast<std::size_t>(std::max<std::ptrdiff_t>(std::count(taken.begin(), taken.end(), '\n') - 1, 0));
    return csv.position();
  }

  void take_plain(std::string_view line) {
    if (line.empty()) return;
    std::fill(cells_.begin(), cells_.end(), std::string_view());
    const char* at = line.data();
    const char* const end = at + line.size();
    for (std::size_t c = 0; c < cells_.size() && at <= end; ++c) {
      const auto* next = static_cast<const char*>(std::memchr(at, delimiter_, static_cast<std::size_t>(end - at)));
      if (next == nullptr) next = end;
      cells_[c] = {at, static_cast<std::size_t>(next - at)};
      at = next + 1;
    }
    take_row(cells_.data());
  }

  void take_row(const std::string_view* cells) {
    const auto cell = [&](std::size_t c) { return places_[c] < 0 ? std::string_view() : cells[places_[c]]; };
    if (ledger_.add_row({cell(0), cell(1), cell(2), cell(3), cell(4), cell(5), cell(6), cell(7)})) return;
    ++ledger_.damaged_;
    if (++damaged_ <= kMaxWarnings) {
      warnings_.push_back(fmt::format("{}:{}: not an attendance row; left out", name_, line_));
    }
  }

  static constexpr std::array<std::size_t, 8> kWanted = {0, 1, 2, 3, 4, 5, 6, 9};  // of kAttendanceColumns

  Ledger& ledger_;
  const std::string& name_;
  std::vector<std::string>& warnings_;
  bool has_header_ = false;
  char delimiter_ = ',';
  std::array<int, 8> places_{};
  int fields_ = 0;                       // that are looked at
  std::vector<std::string_view> cells_;  // as many, of the line at hand
  std::size_t line_ = 0, damaged_ = 0;
};

void Ledger::add_file(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  const auto fail = [&](const std::string& why) { return Error(ErrorCode::kCannotRun, file.string() + ": " + why); };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw fail("is a folder");
  const Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!open) throw fail(errno_text(errno));
  add_stream(open.get(), file.string(), warnings);
}

void Ledger::add_stream(int fd, const std::string& name, std::vector<std::string>& warnings) {
  Reader reader(*this, name, warnings);
  std::string text;
  for (bool is_last = false; !is_last;) {
    const std::size_t kept = text.size();
    text.resize(kept + kChunk);
    ssize_t n = 0;
    do {
      n = ::read(fd, text.data() + kept, kChunk);
    } while (n < 0 && errno == EINTR);
    if (n < 0) throw Error(ErrorCode::kCannotRun, name + ": " + errno_text(errno));
    text.resize(kept + static_cast<std::size_t>(n));
    is_last = n == 0;
    if (!is_last && text.size() < 2 * kLookAhead) continue;
    text.erase(0, reader.take(text, is_last));
  }
  reader.finish();
}

void Ledger::add_row(const AttendanceRow& r) {
  damaged_ += !add_row(Cells{r.date, r.time, r.id, r.name, r.session, r.status, r.source, r.note});
}

// False when it is no row.
bool Ledger::add_row(const Cells& cells) {
  if (last_date_.empty() || cells.date != last_date_) {
    const auto day = day_of(cells.date);
    if (!day) return false;
    last_date_ = cells.date;
    last_day_ = *day;
  }
  const auto status = parse_status(cells.status);
  if (!status || cells.id.empty()) return false;
  ++rows_;
  if (last_day_ < filter_.from || last_day_ > filter_.to || cells.id == kWholeSession) return true;
  const std::uint32_t person = person_of(cells.id);
  if (!cells.name.empty() && people_[person].name != cells.name) people_[person].name = cells.name;
  LedgerEntry& entry = entry_of(last_day_, session_of(cells.session), person);
  if (*status == Status::kOut) {
    entry.out = std::max(entry.out, instant_of(cells.time, cells.date, last_day_).unix_seconds);
    return true;
  }
  const bool is_manual = cells.source.starts_with("manual:");
  if (!is_manual && !entry.is_free) return true;
  entry.status = *status;
  entry.is_manual = is_manual;
  entry.is_free = is_manual && *status == Status::kVoid && is_undo_note(cells.note);
  entry.late_minutes = *status == Status::kLate ? late_minutes_of(cells.note) : -1;
  entry.in = kNoTime;
  if (*status == Status::kPresent || *status == Status::kLate) {
    const Instant in = instant_of(cells.time, cells.date, last_day_);
    entry.in = in.unix_seconds;
    entry.in_offset = in.offset;
  }
  return true;
}

void Ledger::expect(std::int32_t day, const std::string& session, const std::string& id) {
  if (day < filter_.from || day > filter_.to) return;
  LedgerEntry& entry = entry_of(day, session_of(session), person_of(id));
  if (entry.status == Status::kVoid && entry.out == kNoTime) entry.status = Status::kAbsent;
}

void Ledger::set_name(const std::string& id, const std::string& name) {
  const auto known = person_numbers_.find(id);
  if (known != person_numbers_.end() && people_[known->second].name.empty()) people_[known->second].name = name;
}

std::uint32_t Ledger::person_of(std::string_view id) {
  if (const auto known = person_numbers_.find(id); known != person_numbers_.end()) return known->second;
  const auto [at, is_new] = person_numbers_.try_emplace(to_nfc(id), static_cast<std::uint32_t>(people_.size()));
  if (is_new) people_.push_back({std::string(id), {}});
  const std::uint32_t number = at->second;
  person_numbers_.try_emplace(std::string(id), number);
  return number;
}

std::uint32_t Ledger::session_of(std::string_view name) {
  if (name == last_session_ && !sessions_.empty()) return last_session_number_;
  auto known = session_numbers_.find(name);
  if (known == session_numbers_.end()) {
    const auto [at, is_new] = session_numbers_.try_emplace(to_nfc(name), static_cast<std::uint32_t>(sessions_.size()));
    if (is_new) sessions_.emplace_back(name);
    known = session_numbers_.try_emplace(std::string(name), at->second).first;
  }
  last_session_ = name;
  return last_session_number_ = known->second;
}

LedgerEntry& Ledger::entry_of(std::int32_t day, std::uint32_t session, std::uint32_t person) {
  const std::uint64_t block_key = std::uint64_t{static_cast<std::uint32_t>(day)} << 32 | session;
  if (block_key != last_block_key_) {
    last_block_ =
        block_numbers_.try_emplace(block_key, static_cast<std::uint32_t>(block_numbers_.size())).first->second;
    last_block_key_ = block_key;
  }
  const std::uint64_t page_key = std::uint64_t{last_block_} << 32 | person / 16;
  const auto [page, is_new] = page_numbers_.try_emplace(page_key, static_cast<std::uint32_t>(pages_.size()));
  if (is_new) pages_.emplace_back();
  std::uint32_t& number = pages_[page->second].entries[person % 16];
  if (number == 0) {
    LedgerEntry entry;
    entry.person = person;
    entry.session = session;
    entry.day = day;
    entries_.push_back(entry);
    number = static_cast<std::uint32_t>(entries_.size());
  }
  return entries_[number - 1];
}

}  // namespace faceatt
