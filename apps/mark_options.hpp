// The options of faceatt-mark.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {

// A row by hand.
struct CorrectionRequest {
  std::string status{}, session{}, date{}, at{}, note{}, location{};  // empty: not given
  bool undoes = false, ends = false, takes_unknown = false;

  bool at_is_clock() const;  // `at` is a time of the day alone
  // `at`, on this date when it is a time of the day. Throws UsageError.
  LocalTime time_on(const std::string& day) const;
};

struct HandOptions {
  std::vector<std::string> arguments{};  // ids, or logs
  CorrectionRequest correction{};
  std::string end{};  // the session to end
  bool nul = false, lists = false, verifies = false, repairs = false, sends = false;
};

void add_options(cli::Tool& tool, HandOptions& options);

// What goes together and what does not; dates become dates. Throws UsageError.
void check(const cli::Tool& tool, HandOptions& options);

}  // namespace faceatt
