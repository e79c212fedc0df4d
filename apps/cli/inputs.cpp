#include "cli/inputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt::cli {

Inputs::Inputs(std::vector<std::string> arguments, bool nul) : arguments_(std::move(arguments)), nul_(nul) {
  const bool reads_stdin = std::find(arguments_.begin(), arguments_.end(), "-") != arguments_.end();
  if (reads_stdin && ::isatty(STDIN_FILENO) != 0) {
    throw UsageError("- wants a list on standard input, which is a terminal");
  }
}

std::optional<std::string> Inputs::next() {
  while (at_ < arguments_.size()) {
    if (arguments_[at_] != "-") return arguments_[at_++];
    std::string line;
    while (std::getline(std::cin, line, nul_ ? '\0' : '\n')) {
      if (!nul_ && line.ends_with('\r')) line.pop_back();
      if (!line.empty()) return line;
    }
    ++at_;
  }
  return std::nullopt;
}

}  // namespace faceatt::cli
