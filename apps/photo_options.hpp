// The options of faceatt-mark-photo.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "photo_run.hpp"

namespace faceatt {

struct MarkOptions {
  std::vector<std::string> arguments{};
  std::string liveness = "off", at{}, annotate{}, review{}, inbox{}, done{}, settle = "10s", location{};
  bool nul = false, lists_absent = false, merges = false;
  int jobs = 0;  // not given
  TimeRule time{};
};

void add_options(cli::Tool& tool, MarkOptions& options);

// What goes together and what does not. Throws UsageError.
void check(const cli::Tool& tool, MarkOptions& options);

std::chrono::seconds settle_of(const MarkOptions& options);

}  // namespace faceatt
