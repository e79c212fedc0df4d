#include "faceatt/people/ids.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;

TEST_CASE("people ids: photos, folders and the roster, without looking at a photo") {
  const test::TempFolder people;
  test::write(people / "Ana_Silva.JPG", "");
  test::write(people / "s1001" / "front.jpg", "");
  test::write(people / "s1001.png", "");
  std::filesystem::create_directory(people / "s1002");
  std::filesystem::create_directory_symlink(people / "s1002", people / "s1003");
  test::write(people / "Jose\u0301.jpg", "");
  test::write(people / "notes.txt", "");
  test::write(people / ".hidden.jpg", "");
  test::write(people / ".faceatt" / "x.cache", "");
  test::write(people / "=1.jpg", "");
  test::write(people / "M\xFCller.jpg", "");
  test::write(people / "roster.csv", "id,name,groups\ns1001,Bo Lund,\ns2000,Cy Ray,\ns2001,,\n=2,Di,\n");
  std::vector<std::string> warnings;
  CHECK(people_ids(people.path(), warnings) == std::map<std::string, std::string>{{"Ana_Silva", "Ana Silva"},
                                                                                  {"Jos\u00E9", "Jos\u00E9"},
                                                                                  {"s1001", "Bo Lund"},
                                                                                  {"s1002", "s1002"},
                                                                                  {"s2000", "Cy Ray"},
                                                                                  {"s2001", "s2001"}});
  CHECK(warnings.size() == 1);  // of the roster
}

TEST_CASE("people ids: a folder that is not there") {
  const test::TempFolder folder;
  std::vector<std::string> warnings;
  CHECK_THROWS_WITH(people_ids(folder / "people", warnings),
                    "people folder " + (folder / "people").string() +
                        ": not found; make it with faceatt-enroll, or name it with --db");
}
