#include "faceatt/attendance/log_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <stdexcept>
#include <tuple>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/once.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;
constexpr std::uint64_t kTailBytes = 256;
constexpr std::uint64_t kChunk = 4 << 20;       // of a log, read at once
constexpr std::uint64_t kLookAhead = 64 << 10;  // what CsvReader may want of the text after a row, to understand it
constexpr std::uint64_t kLongestRow = 1 << 20;

std::string read_range(int fd, std::uint64_t from, std::uint64_t to) {
  std::string bytes(static_cast<std::size_t>(to - from), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(from + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category());
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

struct stat stat_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw std::system_error(errno, std::generic_category());
  return info;
}

std::uint64_t size_of(const struct stat& info) { return static_cast<std::uint64_t>(info.st_size); }

void sync(int fd) {
  if (::fsync(fd) != 0) throw std::system_error(errno, std::generic_category());
}

std::vector<std::string> new_header(bool chain) {
  std::vector<std::string> header(kAttendanceColumns.begin(), kAttendanceColumns.end());
  if (chain) header.emplace_back(kChainColumn);
  return header;
}

// A header torn by a power cut: nothing else has ever been in the file.
bool is_torn_header(std::string_view text) { return csv_line(new_header(true)).starts_with(text); }

}  // namespace

AttendanceColumns columns_of(const std::vector<std::string>& header, const std::string& name) {
  try {
    return AttendanceColumns(header);
  } catch (const std::invalid_argument& e) {
    throw Error(
        ErrorCode::kCannotRun,
        fmt::format(
            "{}: not an attendance log: its first line has no column '{}'; move the file away or mend its header", name,
            e.what()));
  }
}

// The open, locked log. The path may come to name another file (a spreadsheet saves by renaming) while the lock is
// waited for; then the new one is opened.
class LogFile::Lock {
 public:
  // `create`: O_CREAT, or 0.
  Lock(const LogFile& log, int create) {
    for (;;) {
      fd_ = Descriptor(::open(log.path_.c_str(), O_RDWR | create | O_APPEND | O_CLOEXEC, 0600));
      if (!fd_) log.fail(errno_text(errno));
      while (::flock(fd_.get(), LOCK_EX) != 0) {
        if (errno != EINTR) log.fail("cannot be locked: " + errno_text(errno));
      }
      struct stat named {};
      if (::fstat(fd_.get(), &info_) != 0) log.fail(errno_text(errno));
      if (!S_ISREG(info_.st_mode)) log.fail("not a regular file");
      if (::stat(log.path_.c_str(), &named) == 0 && named.st_ino == info_.st_ino && named.st_dev == info_.st_dev)
        return;
    }
  }
  void unlock() { ::flock(fd_.get(), LOCK_UN); }  // the file stays open
  int fd() const { return fd_.get(); }
  std::uint64_t size() const { return size_of(info_); }

 private:
  Descriptor fd_;
  struct stat info_ {};
};

void LogFile::fail(const std::string& why) const {
  throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", path_.string(), why));
}

auto LogFile::look(int fd, bool is_locked, const auto& how) {
  try {
    return how();
  } catch (const IndexFile::Failure&) {
    do_without_index(fd, is_locked);
    return how();
  }
}

