// The list of files that a tool works through.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace faceatt::cli {

// The arguments as they are, `-` replaced by the lines of standard input (NUL-separated with `nul`).
class Inputs {
 public:
  // Throws UsageError for - when standard input is a terminal: nobody types a list.
  Inputs(std::vector<std::string> arguments, bool nul);
  // Throws UsageError for a line of over 4,096 bytes.
  std::optional<std::string> next();

 private:
  std::vector<std::string> arguments_;
  std::size_t at_ = 0;
  bool nul_;
};

}  // namespace faceatt::cli
