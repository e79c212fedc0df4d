#include "faceatt/core/toml.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

// The line of what is wrong; 0: nothing is.
unsigned wrong_line(const std::string& text) {
  try {
    parse_toml(text);
    return 0;
  } catch (const TomlError& e) {
    CHECK_FALSE(std::string(e.what()).empty());
    return e.line();
  }
}

}  // namespace

TEST_CASE("toml: what is none is refused with its line, also where the library takes it for impossible") {
  CHECK(wrong_line("a = 1\n") == 0);
  CHECK(wrong_line("a = 1\nb = \n") == 2);
  for (const char* text : {"[[#", "[[[1]]]", "[[=", "[[#a]]\nb = 1\n"}) {
    INFO(text);
    CHECK(wrong_line(text) > 0);
  }
  CHECK(wrong_line("\u00E9 = 1\n") == 1);
  CHECK(wrong_line("a = 1\n \u0416") == 2);
  CHECK(wrong_line("a = \"\u00E9\" # \u0416\nb = 2\n") == 0);
  CHECK(wrong_line("a = 1\n\u00A0\nb = 2\n") == 2);
  CHECK(wrong_line("a = \"\xFF\"\n") > 0);
}

TEST_CASE("toml: no line is so long that its tables are too deep") {
  std::string deep = "a";
  for (int i = 0; i < 500'000; ++i) deep += ".a";
  CHECK(wrong_line("x = 1\n" + deep + " = 1\n") == 2);
  CHECK(wrong_line("[" + deep + "]\n") == 1);
  std::string brackets(500'000, '[');
  CHECK(wrong_line("x = " + brackets) == 1);
  CHECK(wrong_line("x = \"" + std::string(1990, 'x') + "\"\n") == 0);
  CHECK(wrong_line("# " + std::string(2000, 'x') + "\n") == 1);
  CHECK(wrong_line(deep.substr(0, 1990) + "a = 1") == 0);
}
