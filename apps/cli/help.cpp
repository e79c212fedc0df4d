#include "cli/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace faceatt::cli {

HelpFormatter::HelpFormatter(std::string usage) : usage_(std::move(usage)) {
  column_width(24);
  label("Positionals", "Arguments");
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode mode) const {
  return usage_ + "\n\n" + app->get_description() + "\n" + make_positionals(app) + make_groups(app, mode) + "\n" +
         app->get_footer() + "\n";
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string name = "  " + option->get_name(is_positional, true);
  if (is_positional) {
    name = "  " + option->get_name(true, false);
  } else if (option->get_type_size() != 0) {
    name += " " + option->get_type_name();
  }
  std::string text = option->get_description();
  if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
  return fmt::format("{:<{}}{}\n", name, get_column_width(), text);
}

std::string one_line(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (const auto at = message.find("1 required "); at != std::string::npos)
    message.erase(at, 11);  // "--log: FILE missing"
  message.erase(message.find_last_not_of(" .") + 1);
  constexpr std::string_view kUnexpected = "The following argument was not expected: ";
  constexpr std::string_view kUnexpectedMany = "The following arguments were not expected: ";
  if (message.starts_with(kUnexpected)) return "unknown option or argument: " + message.substr(kUnexpected.size());
  if (message.starts_with(kUnexpectedMany))
    return "unknown options or arguments: " + message.substr(kUnexpectedMany.size());
  return message;
}

}  // namespace faceatt::cli
