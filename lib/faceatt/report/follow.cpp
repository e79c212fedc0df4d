#include "faceatt/report/follow.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {
namespace {

std::string read_from(int fd, std::uint64_t offset) {
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t n = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(offset + text.size()));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

std::vector<AttendanceRow> FileFollower::next() {
  std::vector<AttendanceRow> rows;
  for (const auto& file : log_files(log_)) read_new_rows(file, rows);
  return rows;
}

void FileFollower::read_new_rows(const std::filesystem::path& file, std::vector<AttendanceRow>& rows) {
  const Descriptor open(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!open || ::fstat(open.get(), &info) != 0) {
    if (errno == ENOENT) return;  // it is being replaced
    throw Error(ErrorCode::kCannotRun, file.string() + ": " + errno_text(errno));
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const bool is_known = places_.contains(file);
  Place& place = places_[file];
  const bool is_replaced = is_known && (place.inode != info.st_ino || size < place.read_to);
  if (place.inode == info.st_ino && place.read_to == size) return;
  std::string text = read_from(open.get(), is_replaced || !is_known ? 0 : place.read_to);
  text.resize(text.rfind('\n') + 1);  // whole lines; npos + 1 is 0
  if (is_replaced || !is_known) place.header = text.substr(0, text.find('\n') + 1);
  if (text.empty()) return;
  const std::uint64_t begin = is_replaced || !is_known ? 0 : place.read_to;
  const std::string whole = begin == 0 ? text : place.header + text;
  place.inode = info.st_ino;
  place.read_to = begin + text.size();
  if (is_replaced) return;
  std::vector<std::string> ignored;
  auto more = parse_attendance(whole, file.string(), ignored);
  rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::vector<AttendanceRow> StoreFollower::next() {
  std::vector<AttendanceRow> rows;
  try {
    for (auto more = rows_.next(); !more.empty(); more = rows_.next()) {
      for (StoredRow& stored : more) rows.push_back(std::move(stored.row));
    }
    if (std::exchange(is_away_, false)) warnings_.emplace_back("the store is back");
  } catch (const StoreGone& e) {
    if (is_first_) throw;
    if (!std::exchange(is_away_, true)) warnings_.push_back(std::string("the store is away: ") + e.what());
  }
  is_first_ = false;
  return rows;
}

}  // namespace faceatt
