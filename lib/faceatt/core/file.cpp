#include "faceatt/core/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

[[noreturn]] void throw_errno(const std::filesystem::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

std::int64_t nanoseconds(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; }

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error) { return std::generic_category().message(error); }

std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes) {
  const auto fail = [&](const std::string& why) { return Error(ErrorCode::kInput, path.string() + ": " + why); };
  // O_NONBLOCK: opening a FIFO must not hang; it has no effect on regular files.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) throw fail(errno_text(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) throw fail(errno_text(errno));
  if (S_ISDIR(info.st_mode)) throw fail("is a folder");
  if (!S_ISREG(info.st_mode)) throw fail("not a regular file");
  if (std::cmp_greater(info.st_size, max_bytes)) {
    throw fail(fmt::format("{} MB is over the limit of {} MB", info.st_size >> 20, max_bytes >> 20));
  }
  std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw fail(errno_text(errno));
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

std::string read_if_there(const std::filesystem::path& path, std::uint64_t max_bytes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return {};
  try {
    return read_file(path, max_bytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
}

std::string read_stream(int fd, const std::string& name, std::uint64_t max_bytes) {
  constexpr std::size_t kPiece = 1 << 20;
  std::string bytes;
  for (;;) {
    const std::size_t done = bytes.size();
    bytes.resize(done + kPiece);
    const ssize_t n = ::read(fd, bytes.data() + done, kPiece);
    bytes.resize(done + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw Error(ErrorCode::kInput, name + ": " + errno_text(errno));
    if (n == 0) return bytes;
    if (bytes.size() > max_bytes) {
      throw Error(ErrorCode::kInput, fmt::format("{}: over the limit of {} MB", name, max_bytes >> 20));
    }
  }
}

std::string read_first_line(const std::filesystem::path& path) {
  constexpr std::size_t kLongest = 4096;
  std::string line(kLongest + 2, '\0');  // with its line end
  std::ifstream file(path);
  file.getline(line.data(), static_cast<std::streamsize>(line.size()));
  if (!file && !file.eof()) return {};
  line.resize(static_cast<std::size_t>(file.gcount()));
  if (!file.eof() && !line.empty()) line.pop_back();  // '\n' counts, but '\0' stands there
  return line.size() > kLongest ? std::string() : line;
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      throw std::system_error(errno, std::generic_category());
    }
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

namespace {

// As renameat2() does it; file systems that know no flags get the next best.
int rename_with(const std::string& from, const std::filesystem::path& to, unsigned int flags) {
  const int result = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags);
  if (result == 0 || errno != EINVAL) return result;
  if (flags != 0 && ::access(to.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return -1;
  }
  return ::rename(from.c_str(), to.c_str());
}

// Writes to a temporary name beside `path`, and renames with `flags` of renameat2(). Returns whether it was renamed; a
// name that is taken is the only reason why it may not be.
bool write_and_rename(const std::filesystem::path& path, std::string_view bytes, unsigned int flags, bool sync = true) {
  std::string temporary = path.string() + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file) throw_errno(path);
  try {
    write_all(file.get(), bytes);
    if (sync && ::fsync(file.get()) != 0) throw_errno(path);
    const int result = rename_with(temporary, path, flags);
    if (result != 0 && errno == EEXIST && flags != 0) {
      ::unlink(temporary.c_str());
      return false;
    }
    if (result != 0) throw_errno(path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  if (sync) sync_folder(path.parent_path());
  return true;
}

}  // namespace

void replace_file(const std::filesystem::path& path, std::string_view bytes) { write_and_rename(path, bytes, 0); }

void publish_file(const std::filesystem::path& path, std::string_view bytes) {
  write_and_rename(path, bytes, 0, false);
}

bool create_file(const std::filesystem::path& path, std::string_view bytes) {
  return write_and_rename(path, bytes, RENAME_NOREPLACE);
}

void rewrite_file(const std::filesystem::path& path, std::string_view bytes) {
  const std::filesystem::path file = std::filesystem::canonical(path);
  const std::filesystem::path temporary = file.parent_path() / ("." + file.filename().string() + ".new");
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) throw_errno(file);
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) throw_errno(temporary);
  const Descriptor out(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!out) throw_errno(temporary);
  try {
    write_all(out.get(), bytes);
    // Who may not give it to the same group must not let another group in.
    const bool same_owner = ::fchown(out.get(), info.st_uid, info.st_gid) == 0;
    if (::fchmod(out.get(), info.st_mode & (same_owner ? 0777U : 0707U)) != 0) throw_errno(temporary);
    if (::fsync(out.get()) != 0 || ::rename(temporary.c_str(), file.c_str()) != 0) throw_errno(file);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(file.parent_path());
}

bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename_with(from.string(), to, RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  throw_errno(from);
}

namespace {

constexpr std::size_t kBlock = 1u << 20;

// Opened for reading, whatever it is: a link gives an error, a FIFO does not hang.
Descriptor open_itself(const std::filesystem::path& path) {
  return Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
}

// Up to `size` bytes, fewer at the end only.
std::size_t read_some(int fd, char* bytes, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(fd, bytes + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::system_error(errno, std::generic_category());
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  return done;
}

// What `fill` writes becomes `path`, through .NAME.part; false when it refuses to be that, or the name is taken.
bool create_through_part(const std::filesystem::path& path, const std::function<bool(int fd)>& fill) {
  const std::filesystem::path part = path.parent_path() / ("." + path.filename().string() + ".part");
  if (::unlink(part.c_str()) != 0 && errno != ENOENT) throw_errno(part);
  const Descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw_errno(part);
  bool is_made = false;
  try {
    is_made = fill(file.get());
    if (is_made && ::fsync(file.get()) != 0) throw_errno(path);
    is_made = is_made && rename_new(part, path);
  } catch (...) {
    ::unlink(part.c_str());
    throw;
  }
  if (!is_made) ::unlink(part.c_str());
  sync_folder(path.parent_path());
  return is_made;
}

// The bytes and the modification time of `from`. False when it was changed meanwhile.
bool copy_to(int to, const std::filesystem::path& from) {
  const Descriptor in = open_itself(from);
  struct stat before {};
  if (!in || ::fstat(in.get(), &before) != 0) throw_errno(from);
  std::string block(kBlock, '\0');
  while (const std::size_t n = read_some(in.get(), block.data(), block.size())) {
    write_all(to, std::string_view(block).substr(0, n));
  }
  const std::array<timespec, 2> times = {before.st_atim, before.st_mtim};
  if (::futimens(to, times.data()) != 0) throw_errno(from);
  return stamp_of(from) == FileStamp::of(before);
}

void remove_durably(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0) throw_errno(path);
  sync_folder(path.parent_path());
}

}  // namespace

bool same_bytes(const std::filesystem::path& a, const std::filesystem::path& b) {
  const Descriptor one = open_itself(a), other = open_itself(b);
  struct stat info_a {
  }, info_b{};
  if (!one || !other || ::fstat(one.get(), &info_a) != 0 || ::fstat(other.get(), &info_b) != 0) return false;
  if (!S_ISREG(info_a.st_mode) || !S_ISREG(info_b.st_mode) || info_a.st_size != info_b.st_size) return false;
  std::string block_a(kBlock, '\0'), block_b(kBlock, '\0');
  try {
    for (;;) {
      const std::size_t n = read_some(one.get(), block_a.data(), kBlock);
      if (read_some(other.get(), block_b.data(), kBlock) != n) return false;
      if (n == 0) return true;
      if (!std::equal(block_a.begin(), block_a.begin() + static_cast<std::ptrdiff_t>(n), block_b.begin())) return false;
    }
  } catch (const std::system_error&) {
    return false;
  }
}

bool create_file_locked(const std::filesystem::path& path, std::string_view bytes) {
  return create_through_part(path, [&](int fd) {
    write_all(fd, bytes);
    return true;
  });
}

MoveOutcome move_new(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (rename_with(from.string(), to, RENAME_NOREPLACE) == 0) {
    sync_folder(to.parent_path());
    sync_folder(from.parent_path());
    return MoveOutcome::kMoved;
  }
  if (errno == EXDEV) {
    bool is_unchanged = true;
    const bool is_made = create_through_part(to, [&](int fd) { return is_unchanged = copy_to(fd, from); });
    if (!is_unchanged) return MoveOutcome::kChanged;
    if (is_made) {
      remove_durably(from);
      return MoveOutcome::kMoved;
    }
  } else if (errno != EEXIST) {
    throw_errno(from);
  }
  if (!same_bytes(from, to)) return MoveOutcome::kTaken;
  const Descriptor there = open_itself(to);  // who wrote it may not have synced it
  if (!there || ::fsync(there.get()) != 0) throw_errno(to);
  sync_folder(to.parent_path());
  remove_durably(from);
  return MoveOutcome::kMoved;
}

bool is_open_for_writing(const std::filesystem::path& path) {
  const Descriptor file = open_itself(path);
  if (!file) return false;
  // Who opens it for writing while we hold the lease waits for its end, just below; the signal that we get then is to
  // be one that does nothing, not SIGIO, which ends the process.
  ::fcntl(file.get(), F_SETSIG, SIGURG);
  if (::fcntl(file.get(), F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  ::fcntl(file.get(), F_SETLEASE, F_UNLCK);
  return false;
}

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (!folder_) throw_errno(folder);
  while (::flock(folder_.get(), LOCK_EX) != 0 && errno == EINTR) continue;
}

std::optional<FolderLock> FolderLock::try_lock(const std::filesystem::path& folder) {
  Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file) throw_errno(folder);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(file));
  if (errno == EWOULDBLOCK) return std::nullopt;
  const std::filesystem::path name = folder / ".faceatt-lock";  // NFS locks nothing that is not open for writing
  file = Descriptor(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) throw_errno(name);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) == 0) return FolderLock(std::move(file));
  if (errno == EWOULDBLOCK) return std::nullopt;
  throw_errno(name);
}

void sync_folder(const std::filesystem::path& folder) {
  const std::string name = folder.empty() ? "." : folder.string();
  const Descriptor file(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file) ::fsync(file.get());  // file systems that cannot sync a folder say so; there is nothing better to do
}

void make_private_folder(const std::filesystem::path& folder) {
  if (std::filesystem::is_directory(folder)) return;
  if (folder.has_parent_path() && folder.parent_path() != folder) make_private_folder(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(folder.parent_path());
  if (errno != EEXIST) throw_errno(folder);
  if (std::filesystem::is_directory(folder)) return;  // another process was quicker
  errno = ENOTDIR;
  throw_errno(folder);
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const auto resolved = [](const std::filesystem::path& name) {
    std::error_code error;
    auto whole = std::filesystem::weakly_canonical(std::filesystem::absolute(name, error), error);
    return error ? name.lexically_normal() : whole;
  };
  const auto inner = resolved(path), outer = resolved(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::optional<FileStamp> stamp_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileStamp::of(info);
}

FileStamp FileStamp::of(const struct stat& info) {
  return {info.st_ino, static_cast<std::uint64_t>(info.st_size), nanoseconds(info.st_mtim), nanoseconds(info.st_ctim)};
}

Digest sha256(std::string_view bytes) {
  Digest digest{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw Error(ErrorCode::kCannotRun, "SHA-256 is not available in this OpenSSL");
  }
  return digest;
}

std::string hex(const Digest& digest) {
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256_hex(std::string_view bytes) { return hex(sha256(bytes)); }

}  // namespace faceatt
