#include "faceatt/attendance/log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;
constexpr std::size_t kTailBytes = 256;
constexpr std::size_t kMaxWarnings = 5;

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

std::int64_t mtime_ns_of(int fd) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) throw std::system_error(errno, std::generic_category());
  return std::int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
}

// The key of the row as it will be read back: what cannot be written as it is must not be written twice.
std::string written_key_of(AttendanceRow row) {
  for (std::string* cell : cells_of(row)) {
    *cell = printable(*cell);
    if (looks_like_formula(*cell)) cell->insert(0, 1, '\'');
  }
  return key_of(row);
}

std::vector<std::string> default_header() { return {kAttendanceColumns.begin(), kAttendanceColumns.end()}; }

// Throws Error(kCannotRun): the header is what makes a file an attendance log.
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

}  // namespace

// The open, locked log. The path may come to name another file (a spreadsheet saves by renaming) while the lock is
// waited for; then the new one is opened.
class AttendanceLog::Lock {
 public:
  // `create`: O_CREAT, or 0.
  Lock(const AttendanceLog& log, int create) {
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
  int fd() const { return fd_.get(); }
  std::uint64_t inode() const { return info_.st_ino; }
  std::uint64_t size() const { return static_cast<std::uint64_t>(info_.st_size); }

 private:
  Descriptor fd_;
  struct stat info_ {};
};

void AttendanceLog::fail(const std::string& why) const {
  throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", path_.string(), why));
}

AttendanceLog::Outcome AttendanceLog::append(const AttendanceRow& row) {
  const Lock lock(*this, O_CREAT);
  std::uint64_t size = lock.size();
  try {
    remember(lock);
    if (read_to_ < size) {  // a torn last line: nobody was told that it was written
      warnings_.push_back(fmt::format("{}: removed a torn last line of {} bytes that an interrupted write left",
                                      path_.string(), size - read_to_));
      if (::ftruncate(lock.fd(), static_cast<off_t>(read_to_)) != 0) fail(errno_text(errno));
      size = read_to_;
    }
    if (!row.is_manual() && keys_.contains(written_key_of(row))) return Outcome::kAlready;
    write_line(lock.fd(), size, row, size == 0);
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
  return Outcome::kNew;
}

bool AttendanceLog::rewrite(const std::function<std::string(std::string_view text)>& edit) {
  std::error_code ignored;
  if (!std::filesystem::exists(path_, ignored)) return false;
  const Lock lock(*this, 0);
  try {
    remember(lock);
    if (read_to_ < lock.size()) {
      warnings_.push_back(fmt::format("{}: removed a torn last line of {} bytes that an interrupted write left",
                                      path_.string(), lock.size() - read_to_));
    }
    const std::string before = read_range(lock.fd(), 0, lock.size());
    const std::string after = edit(std::string_view(before).substr(0, read_to_));
    if (after == before) return true;
    rewrite_file(path_, after);
    inode_ = 0;  // it is another file now
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
  return true;
}

void AttendanceLog::remember(const Lock& lock) {
  if (inode_ != lock.inode()) read_to_ = 0;
  inode_ = lock.inode();
  read_new_rows(lock.fd(), lock.size());
}

std::optional<AttendanceRow> AttendanceLog::find(const AttendanceRow& key) {
  std::error_code no;
  if (!std::filesystem::exists(path_, no)) return std::nullopt;
  std::vector<std::string> ignored;
  std::optional<AttendanceRow> found;
  for (auto& row : read_attendance(path_, ignored)) {
    if (row.status != kStatusOut && key_of(row) == key_of(key) && (!found || row.is_manual())) found = row;
  }
  return found;
}

std::vector<std::filesystem::path> log_files(const std::filesystem::path& file) { return {file}; }

bool AttendanceLog::contains(const AttendanceRow& row) {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not hang
  if (!file) {
    if (errno == ENOENT) return false;
    fail(errno_text(errno));
  }
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) fail(errno_text(errno));
  if (!S_ISREG(info.st_mode)) fail("not a regular file");
  try {
    if (inode_ != info.st_ino) read_to_ = 0;
    inode_ = info.st_ino;
    read_new_rows(file.get(), static_cast<std::uint64_t>(info.st_size));
  } catch (const std::system_error& e) {
    fail(e.code().message());
  }
  return keys_.contains(written_key_of(row));
}

// Brings keys_ up to `size` bytes of the file. Afterwards read_to_ is the end of the last whole row: less than `size`
// when a torn line follows.
void AttendanceLog::read_new_rows(int fd, std::uint64_t size) {
  if (size > kMaxLogBytes) fail("over 4 GB; start a new log");
  const std::int64_t mtime_ns = mtime_ns_of(fd);
  const bool edited = size == read_to_ && mtime_ns != mtime_ns_;  // in place: nothing was appended
  mtime_ns_ = mtime_ns;
  const bool known =
      read_to_ > 0 && size >= read_to_ && !edited && read_range(fd, read_to_ - tail_.size(), read_to_) == tail_;
  if (!known) {
    keys_.clear();
    read_to_ = 0;
    tail_.clear();
    header_.clear();
  }
  if (read_to_ == size) return;
  const std::string bytes = read_range(fd, read_to_, size);
  // A header torn by a power cut: nothing else has ever been in the file.
  if (header_.empty() && (csv_line(default_header()) + "\n").starts_with(bytes) && bytes.back() != '\n') return;
  CsvReader csv(bytes, header_.empty() ? '\0' : delimiter_);
  std::size_t whole = 0;  // bytes
  bool torn = false;
  while (const auto row = csv.next()) {
    if (header_.empty()) {
      columns_of(row->cells, path_.string());
      header_ = row->cells;
      delimiter_ = csv.delimiter();
      const auto end = bytes.find('\n');
      line_end_ = end != std::string::npos && end > 0 && bytes[end - 1] == '\r' ? "\r\n" : "\n";
      whole = csv.position();
      continue;
    }
    AttendanceRow parsed;
    const bool good = AttendanceColumns(header_).read(row->cells, parsed);
    // A last line without a line end is whole when it has all its cells, as an editor may leave it.
    torn = !row->terminated && !(good && row->cells.size() >= header_.size());
    if (torn) break;
    if (good) keys_.insert(key_of(parsed));
    whole = csv.position();
  }
  if (!torn && !header_.empty()) whole = csv.position();  // blank lines at the end, too
  read_to_ += whole;
  tail_ = read_range(fd, read_to_ - std::min<std::uint64_t>(read_to_, kTailBytes), read_to_);
}

void AttendanceLog::write_line(int fd, std::uint64_t size, const AttendanceRow& row, bool is_new) {
  std::string bytes;
  if (is_new) {
    header_ = default_header();
    delimiter_ = ',';
    line_end_ = "\n";
    bytes = csv_line(header_) + line_end_;
  } else if (!tail_.empty() && tail_.back() != '\n') {
    bytes = line_end_;  // an editor left the last line without its end
  }
  bytes += csv_line(AttendanceColumns(header_).write(row), delimiter_, true) + line_end_;
  try {
    write_all(fd, bytes);
    if (::fsync(fd) != 0) throw std::system_error(errno, std::generic_category());
  } catch (const std::system_error&) {
    // Take back what may have been written in part. Truncation needs no space.
    if (::ftruncate(fd, static_cast<off_t>(size)) == 0) ::fsync(fd);
    throw;
  }
  if (is_new) sync_folder(path_.parent_path());
  mtime_ns_ = mtime_ns_of(fd);
  keys_.insert(written_key_of(row));
  read_to_ = size + bytes.size();
  tail_ = (tail_ + bytes).substr(tail_.size() + bytes.size() - std::min(tail_.size() + bytes.size(), kTailBytes));
}

std::vector<AttendanceRow> read_attendance(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  std::string bytes;
  try {
    bytes = read_file(file, kMaxLogBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
  return parse_attendance(bytes, file.string(), warnings);
}

std::vector<AttendanceRow> parse_attendance(std::string_view text, const std::string& name,
                                            std::vector<std::string>& warnings) {
  std::vector<AttendanceRow> rows;
  CsvReader csv(text);
  const auto header = csv.next();
  if (!header) return rows;
  const AttendanceColumns columns = columns_of(header->cells, name);
  std::size_t damaged = 0;
  while (const auto row = csv.next()) {
    AttendanceRow parsed;
    if (columns.read(row->cells, parsed)) {
      rows.push_back(std::move(parsed));
    } else if (++damaged <= kMaxWarnings) {
      warnings.push_back(fmt::format("{}:{}: not an attendance row; left out", name, row->line));
    }
  }
  if (damaged > kMaxWarnings) warnings.push_back(fmt::format("{}: {} damaged lines in all", name, damaged));
  return rows;
}

}  // namespace faceatt
