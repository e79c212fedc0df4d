#include "faceatt/pipeline/people_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr int kLowPriority = 10;    // nice value
constexpr int kSettleMs = 200;      // after a change, before looking: copying a class in is one change
constexpr int kLookMs = 1500;       // between two looks where nobody tells of changes
constexpr int kRareLookMs = 60000;  // between two looks where the kernel does
constexpr int kLongestSettle = 4;   // times kSettleMs; changes that never end must not keep us from looking
constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
                                   IN_DELETE_SELF | IN_MOVE_SELF | IN_ATTRIB | IN_ONLYDIR;

// Whether others may change the folder without this kernel knowing: numbers of statfs(2).
bool is_remote(const fs::path& folder) {
  struct statfs info {};
  if (::statfs(folder.c_str(), &info) != 0) return true;
  static constexpr std::array<unsigned long, 7> kRemote = {
      0x6969 /* nfs */, 0xFF534D42 /* cifs */, 0xFE534D42 /* smb2 */,
      0x517B /* smb */, 0x65735546 /* fuse */, 0x01021997 /* 9p */,
      0x00C36400 /* ceph */};
  const auto type = static_cast<unsigned long>(info.f_type) & 0xFFFFFFFFUL;
  for (const unsigned long remote : kRemote) {
    if (type == remote) return true;
  }
  return false;
}

void drain(int descriptor) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  while (::read(descriptor, buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace

PeopleWatch::PeopleWatch(fs::path folder, std::size_t state, Load load)
    : folder_(std::move(folder)),
      state_(state),
      load_(std::move(load)),
      events_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { run(); }) {}

PeopleWatch::~PeopleWatch() {
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

std::optional<PeopleWatch::News> PeopleWatch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, std::nullopt);
}

// The people folder and every folder in it, but for hidden ones: the cache's own changes are none.
bool PeopleWatch::watch_folders() {
  if (!events_) return false;
  bool complete = ::inotify_add_watch(events_.get(), folder_.c_str(), kChanges) >= 0;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_directory(ignored)) continue;
    if (at->path().filename().string().starts_with('.')) {
      at.disable_recursion_pending();
    } else {
      complete &= ::inotify_add_watch(events_.get(), at->path().c_str(), kChanges) >= 0;
    }
  }
  return complete && !error;
}

// Until something changes, the time is over (true) or it is time to stop (false).
bool PeopleWatch::wait(int milliseconds) {
  std::array<pollfd, 2> waits = {{{stop_.get(), POLLIN, 0}, {events_ ? events_.get() : -1, POLLIN, 0}}};
  ::poll(waits.data(), waits.size(), milliseconds);
  if (waits[0].revents != 0) return false;
  for (int i = 0; i < kLongestSettle && waits[1].revents != 0; ++i) {
    drain(events_.get());
    ::poll(waits.data(), waits.size(), kSettleMs);
    if (waits[0].revents != 0) return false;
  }
  return true;
}

void PeopleWatch::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowPriority);
  do {
    // Watched first, looked at then: what changes in between is seen by one or the other.
    const bool is_told = !is_remote(folder_) && watch_folders();
    look();
    if (!wait(is_told ? kRareLookMs : kLookMs)) return;
  } while (true);
}

void PeopleWatch::look() {
  News news;
  try {
    const auto state = people_folder_state(folder_);
    if (state == state_) return;
    news.gallery = std::make_shared<Gallery>(load_(news.warnings));
    state_ = state;
    trouble_.clear();
  } catch (const std::exception& e) {  // a slip in the folder does not stop the door
    if (trouble_ == e.what()) return;
    trouble_ = e.what();
    news.warnings.push_back(trouble_ + "; going on with the people known so far");
  }
  const std::lock_guard lock(mutex_);
  if (news_) news.warnings.insert(news.warnings.begin(), news_->warnings.begin(), news_->warnings.end());
  if (news_ && !news.gallery) news.gallery = news_->gallery;
  news_ = std::move(news);
}

}  // namespace faceatt
