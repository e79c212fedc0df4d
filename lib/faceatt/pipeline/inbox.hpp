// A folder that others put photos into, and from which each is taken once: what a program that cron starts works
// through.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/core/file.hpp"

namespace faceatt {

struct InboxOptions {
  std::filesystem::path inbox;
  std::filesystem::path done;  // may lie in the inbox, where it is not read, or on another file system
  // A file that changed less than this ago may not be complete, and is left; 0: whatever is there is complete.
  std::chrono::seconds settle{10};
  std::vector<std::filesystem::path> kept;  // the people folder, the log ...: refused when they lie in the inbox
  bool dry_run = false;                     // nothing is made or moved
  std::function<std::chrono::system_clock::time_point()> now = std::chrono::system_clock::now;
};

struct InboxPhoto {
  std::filesystem::path path;  // inbox / name
  std::filesystem::path name;  // room12/a.jpg
  FileStamp stamp;             // as it was listed
};

struct InboxListing {
  std::vector<InboxPhoto> photos;                 // the oldest modification first, then by name
  std::vector<std::filesystem::path> unreadable;  // folders that cannot be read, or out of which nothing can be moved
};

// Each photo is listed, processed, and then given to move_to_done() or set_aside(). Whatever ends the process in
// between, with kill -9 or a power cut, it lies in the inbox as a whole or in done as a whole, and is listed again
// while it is in the inbox. One thread.
class Inbox {
 public:
  // Holds a lock on the inbox while it lives, which goes with the process; empty when another one holds it. Makes
  // `done` with mode 0700. Throws UsageError when both folders are the same or one of `kept` lies in the inbox, and
  // Error(kCannotRun) when there is no inbox, or nothing can be moved from it to done.
  static std::optional<Inbox> open(InboxOptions options);

  // Every regular file in the inbox and its subfolders, whatever its suffix, that is complete as far as can be known.
  // Left out are dot names, names that programs use while they copy (*.part, *.partial, *.tmp, *.crdownload,
  // *.filepart, *~), links, and what the others are counted in left(): changed within `settle`, or open for writing.
  InboxListing list();

  // To done/NAME, once what was in the photo is durable elsewhere. False when it stays for next time: it is not as it
  // was listed any more. A name that is taken by other bytes is left alone: the photo becomes NAME-2.jpg, NAME-3.jpg
  // ... When it returns, the move survives power loss. Throws Error "PATH: cannot be moved ...": kCannotRun for a full
  // or broken disk, kInput when it may be this photo alone.
  bool move_to_done(const InboxPhoto& photo);

  // To done/failed/NAME in the same way, with `why` as one line in NAME.txt beside it, which is durable before the
  // photo is moved. False when it stays for next time: not as it was listed, or `is_damaged` and changed in the last
  // ten minutes, so that it may be half copied (not with settle 0).
  bool set_aside(const InboxPhoto& photo, const std::string& why, bool is_damaged);

  // How many files were left for next time so far.
  std::size_t left() const { return left_; }

 private:
  Inbox(InboxOptions options, FolderLock lock) : options_(std::move(options)), lock_(std::move(lock)) {}

  void list_folder(const std::filesystem::path& name, InboxListing& listing);
  bool changed_within(const FileStamp& stamp, std::chrono::seconds span) const;
  bool move(const InboxPhoto& photo, const std::filesystem::path& to, const std::string* why);

  InboxOptions options_;
  FolderLock lock_;
  std::size_t left_ = 0;
};

}  // namespace faceatt
