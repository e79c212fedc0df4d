// What can go wrong, as two types that the programs catch in one place (apps/cli/app.cpp).
// "Nothing there" is not an error: functions return an empty optional or vector instead.
#pragma once

#include <stdexcept>
#include <string>

namespace faceatt {

// The user asked for something that cannot be meant: a flag, a setting, an id. The programs exit with 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class ErrorCode {
  kInput,      // one photo, clip or row is unusable; the caller goes on with the next (exit 3)
  kCannotRun,  // people folder, model, log or camera: nothing useful can be done (exit 4)
};

// what() is one line that names the thing and, where there is one, the fix. No trailing full stop or newline.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace faceatt
