#include "faceatt/people/roster.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

struct Read {
  Roster roster;
  std::vector<std::string> warnings;
};

Read read(std::string_view text) {
  const TempFolder folder;
  write(folder / "roster.csv", text);
  Read result;
  result.roster = read_roster(folder / "roster.csv", result.warnings);
  return result;
}

}  // namespace

TEST_CASE("a missing roster is empty") {
  const TempFolder folder;
  std::vector<std::string> warnings;
  CHECK(read_roster(folder / "roster.csv", warnings).empty());
  CHECK(warnings.empty());
}

TEST_CASE("roster columns in any order, with others between") {
  const auto [roster, warnings] =
      read("Phone,GROUPS, Name ,id\n123, 5b ; choir;;,Ana Silva,s1001\n,,,s1002\n,,\"Lee, Bo\",s1003\n");
  CHECK(warnings.empty());
  REQUIRE(roster.size() == 3);
  CHECK(roster.at("s1001").name == "Ana Silva");
  CHECK(roster.at("s1001").groups == std::vector<std::string>{"5b", "choir"});
  CHECK(roster.at("s1002").name.empty());
  CHECK(roster.at("s1002").groups.empty());
  CHECK(roster.at("s1003").name == "Lee, Bo");
}

TEST_CASE("roster as a spreadsheet saves it") {
  const auto [roster, warnings] = read("\xEF\xBB\xBFid;name;groups\r\ns1;Ana;\"5b;choir\"\r\n");
  CHECK(warnings.empty());
  REQUIRE(roster.size() == 1);
  CHECK(roster.at("s1").groups == std::vector<std::string>{"5b", "choir"});
}

TEST_CASE("roster ids are NFC") {
  const auto [roster, warnings] = read("id,name\nJose\u0301,Jose\u0301 A\n");
  REQUIRE(roster.count("Jos\u00E9") == 1);
  CHECK(roster.at("Jos\u00E9").name == "Jos\u00E9 A");
}

TEST_CASE("roster rows that cannot be are named with their line") {
  const auto [roster, warnings] = read("id,name\n../x,Evil\nok,Fine\n=1+1,Sum\n,Nobody\nJos\xE9,Latin\n");
  CHECK(roster.size() == 1);
  REQUIRE(warnings.size() == 4);
  CHECK_THAT(warnings[0], Catch::Contains("roster.csv:2:") && Catch::Contains("path separator"));
  CHECK_THAT(warnings[1], Catch::Contains("roster.csv:4:") && Catch::Contains("starts with '='"));
  CHECK_THAT(warnings[2], Catch::Contains("roster.csv:5:") && Catch::Contains("is empty"));
  CHECK_THAT(warnings[3], Catch::Contains("roster.csv:6:") && Catch::Contains("not UTF-8"));
}

TEST_CASE("a roster without ids is an error") {
  for (const char* text : {"", "name,groups\nAna,5b\n", "\n"}) {
    INFO(text);
    try {
      read(text);
      FAIL("read");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      CHECK_THAT(e.what(), Catch::Contains("id,name,groups"));
    }
  }
}

TEST_CASE("roster: names in any script, NFC") {
  const auto [roster, warnings] = read(
      "id,name,groups\n\u5F20\u4F1F,\u5F20\u4F1F,\u4E8C\u73ED\n"
      "s2,\u0645\u062D\u0645\u062F,\nJose\u0301_9,Jose\u0301,e\u0301quipe\n");
  CHECK(warnings.empty());
  REQUIRE(roster.size() == 3);
  CHECK(roster.at("\u5F20\u4F1F").groups == std::vector<std::string>{"\u4E8C\u73ED"});
  CHECK(roster.at("s2").name == "\u0645\u062D\u0645\u062F");
  CHECK(roster.at("Jos\u00E9_9").name == "Jos\u00E9");
  CHECK(roster.at("Jos\u00E9_9").groups == std::vector<std::string>{"\u00E9quipe"});
}

