#include "faceatt/pipeline/inbox.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;
using std::chrono::seconds;

constexpr std::array kCopying = {".part"sv, ".partial"sv, ".tmp"sv, ".crdownload"sv, ".filepart"sv, "~"sv};
constexpr seconds kDamagedSettle = std::chrono::minutes(10);

bool is_left_alone(const std::string& name) {
  const std::string lower = lower_ascii(name);
  return name.starts_with('.') ||
         std::any_of(kCopying.begin(), kCopying.end(), [&](auto suffix) { return lower.ends_with(suffix); });
}

bool may(const fs::path& folder, int mode) { return ::faccessat(AT_FDCWD, folder.c_str(), mode, AT_EACCESS) == 0; }

// Mode for may(): files can be listed, and moved away when that is wanted.
int needed(const InboxOptions& options) { return R_OK | X_OK | (options.dry_run ? 0 : W_OK); }

[[noreturn]] void cannot_run(const fs::path& path, const std::string& why) {
  throw Error(ErrorCode::kCannotRun, path.string() + ": " + why);
}

// Absolute, links resolved as far as there is something.
fs::path resolved(const fs::path& path) { return fs::weakly_canonical(fs::absolute(path)); }
// a.jpg, a-2.jpg, a-3.jpg ...
fs::path numbered(const fs::path& path, int number) {
  if (number == 1) return path;
  return path.parent_path() / fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string());
}

bool holds(const fs::path& file, const std::string& text) {
  try {
    return read_file(file, text.size()) == text;
  } catch (const Error&) {
    return false;
  }
}

bool is_taken(const fs::path& name, const fs::path& by_other_than) {
  return fs::symlink_status(name).type() != fs::file_type::not_found && !same_bytes(name, by_other_than);
}

void check_folders(const InboxOptions& options) {
  if (resolved(options.inbox) == resolved(options.done)) {
    throw UsageError(options.done.string() + ": is the inbox, too; done photos want a folder of their own");
  }
  for (const fs::path& path : options.kept) {
    if (!lies_in(path, options.inbox) || lies_in(path, options.done)) continue;
    throw UsageError(fmt::format("{}: lies in the inbox {} and would be moved away; let nothing but photos lie there",
                                 path.string(), options.inbox.string()));
  }
}

}  // namespace

std::optional<Inbox> Inbox::open(InboxOptions options) {
  try {
    check_folders(options);
    if (!fs::is_directory(options.inbox)) {
      cannot_run(options.inbox, fs::exists(options.inbox)
                                    ? "is not a folder"
                                    : "no such folder; make it, or name another one with --inbox");
    }
    auto lock = FolderLock::try_lock(options.inbox);
    if (!lock) return std::nullopt;
    if (!may(options.inbox, needed(options)))
      cannot_run(options.inbox, "photos cannot be taken from it: " + errno_text(errno));
    if (!options.dry_run) {
      make_private_folder(options.done);
      if (!may(options.done, R_OK | W_OK | X_OK))
        cannot_run(options.done, "photos cannot be moved to it: " + errno_text(errno));
    }
    return Inbox(std::move(options), std::move(*lock));
  } catch (const fs::filesystem_error& e) {
    cannot_run(e.path1(), e.code().message());
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());  // "PATH: reason"
  }
}

InboxListing Inbox::list() {
  InboxListing listing;
  list_folder({}, listing);
  std::sort(listing.photos.begin(), listing.photos.end(), [](const InboxPhoto& a, const InboxPhoto& b) {
    return std::tie(a.stamp.mtime_ns, a.name) < std::tie(b.stamp.mtime_ns, b.name);
  });
  std::sort(listing.unreadable.begin(), listing.unreadable.end());
  return listing;
}

void Inbox::list_folder(const fs::path& name, InboxListing& listing) {
  const fs::path folder = name.empty() ? options_.inbox : options_.inbox / name;
  std::error_code error;
  if (fs::equivalent(folder, options_.done, error)) return;
  fs::directory_iterator entries(folder, error);
  if (error || !may(folder, needed(options_))) {
    listing.unreadable.push_back(folder);
    return;
  }
  for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
    const fs::path entry = entries->path().filename();
    const fs::path path = folder / entry;
    struct stat info {};
    if (is_left_alone(entry.string()) || ::lstat(path.c_str(), &info) != 0) continue;
    if (S_ISDIR(info.st_mode)) {
      list_folder(name / entry, listing);
    } else if (S_ISREG(info.st_mode)) {
      const FileStamp stamp = FileStamp::of(info);
      if (changed_within(stamp, options_.settle) || is_open_for_writing(path)) {
        ++left_;
      } else {
        listing.photos.push_back({path, name / entry, stamp});
      }
    }
  }
  if (error) listing.unreadable.push_back(folder);
}

// A time that is further ahead than that is a wrong clock's, and says nothing.
bool Inbox::changed_within(const FileStamp& stamp, seconds span) const {
  const std::chrono::nanoseconds now = options_.now().time_since_epoch();
  const auto is_near = [&](std::int64_t at) { return std::chrono::abs(now - std::chrono::nanoseconds(at)) < span; };
  return is_near(stamp.mtime_ns) || is_near(stamp.ctime_ns);
}

bool Inbox::move_to_done(const InboxPhoto& photo) { return move(photo, options_.done / photo.name, nullptr); }

bool Inbox::set_aside(const InboxPhoto& photo, const std::string& why, bool is_damaged) {
  if (is_damaged && options_.settle.count() > 0 && changed_within(photo.stamp, kDamagedSettle)) {
    ++left_;
    return false;
  }
  const std::string line = printable(why) + "\n";
  return move(photo, options_.done / "failed" / photo.name, &line);
}

bool Inbox::move(const InboxPhoto& photo, const fs::path& to, const std::string* why) {
  if (stamp_of(photo.path) != photo.stamp || is_open_for_writing(photo.path)) {
    ++left_;
    return false;
  }
  if (options_.dry_run) return true;
  try {
    const FolderLock lock(options_.done);  // other inboxes may have the same
    make_private_folder(to.parent_path());
    for (int number = 1;; ++number) {
      const fs::path name = numbered(to, number);
      if (is_taken(name, photo.path)) continue;
      const fs::path reason = name.string() + ".txt";
      if (why != nullptr && !create_file_locked(reason, *why) && !holds(reason, *why)) continue;
      switch (move_new(photo.path, name)) {
        case MoveOutcome::kMoved:
          return true;
        case MoveOutcome::kTaken:
          continue;
        case MoveOutcome::kChanged:
          ++left_;
          return false;
      }
    }
  } catch (const std::system_error& e) {
    const int error = e.code().value();
    const bool is_disk = error == ENOSPC || error == EDQUOT || error == EROFS || error == EIO;
    throw Error(is_disk ? ErrorCode::kCannotRun : ErrorCode::kInput,
                fmt::format("{}: cannot be moved to {}: {}", photo.path.string(), to.parent_path().string(),
                            errno_text(error)));
  }
}

}  // namespace faceatt
