// What the fuzz targets share. A target takes whatever bytes, gives them to a parser, and says what must be true of its
// answer. Fuzzed with libFuzzer (scripts/test --fuzz), and run over corpus/ by the ordinary tests.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt::fuzz {

using Target = void (*)(std::string_view input);
void add_target(const char* name, Target target);

// Ends the program, with a report of where.
[[noreturn]] void fail(const std::string& what);
inline void require(bool holds, const std::string& what) {
  if (!holds) fail(what);
}

// A refusal is something that can be shown to people: not empty, and not a page.
void check_refusal(std::string_view message);

// Whether `read` took what it was given. It may refuse with faceatt's own errors and nothing else: any other exception
// ends the program.
template <typename Read>
bool accepts(Read&& read) {
  try {
    std::forward<Read>(read)();
    return true;
  } catch (const Error& e) {
    check_refusal(e.what());
  } catch (const UsageError& e) {
    check_refusal(e.what());
  }
  return false;
}

// A folder in memory of this process alone, empty at the start.
const std::filesystem::path& scratch();

// scratch()/name with these bytes in it.
std::filesystem::path file_with(const std::string& name, std::string_view bytes);

// Takes a line off the front, for targets that want more than one text.
std::string_view take_line(std::string_view& text);

}  // namespace faceatt::fuzz

// FUZZ_TARGET(name) { ... input ... }
#define FUZZ_TARGET(name)                                                                 \
  static void fuzz_##name(std::string_view input);                                        \
  static const bool added_##name = (faceatt::fuzz::add_target(#name, fuzz_##name), true); \
  static void fuzz_##name(std::string_view input)
