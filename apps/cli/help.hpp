// What a tool says of its options: --help, and the end of a message about an argument that is wrong.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace faceatt::cli {

// Usage line, what it is for with examples, arguments, options, exit status. 80 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage);
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;

 private:
  std::string usage_;
};

// CLI11's sentence as the end of one line of ours.
std::string one_line(std::string message);

}  // namespace faceatt::cli
