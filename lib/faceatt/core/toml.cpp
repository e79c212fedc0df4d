#include "faceatt/core/toml.hpp"

#include <algorithm>
#include <utility>

namespace faceatt {
namespace {

struct TomlAssertion {};

constexpr std::size_t kLongestLine = 2000;  // bytes

void check_lines(std::string_view text) {
  for (unsigned line = 1; !text.empty(); ++line) {
    const auto size = std::min(text.find('\n'), text.size());
    if (size > kLongestLine) throw TomlError(line, "longer than 2,000 bytes");
    text.remove_prefix(std::min(size + 1, text.size()));
  }
}

}  // namespace

void toml_assertion_failed() { throw TomlAssertion(); }

toml::table parse_toml(std::string_view text) {
  check_lines(text);
  try {
    toml::parse_result result = toml::parse(text);
    if (result) return std::move(result).table();
    const toml::parse_error& error = result.error();
    throw TomlError(static_cast<unsigned>(error.source().begin.line), std::string(error.description()));
  } catch (const TomlAssertion&) {
    throw TomlError(1, "is not TOML");
  }
}

}  // namespace faceatt
