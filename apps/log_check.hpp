// faceatt-mark --verify and --repair: what is wrong with logs, and mending what needs no guess.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"

namespace faceatt::cli {

struct LogCheckRequest {
  std::vector<std::filesystem::path> logs;
  bool repair = false;  // with -n it only says what it would do
};

// One record per finding. Ids are checked when the people folder is there. A repair is made under the lock of the
// writers, after a synced copy of the log as it was: LOG.before-repair-20261121T085958. kDone when all is well, or is
// after the repair; kNothingFound (1) when there is something left; kSomeFailed or kCannotRun when some logs, or all,
// cannot be read or written.
int check_logs(const Tool& tool, Output& out, const LogCheckRequest& request);

}  // namespace faceatt::cli
