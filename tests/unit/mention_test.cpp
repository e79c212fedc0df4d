#include "faceatt/core/mention.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

TEST_CASE("mentions: whole words") {
  const Mentions ann({"Ann"}, {"Bob"});
  for (const char* text : {"Ann", "Ann-1.jpg", "with Ann.", "x_Ann_y", "(Ann)", "manual:Ann", "\u5F20Ann",
                           "\xFF"
                           "Ann\xFE"}) {
    INFO(text);
    CHECK(ann.in(text));
  }
  for (const char* text : {"", "Anna", "JoAnn", "Ann1", "2Ann", "ann", "Ann\u00E9", "\u00C9Ann", "An"}) {
    INFO(text);
    CHECK_FALSE(ann.in(text));
  }
  CHECK(ann.is(" Ann "));
  CHECK_FALSE(ann.is("Ann B"));
}

TEST_CASE("mentions: not within a longer name of somebody else") {
  const Mentions ann({"Ann", "Ann Lee"}, {"Ann Lee Park", "Mary-Ann"});
  CHECK(ann.in("Ann Lee"));
  CHECK_FALSE(ann.in("Ann Lee Park was there, Mary-Ann too"));
  CHECK(ann.in("Ann Lee Parker was there"));
  CHECK(ann.in("Ann Lee Park and Ann"));
  CHECK(ann.replaced("Ann Lee Park, Ann Lee, Mary-Ann, Ann; Anna", "X") == "Ann Lee Park, X, Mary-Ann, X; Anna");
}

TEST_CASE("mentions: a name that somebody else has, too, is not looked for") {
  const Mentions ana({"s1", "Ana Silva"}, {"s2", "Ana Silva"});
  CHECK_FALSE(ana.in("Ana Silva"));
  CHECK_FALSE(ana.is("Ana Silva"));
  CHECK(ana.is("s1"));
}

TEST_CASE("mentions: both spellings, as given and NFC") {
  const Mentions jose({"Jose\u0301"}, {});
  CHECK(jose.in("with Jos\u00E9."));
  CHECK(jose.in("with Jose\u0301."));
  CHECK(jose.is("Jose\u0301"));
  CHECK(jose.is("Jos\u00E9"));
  CHECK_FALSE(jose.in("Jos\u00E9e"));
}

TEST_CASE("mentions: scripts without spaces have no ends of words") {
  const Mentions wei({"\u5F20\u4F1F"}, {"\u5F20\u4F1F\u4E3D"});
  CHECK(wei.in("\u4ECA\u5929\u5F20\u4F1F\u8FDF\u5230"));
  CHECK_FALSE(wei.in("\u5F20\u4F1F\u4E3D"));
}

TEST_CASE("mentions: short ids and numbers are in too much") {
  const Mentions person({"7", "12", "ab", "s12"}, {});
  CHECK_FALSE(person.in("7 minutes late, 2026-11-12, ab"));
  CHECK(person.in("s12.jpg"));
  CHECK(person.in_own("seat 12"));
  CHECK(person.is("7"));
  CHECK(Mentions({"1234567"}, {}).in("1234567.jpg"));
}

TEST_CASE("mentions: in bytes that are no text, five may be chance") {
  const std::string bytes("\0\x80 Annie \0 Joanna\xFF", 18);
  CHECK_FALSE(Mentions({"Annie"}, {}).in_binary(bytes));
  CHECK(Mentions({"Joanna"}, {}).in_binary(bytes));
}
