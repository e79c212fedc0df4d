#include "faceatt/core/privileges.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

Error cannot(const std::string& name, const std::string& why) {
  return {ErrorCode::kCannotRun, fmt::format("--user {}: {}", printable(name), why)};
}

}  // namespace

OtherUser::OtherUser(const std::string& name) : name_(name) {
  const passwd* const user = ::getpwnam(name.c_str());
  if (user == nullptr) throw UsageError(fmt::format("--user {}: there is no such user", printable(name)));
  if (user->pw_uid == 0) throw UsageError(fmt::format("--user {}: is root; name one that is not", printable(name)));
  user_ = user->pw_uid;
  group_ = user->pw_gid;
  if (::geteuid() != 0 && ::geteuid() != user_) {
    throw cannot(name, "only root can become another user; start this as root, or leave --user out");
  }
  int count = 0;
  ::getgrouplist(name.c_str(), group_, nullptr, &count);
  groups_.resize(static_cast<std::size_t>(count));
  if (count > 0 && ::getgrouplist(name.c_str(), group_, groups_.data(), &count) < 0)
    throw cannot(name, errno_text(errno));
  groups_.resize(static_cast<std::size_t>(count));
  ::setenv("HOME", user->pw_dir, 1);
  ::setenv("USER", name.c_str(), 1);
  ::setenv("LOGNAME", name.c_str(), 1);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) throw cannot(name, errno_text(errno));
}

void OtherUser::become() const {
  // In this order: without the user's rights the groups could not be changed any more. The C library changes all
  // threads, and ends the process when one cannot follow.
  const bool is_root = ::geteuid() == 0;
  if (is_root && ::setgroups(groups_.size(), groups_.data()) != 0) throw cannot(name_, errno_text(errno));
  if (is_root && ::setresgid(group_, group_, group_) != 0) throw cannot(name_, errno_text(errno));
  if (::setresuid(user_, user_, user_) != 0) throw cannot(name_, errno_text(errno));
  uid_t real = 0, effective = 0, saved = 0;
  gid_t real_group = 0, effective_group = 0, saved_group = 0;
  ::getresuid(&real, &effective, &saved);
  ::getresgid(&real_group, &effective_group, &saved_group);
  const bool is_user = real == user_ && effective == user_ && saved == user_;
  const bool is_group = !is_root || (real_group == group_ && effective_group == group_ && saved_group == group_);
  if (!is_user || !is_group || ::setuid(0) == 0 || ::seteuid(0) == 0 || ::setegid(0) == 0) {
    throw cannot(name_, "root's rights are still there; this system does not let go of them");
  }
}

}  // namespace faceatt
