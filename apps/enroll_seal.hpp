// Keys, and what is sealed with them: faceatt-enroll --make-key, --seal and --unseal.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"

namespace faceatt::cli {

struct SealRequest {
  std::string make_key;  // file to be made
  bool seal = false, unseal = false;
  std::string old_key;  // with `seal`: what some of the files are sealed with

  bool any() const { return !make_key.empty() || seal || unseal; }
};

void add_seal_options(Tool& tool, SealRequest& request);

// Carries out what any() says there is. Throws UsageError and Error; returns the exit code.
int run_seal(const SealRequest& request, const std::vector<std::string>& files, Tool& tool, Output& out);

}  // namespace faceatt::cli