TEST_CASE("roster: of two rows for one id the later counts, and both lines are named") {
  const auto [roster, warnings] =
      read("id,name\nana,First\nbob,Bob\nana,Second\n ana ,Third\nJos\u00E9,\nJose\u0301,\n");
  CHECK(roster.at("ana").name == "Third");
  REQUIRE(warnings.size() == 3);
  CHECK_THAT(warnings[0], Catch::Contains("roster.csv:4: id 'ana' is in line 2 already; this row counts"));
  CHECK_THAT(warnings[1], Catch::Contains("roster.csv:5: id 'ana' is in line 4 already"));
  CHECK_THAT(warnings[2], Catch::Contains("roster.csv:7:") && Catch::Contains("is in line 6 already"));
}

TEST_CASE("roster: groups without their quotes are named") {
  const auto [roster, warnings] = read("id;name;groups\ns1;Ana;5b;choir\ns2;Bo;\"5b; choir \";;\n");
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Catch::Contains("roster.csv:2: more cells") && Catch::Contains("';'"));
  CHECK(roster.at("s2").groups == std::vector<std::string>{"5b", "choir"});
}

TEST_CASE("roster: the people of a group") {
  const Roster roster = read("id,name,groups\na,,5b;choir\nb,,choir\nc,,caf\u00E9\nd,,\n").roster;
  using Ids = std::set<std::string>;
  CHECK(people_of_group(roster, "choir") == Ids{"a", "b"});
  CHECK(people_of_group(roster, " 5b ") == Ids{"a"});
  CHECK(people_of_group(roster, "cafe\u0301") == Ids{"c"});
  try {
    people_of_group(roster, "5c");
    FAIL("found");
  } catch (const UsageError& e) {
    CHECK(std::string(e.what()) == "--group 5c: no such group; there is 5b, caf\u00E9, choir");
  }
  CHECK_THROWS_WITH(people_of_group({}, "x"), Catch::Contains("names no groups"));
}

TEST_CASE("roster: a row gets another id and all else stays") {
  const std::string text =
      "\xEF\xBB\xBFPhone;id;Name\r\n\r\n1;ana;\"A;B\"\r\n# note;;\r\n  x ; Jose\u0301 ;J\r\n3;anab;\"C\"";
  const auto edit = renamed_in_roster(text, "ana", "s1");
  CHECK(edit.rows == 1);
  CHECK(edit.text ==
        "\xEF\xBB\xBFPhone;id;Name\r\n\r\n1;s1;\"A;B\"\r\n# note;;\r\n  x ; Jose\u0301 ;J\r\n3;anab;\"C\"");
  CHECK(renamed_in_roster(text, "Jos\u00E9", "j").text.find("  x ;j;J\r\n3") != std::string::npos);
  CHECK(renamed_in_roster(text, "nobody", "j").text == text);
  CHECK(renamed_in_roster("id,name\nana,A\n", "ana", "x,y").text == "id,name\n\"x,y\",A\n");
}

TEST_CASE("roster: all rows of a person are dropped and nothing else") {
  const auto edit = removed_from_roster("id,name\r\nana,A\r\nbob,B\r\nana,\"two\nlines\"\r\n", "ana");
  CHECK(edit.rows == 2);
  CHECK(edit.text == "id,name\r\nbob,B\r\n");
  CHECK(removed_from_roster("", "ana").text.empty());
  CHECK(removed_from_roster("name\nana\n", "ana").rows == 0);
}

TEST_CASE("roster: a page of warnings is enough") {
  std::string text = "id,name\n";
  for (int i = 0; i < 1000; ++i) text += "../x,Evil\n";
  const auto [roster, warnings] = read(text);
  CHECK(warnings.size() == 21);
  CHECK_THAT(warnings.back(), Catch::Contains("1000 such lines in all"));
}
