// A row of a table of docs/performance.md: what was measured, the figure, and where there is something to compare it
// with in the same run, that and the ratio.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

namespace faceatt::bench {

inline void print_row(std::string_view what, std::string_view figure, std::string_view beside = "",
                      std::string_view ratio = "") {
  fmt::print("| {} | {} | {} | {} |\n", what, figure, beside, ratio);
  std::fflush(stdout);
}

}  // namespace faceatt::bench
