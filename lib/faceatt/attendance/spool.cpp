#include "faceatt/attendance/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;
constexpr std::size_t kOwnColumns = 3;

std::string header() {
  std::vector<std::string> cells = {"uid", "server", "sent"};
  cells.insert(cells.end(), kAttendanceColumns.begin(), kAttendanceColumns.end());
  return csv_line(cells) + "\n";
}

std::string line_of(const SpooledRow& spooled) {
  std::vector<std::string> cells = {spooled.uid, spooled.server, spooled.sent > 0 ? std::to_string(spooled.sent) : ""};
  for (const std::string* cell : cells_of(spooled.row)) cells.push_back(printable(*cell));
  return csv_line(cells) + "\n";
}

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}; name another folder with --spool", path.string(), why));
}

// A row is one line, so whatever stands after the last line end is half of one.
void cut_torn_line(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  off_t end = size;
  for (char last = '\0'; end > 0 && ::pread(fd, &last, 1, end - 1) == 1 && last != '\n';) --end;
  if (end < size && ::ftruncate(fd, end) != 0) throw std::system_error(errno, std::generic_category());
}

}  // namespace

void Spool::add(const SpooledRow& row, bool sync) {
  try {
    const FolderLock locked = lock();
    const Descriptor open(::open(file().c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!open) throw std::system_error(errno, std::generic_category());
    cut_torn_line(open.get());
    const bool is_new = ::lseek(open.get(), 0, SEEK_END) == 0;
    write_all(open.get(), (is_new ? header() : "") + line_of(row));
    if (!sync) return;
    if (::fsync(open.get()) != 0) throw std::system_error(errno, std::generic_category());
    sync_folder(folder_);
  } catch (const std::system_error& e) {
    fail(file(), e.code().message());
  }
}

namespace {

// Lines that are no rows go to `damaged`.
std::vector<SpooledRow> rows_in(const std::string& text, std::string& damaged) {
  std::vector<SpooledRow> rows;
  CsvReader csv(text, ',');
  csv.next();
  while (auto row = csv.next()) {
    SpooledRow spooled;
    const auto cells = cells_of(spooled.row);
    const bool is_whole = row->terminated && row->cells.size() == kOwnColumns + cells.size();
    if (is_whole) {
      spooled.uid = row->cells[0];
      spooled.server = row->cells[1];
      const std::string& sent = row->cells[2];
      std::from_chars(sent.data(), sent.data() + sent.size(), spooled.sent);
      for (std::size_t i = 0; i < cells.size(); ++i) *cells[i] = row->cells[kOwnColumns + i];
    }
    if (is_whole && is_plausible(spooled.row)) {
      rows.push_back(std::move(spooled));
    } else if (row->terminated) {
      damaged += text.substr(row->offset, csv.position() - row->offset);
    }
  }
  return rows;
}

}  // namespace

FolderLock Spool::lock() const {
  const auto folder = folder_ / "lock";
  make_private_folder(folder);
  return FolderLock(folder);
}

std::vector<SpooledRow> Spool::read() const {
  std::string damaged;
  return rows_in(read_if_there(file(), kMaxBytes), damaged);
}

std::size_t Spool::update(const std::function<void(std::vector<SpooledRow>&)>& edit) {
  std::error_code error;
  if (!std::filesystem::exists(file(), error)) return 0;
  try {
    const FolderLock locked = lock();
    std::string damaged;
    auto rows = rows_in(read_if_there(file(), kMaxBytes), damaged);
    if (!damaged.empty()) {
      const auto beside = file().string() + ".damaged";
      replace_file(beside, read_if_there(beside, kMaxBytes) + damaged);
    }
    edit(rows);
    std::string text = header();
    for (const SpooledRow& row : rows) text += line_of(row);
    replace_file(file(), text);
    return static_cast<std::size_t>(std::count(damaged.begin(), damaged.end(), '\n'));
  } catch (const std::system_error& e) {
    fail(file(), e.code().message());
  }
}

std::optional<FolderLock> Spool::try_lock_sending() const {
  try {
    const auto folder = folder_ / "sending";
    make_private_folder(folder);
    return FolderLock::try_lock(folder);
  } catch (const std::system_error& e) {
    fail(folder_, e.code().message());
  }
}

}  // namespace faceatt