LogFile::Outcome LogFile::append(const AttendanceRow& row, const std::optional<AttendanceRow>* expected) {
  Lock lock(*this, O_CREAT);
  Outcome outcome = Outcome::kNew;
  std::uint64_t rests_on = 0;  // offset of the row that says so
  try {
    refresh(lock.fd(), true);
    if (known_.size < lock.size()) {  // nobody was told that it was written
      warn_of_torn_line(lock.size());
      cut_to_known(lock.fd());
    }
    synced_to_ = std::min(synced_to_, known_.size);
    if (header_text_.empty()) {
      const auto header = new_header(options_.chain);
      set_header(header, csv_line(header) + "\n", ',');
    }
    const AttendanceRow read = read_back(row);
    std::tie(outcome, rests_on) = look(lock.fd(), true, [&] { return judge(lock.fd(), read); });
    if (expected != nullptr) {
      const auto found = look(lock.fd(), true, [&] { return look_up(lock.fd(), key_of(read)); });
      const bool is_expected = found ? *expected && is_same_row(found->row, **expected) : !*expected;
      if (!is_expected) return Outcome::kChanged;
    }
    if (outcome == Outcome::kNew) {
      rests_on = known_.size;
      write_row(lock.fd(), row, read);
    }
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
  const std::uint64_t size = known_.size;
  lock.unlock();
  // Also what others wrote and may not have synced yet.
  if (rests_on >= synced_to_) {
    if (::fsync(lock.fd()) != 0) {
      fail("cannot be synced, so the last rows may not survive power loss: " + errno_text(errno));
    }
    synced_to_ = size;
  }
  return outcome;
}

void LogFile::warn_of_torn_line(std::uint64_t size) {
  warnings_.push_back(fmt::format("{}: removed a torn last line of {} bytes that an interrupted write left",
                                  path_.string(), size - known_.size));
}

// Takes away what follows the rows that are known. Needs no space.
void LogFile::cut_to_known(int fd) {
  if (::ftruncate(fd, static_cast<off_t>(known_.size)) != 0) throw std::system_error(errno, std::generic_category());
  ::fsync(fd);
  know(coverage_of(fd, stat_of(fd), known_.size, known_.last_row));
}

LogFile::Outcome LogFile::check(const AttendanceRow& row) {
  const Descriptor file = open_for_reading();
  if (!file) return Outcome::kNew;
  try {
    refresh(file.get(), false);
    if (header_text_.empty()) return Outcome::kNew;
    return look(file.get(), false, [&] { return judge(file.get(), read_back(row)); }).first;
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
}

std::optional<AttendanceRow> LogFile::find(const AttendanceRow& key) {
  const Descriptor file = open_for_reading();
  if (!file) return std::nullopt;
  try {
    refresh(file.get(), false);
    if (header_text_.empty()) return std::nullopt;
    auto found = look(file.get(), false, [&] { return look_up(file.get(), key_of(read_back(key))); });
    return found ? std::optional(std::move(found->row)) : std::nullopt;
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
}

// Empty when there is no such file.
Descriptor LogFile::open_for_reading() const {
  Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not hang
  if (!file && errno != ENOENT) fail(errno_text(errno));
  struct stat info {};
  if (file && ::fstat(file.get(), &info) != 0) fail(errno_text(errno));
  if (file && !S_ISREG(info.st_mode)) fail("not a regular file");
  return file;
}

bool LogFile::rewrite(const CsvLog::Edit& edit, CsvLog::Links links) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return false;
  const Lock lock(*this, 0);
  try {
    refresh(lock.fd(), false);
    if (known_.size < lock.size()) warn_of_torn_line(lock.size());
    const std::string before = read_range(lock.fd(), 0, lock.size());
    const auto whole = std::string_view(before).substr(0, known_.size);
    std::string after = edit(path_, whole);
    if (links == CsvLog::Links::kMakeRight) after = relinked(whole, after);
    if (after == before) return true;
    remove_index();  // it has hashes of ids; while we hold the lock nobody makes another
    rewrite_file(path_, after);
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
  return true;
}

void LogFile::refresh(int fd, bool is_locked) {
  const struct stat info = stat_of(fd);
  if (size_of(info) > kMaxLogBytes) fail("over 4 GB; start a new log");
  load_header(fd, size_of(info));
  if (header_text_.empty()) return;
  if (known_.inode != info.st_ino || index_path_.empty()) {
    std::error_code error;
    const auto file = std::filesystem::canonical(path_, error);
    index_path_ = error ? "" : file.parent_path() / fmt::format(".{}.index", file.filename().string());
  }
  try {
    catch_up(fd, is_locked);
  } catch (const IndexFile::Failure&) {
    do_without_index(fd, is_locked);
  }
}

void LogFile::do_without_index(int fd, bool is_locked) {
  may_index_ = false;
  if (is_locked) remove_index();
  forget();
  catch_up(fd, is_locked);
}

// Reads the first line when it is not the one that is known; then nothing of what was known holds.
void LogFile::load_header(int fd, std::uint64_t size) {
  if (!header_text_.empty() && read_range(fd, 0, header_text_.size()) == header_text_) return;
  header_text_.clear();
  forget();
  const std::string text = read_range(fd, 0, std::min(size, kLookAhead));
  if (is_torn_header(text)) return;
  CsvReader csv(text);
  auto row = csv.next();
  if (!row) return;
  set_header(row->cells, text.substr(0, csv.position()), csv.delimiter());
}

void LogFile::set_header(const std::vector<std::string>& cells, std::string text, char delimiter) {
  columns_ = columns_of(cells, path_.string());
  delimiter_ = delimiter;
  const auto end = text.find('\n');
  line_end_ = end != std::string::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
  header_text_ = std::move(text);
}

void LogFile::catch_up(int fd, bool is_locked) {
  const bool was_indexed = index_.has_value();
  const bool wants_index = may_index_ && !index_path_.empty() && size_of(stat_of(fd)) >= options_.index_from;
  index_ = wants_index ? IndexFile::open(index_path_, is_locked) : std::nullopt;
  const struct stat info = stat_of(fd);  // after the index was read, which then knows of nothing that is not there
  if (index_ && !still_fits(index_->coverage(), fd, info)) index_.reset();
  const bool is_same = still_fits(known_, fd, info);
  if (!is_same) synced_to_ = 0;
  if (index_) {
    known_ = index_->coverage();
    rows_.clear();
  } else if (was_indexed || !is_same) {
    known_ = coverage_of(fd, info, header_text_.size(), 0);
    rows_.clear();
  }
  read_rows(fd, info);
  if (wants_index && is_locked && !index_) publish_index(info);
}

void LogFile::forget() {
  known_ = {};
  rows_.clear();
  index_.reset();
  synced_to_ = 0;
}

// Whether the file is the one that was covered, with nothing but more rows in it.
bool LogFile::still_fits(const LogCoverage& coverage, int fd, const struct stat& info) const {
  if (coverage.size == 0 || coverage.inode != info.st_ino || coverage.size > size_of(info)) return false;
  const auto now = coverage_of(fd, info, coverage.size, coverage.last_row);
  const bool is_edited = coverage.size == size_of(info) && coverage.mtime_ns != now.mtime_ns;  // in place
  return !is_edited && coverage.tail_hash == now.tail_hash && coverage.header_hash == now.header_hash;
}

LogCoverage LogFile::coverage_of(int fd, const struct stat& info, std::uint64_t size, std::uint64_t last_row) const {
  const std::string tail = read_range(fd, size - std::min(size, kTailBytes), size);
  return {info.st_ino, size, FileStamp::of(info).mtime_ns, fnv1a(tail), fnv1a(header_text_), last_row};
}

// Takes up the rows after those that are known. Afterwards known_.size is the end of the last whole row: less than the
// size of the file when a torn line follows.
void LogFile::read_rows(int fd, const struct stat& info) {
  const std::uint64_t size = size_of(info);
  std::uint64_t at = known_.size, last_row = known_.last_row;
  for (bool torn = false; at < size && !torn;) {
    const std::string text = read_range(fd, at, std::min(size, at + kChunk));
    const bool is_last = at + kChunk >= size;
    CsvReader csv(text, delimiter_);
    std::size_t whole = 0;
    bool more = false;
    while (const auto row = csv.next()) {
      more = !is_last && row->offset + kLookAhead > text.size();
      if (more) break;
      AttendanceRow parsed;
      const bool good = columns_->read(row->cells, parsed);
      torn = is_last && !row->terminated && !(good && columns_->is_whole(row->cells));
      if (torn) break;
      if (good) {
        last_row = at + row->offset;
        note(fd, parsed, last_row);
      }
      whole = csv.position();
    }
    if (!torn && !more) whole = csv.position();  // blank lines at the end, too
    at += whole;
    if (text.empty()) break;  // it became shorter
  }
  if (at == known_.size && FileStamp::of(info).mtime_ns == known_.mtime_ns) return;
  know(coverage_of(fd, info, at, last_row));
}

void LogFile::know(const LogCoverage& coverage) {
  known_ = coverage;
  if (index_ && index_->writable()) index_->cover(coverage);
}

std::vector<std::uint64_t> LogFile::offsets(std::uint64_t hash) const {
  std::vector<std::uint64_t> offsets;
  const auto [first, last] = rows_.equal_range(hash);
  for (auto row = first; row != last; ++row) offsets.push_back(row->second);
  if (index_) {
    const auto more = index_->find(hash);
    offsets.insert(offsets.end(), more.begin(), more.end());
  }
  return offsets;
}

std::optional<AttendanceRow> LogFile::row_at(int fd, std::uint64_t offset) const {
  for (std::uint64_t size = 512;; size *= 8) {
    const std::string text = read_range(fd, offset, offset + size);
    const auto row = CsvReader(text, delimiter_).next();
    AttendanceRow parsed;
    const bool good = row && row->offset == 0 && columns_->read(row->cells, parsed);
    if (good && (row->terminated || text.size() < size)) return parsed;
    if (text.size() < size || size > kLongestRow) return std::nullopt;
  }
}

// The row of an index_key(): the one in force, or the last "out". Each hit is read, so two keys of one hash do no harm.
std::optional<LogFile::Found> LogFile::look_up(int fd, const std::string& key) const {
  for (const std::uint64_t offset : offsets(fnv1a(key))) {
    auto row = row_at(fd, offset);
    if (row && index_key(*row) == key) return Found{offset, std::move(*row)};
  }
  return std::nullopt;
}

// Takes up a row that stands at `offset`.
void LogFile::note(int fd, const AttendanceRow& row, std::uint64_t offset) {
  const std::string key = index_key(row);
  const std::uint64_t hash = fnv1a(key);
  const auto before = look_up(fd, key);
  if (before && (!takes_place(row, &before->row) || before->offset == offset)) return;
  if (index_ && index_->writable()) {
    if (before) {
      index_->replace(hash, before->offset, offset);
    } else {
      index_->add(hash, offset);
    }
    return;
  }
  const auto [first, last] = rows_.equal_range(hash);
  const auto here =
      before ? std::find_if(first, last, [&](const auto& r) { return r.second == before->offset; }) : last;
  if (here != last) {
    here->second = offset;
  } else {
    rows_.emplace(hash, offset);
  }
}

void LogFile::publish_index(const struct stat& info) {
  std::vector<IndexFile::Entry> entries;
  entries.reserve(rows_.size());
  for (const auto& [hash, offset] : rows_) entries.push_back({hash, offset});
  index_ = IndexFile::create(index_path_, entries, known_, info);
  may_index_ = index_.has_value();
  if (may_index_) rows_ = {};
}

void LogFile::remove_index() {
  index_.reset();
  if (index_path_.empty()) return;
  ::unlink(index_path_.c_str());
  ::unlink((index_path_.string() + ".new").c_str());
}

// The row as it will be read from the file: what cannot be written as it is must not be written twice.
AttendanceRow LogFile::read_back(const AttendanceRow& row) const {
  AttendanceRow read;
  const std::string line = csv_line(columns_->write(row), delimiter_, true);
  if (const auto cells = CsvReader(line, delimiter_).next()) columns_->read(cells->cells, read);
  return read;
}

// What becomes of a row, and where the row stands that says so.
std::pair<LogFile::Outcome, std::uint64_t> LogFile::judge(int fd, const AttendanceRow& row) const {
  std::map<std::string, std::optional<Found>> found;
  const auto look = [&](const std::string& key) -> const AttendanceRow* {
    const auto& at = found.insert_or_assign(key, look_up(fd, key)).first->second;
    return at ? &at->row : nullptr;
  };
  const Verdict verdict = faceatt::judge(row, look, options_.punch_interval);
  return {verdict.outcome, verdict.rests_on.empty() ? 0 : found.at(verdict.rests_on)->offset};
}

// `read`: the row as it will be read back.
void LogFile::write_row(int fd, const AttendanceRow& row, const AttendanceRow& read) {
  const std::uint64_t size = known_.size;
  const bool is_new = size == 0;
  std::string bytes;
  if (is_new) {
    bytes = header_text_;
  } else if (read_range(fd, size - 1, size) != "\n") {
    bytes = line_end_;  // an editor left the last line without its end
  }
  const std::uint64_t offset = size + bytes.size();
  AttendanceRow linked = row;
  if (columns_->has_chain()) {
    const auto previous = known_.last_row > 0 ? row_at(fd, known_.last_row) : std::nullopt;
    linked.chain = next_link(previous ? previous->chain : "", read);
  } else if (options_.chain && !std::exchange(is_warned_of_chain_, true)) {
    warnings_.push_back(path_.string() + ": has no column 'chain', so its rows are not chained");
  }
  bytes += csv_line(columns_->write(linked), delimiter_, true) + line_end_;
  try {
    write_all(fd, bytes);
    if (is_new) sync(fd);  // whoever comes next need not think of the folder
  } catch (const std::system_error&) {
    try {
      cut_to_known(fd);  // what may have been written in part
    } catch (const std::system_error&) {
      // The next writer finds a line without its end, and ends it; what is told is why this row could not be written.
    }
    throw;
  }
  if (is_new) sync_folder(path_.parent_path());
  try {
    note(fd, read, offset);
    know(coverage_of(fd, stat_of(fd), size + bytes.size(), offset));
  } catch (const IndexFile::Failure&) {
    remove_index();  // the row is in the log; whoever comes next makes another
    forget();
  }
  if (is_new) synced_to_ = known_.size;
}

}  // namespace faceatt
