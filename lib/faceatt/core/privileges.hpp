// Root's rights, given up for good.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace faceatt {

// A program that is started by root, opens what only root may open, and goes on as another user.
class OtherUser {
 public:
  // Looks `name` up, its groups too, and sets HOME, USER and LOGNAME for it; from now on no program that is run from
  // here gains rights (PR_SET_NO_NEW_PRIVS). Before there are other threads. Throws UsageError when there is no such
  // user, or it is root, and Error(kCannotRun) when this process is neither root nor that user.
  explicit OtherUser(const std::string& name);

  // All threads become that user, and none can ever be another one; verified. Throws Error(kCannotRun).
  void become() const;

 private:
  std::string name_;
  uid_t user_ = 0;
  gid_t group_ = 0;
  std::vector<gid_t> groups_;
};

}  // namespace faceatt
