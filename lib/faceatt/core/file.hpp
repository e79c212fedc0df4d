// Files that must not be half written.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

struct stat;  // of <sys/stat.h>

namespace faceatt {

// A file descriptor that closes itself.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// "No space left on device" for an errno.
std::string errno_text(int error);

// The whole file as bytes. Throws Error(kInput) when it cannot be read, is not a regular file or is over `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::uint64_t max_bytes);

// The same, empty when there is no such file. Throws Error(kCannotRun).
std::string read_if_there(const std::filesystem::path& path, std::uint64_t max_bytes);

// The rest of what `fd` gives; `name` is for the message. Throws Error(kInput) when that is over `max_bytes`, or cannot
// be read.
std::string read_stream(int fd, const std::string& name, std::uint64_t max_bytes);

// The first line of a file, a FIFO or the like, without its line end. Empty when it cannot be read, or the line is
// empty or over 4,096 bytes.
std::string read_first_line(const std::filesystem::path& path);

// Writes all bytes or throws std::system_error.
void write_all(int fd, std::string_view bytes);

// Replaces `path` as a whole: written to a temporary name in the same folder, synced, renamed. After a crash either the
// old or the new file is there. Throws std::system_error. Mode 0600.
void replace_file(const std::filesystem::path& path, std::string_view bytes);

// The same without syncing anything, for what is soon replaced again: readers never see half of it, but power loss may
// leave less.
void publish_file(const std::filesystem::path& path, std::string_view bytes);

// Like replace_file() for a file that must not be there yet; false, and nothing is changed, when `path` exists.
bool create_file(const std::filesystem::path& path, std::string_view bytes);

// Replaces a file that is there and may be others' to read: like replace_file(), but owner and mode stay, and a link is
// followed. The temporary name is always the same, so that what a crash leaves goes with the next call; the caller
// holds a lock that all who call this for `path` take. Throws std::system_error.
void rewrite_file(const std::filesystem::path& path, std::string_view bytes);

// Renames a file or a folder; false, and nothing is changed, when `to` exists. Throws std::system_error. Syncs nothing.
bool rename_new(const std::filesystem::path& from, const std::filesystem::path& to);

// Whether two paths are regular files of the same bytes; links are not followed. False when one cannot be read.
bool same_bytes(const std::filesystem::path& a, const std::filesystem::path& b);

// Like create_file(), but the temporary name is always ".NAME.part", so that what a crash leaves goes with the next
// call; the caller holds a lock that all who call this for `path` take. Throws std::system_error.
bool create_file_locked(const std::filesystem::path& path, std::string_view bytes);

enum class MoveOutcome {
  kMoved,    // durable: a power cut does not bring `from` back, nor lose `to`
  kTaken,    // `to` is something else; nothing has changed
  kChanged,  // `from` was changed while it was copied; nothing has changed
};

// Moves a regular file to a name that is free, or that has the same bytes: then only `from` goes, which ends a move
// that was interrupted. To another file system it is copied through ".NAME.part" as by create_file_locked(), whose lock
// is wanted here, too; a copy keeps the modification time and has mode 0600. Throws std::system_error.
MoveOutcome move_new(const std::filesystem::path& from, const std::filesystem::path& to);

// Whether somebody, whoever it is, has the file open for writing. False where that cannot be known: it wants a file of
// this user (or root) on a local file system. Links are not followed.
bool is_open_for_writing(const std::filesystem::path& path);

// Holds flock() on a folder while it lives: one at a time changes what is in it. On file systems that cannot lock a
// folder it locks nothing. Throws std::system_error when the folder cannot be opened.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);
  // Does not wait: empty when somebody else holds it. Where a folder cannot be locked, the file .faceatt-lock in it is,
  // which stays. Throws std::system_error when neither can be locked.
  static std::optional<FolderLock> try_lock(const std::filesystem::path& folder);
  int fd() const { return folder_.get(); }

 private:
  explicit FolderLock(Descriptor locked) : folder_(std::move(locked)) {}

  Descriptor folder_;
};

// Makes the entries of a folder durable after a create, rename or unlink.
void sync_folder(const std::filesystem::path& folder);

// Creates a folder (and parents), durably, that only its owner can enter. Nothing happens when it is there already.
void make_private_folder(const std::filesystem::path& folder);

// Whether `path` is `folder` or lies in it, links followed; neither need be there.
bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder);

// What tells that a file was touched: any change of content changes the ctime, which users cannot set.
struct FileStamp {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;

  static FileStamp of(const struct stat& info);
  bool operator==(const FileStamp&) const = default;
};

std::optional<FileStamp> stamp_of(const std::filesystem::path& path);  // empty when it is not a readable regular file

using Digest = std::array<unsigned char, 32>;

Digest sha256(std::string_view bytes);
std::string hex(const Digest& digest);           // lower case
std::string sha256_hex(std::string_view bytes);  // hex(sha256(bytes))

}  // namespace faceatt
