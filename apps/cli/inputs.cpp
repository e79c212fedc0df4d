#include "cli/inputs.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt::cli {
namespace {

// The next line of standard input that is not empty; with `nul` they end in NUL.
std::optional<std::string> next_line(bool nul) {
  constexpr std::size_t kLongest = 4096;  // bytes; no file name is longer
  std::streambuf& in = *std::cin.rdbuf();
  const char end = nul ? '\0' : '\n';
  std::string line;
  for (int c = in.sbumpc(); c != EOF; c = in.sbumpc()) {
    if (static_cast<char>(c) != end) {
      line += static_cast<char>(c);
      if (line.size() <= kLongest) continue;
      throw UsageError("standard input: a line of over 4,096 bytes, which is no name of a file or person");
    }
    if (!nul && line.ends_with('\r')) line.pop_back();
    if (!line.empty()) return line;
  }
  return line.empty() ? std::nullopt : std::optional(line);
}

}  // namespace

Inputs::Inputs(std::vector<std::string> arguments, bool nul) : arguments_(std::move(arguments)), nul_(nul) {
  const bool reads_stdin = std::find(arguments_.begin(), arguments_.end(), "-") != arguments_.end();
  if (reads_stdin && ::isatty(STDIN_FILENO) != 0) {
    throw UsageError("- wants a list on standard input, which is a terminal");
  }
}

std::optional<std::string> Inputs::next() {
  while (at_ < arguments_.size()) {
    if (arguments_[at_] != "-") return arguments_[at_++];
    if (auto line = next_line(nul_)) return line;
    ++at_;
  }
  return std::nullopt;
}

}  // namespace faceatt::cli
