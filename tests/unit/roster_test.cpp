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
