#include "faceatt/people/rename.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

struct People {
  TempFolder temp;
  fs::path folder = temp.path() / "people";

  People() {
    write(folder / "ana.JPG", "flat");
    write(folder / "ana/front.jpg", "front");
    write(folder / "ana/notes.txt", "n");
    write(folder / "bob.jpg", "bob");
    write(folder / "roster.csv", "id,name\nana,Ana\nbob,Bob\n");
  }
  void rename(const std::string& from, const std::string& to) { carry_out(folder, plan_rename(folder, from, to)); }
  std::string refused(const std::string& from, const std::string& to) {
    try {
      rename(from, to);
    } catch (const Error& e) {
      return e.what();
    }
    return "done";
  }
};

}  // namespace

TEST_CASE("rename: photos, folder and roster row move") {
  People p;
  const auto plan = plan_rename(p.folder, "ana", "s1");
  CHECK(plan.moves.size() == 2);
  CHECK(plan.roster_rows == 1);
  CHECK(fs::exists(p.folder / "ana.JPG"));  // planning changes nothing
  carry_out(p.folder, plan);
  CHECK(slurp(p.folder / "s1.JPG") == "flat");
  CHECK(slurp(p.folder / "s1/front.jpg") == "front");
  CHECK(slurp(p.folder / "s1/notes.txt") == "n");
  CHECK_FALSE(fs::exists(p.folder / "ana"));
  CHECK(slurp(p.folder / "bob.jpg") == "bob");
  CHECK(slurp(p.folder / "roster.csv") == "id,name\ns1,Ana\nbob,Bob\n");
  CHECK_FALSE(fs::exists(p.folder / ".faceatt/rename"));
  CHECK(plan_rename(p.folder, "ana", "s2").empty());
}

TEST_CASE("rename: spellings are compared in NFC") {
  People p;
  write(p.folder / "Jose\u0301.png", "j");
  p.rename("Jos\u00E9", "Zoe\u0301");
  CHECK(fs::exists(p.folder / "Zo\u00E9.png"));
  CHECK_THROWS_AS(plan_rename(p.folder, "Zo\u00E9", "Zoe\u0301"), UsageError);
  write(p.folder / "Zoe\u0301.png", "another");
  CHECK_THAT(p.refused("Zo\u00E9", "z"), Catch::Contains("would become one"));
}

TEST_CASE("rename: people who are only in the roster") {
  People p;
  write(p.folder / "roster.csv", "id\nnora\n");
  p.rename("nora", "n1");
  CHECK(slurp(p.folder / "roster.csv") == "id\nn1\n");
}

TEST_CASE("rename: an id that is taken or cannot be") {
  People p;
  CHECK_THAT(p.refused("ana", "bob"), Catch::Contains("--remove"));
  write(p.folder / "roster.csv", "id\nana\nnora\n");
  CHECK_THAT(p.refused("ana", "nora"), Catch::Contains("somebody has this id"));
  fs::create_directory(p.folder / "empty");
  CHECK_THAT(p.refused("ana", "empty"), Catch::Contains("somebody has this id"));
  CHECK_THROWS_AS(plan_rename(p.folder, "ana", "../x"), UsageError);
  CHECK_THROWS_AS(plan_rename(p.folder, "ana", "=1"), UsageError);
  CHECK(slurp(p.folder / "ana.JPG") == "flat");
  CHECK_THROWS_AS(plan_rename(p.folder / "none", "a", "b"), Error);
}

TEST_CASE("rename: what came meanwhile is not replaced") {
  People p;
  const RenamePlan plan = plan_rename(p.folder, "ana", "s1");
  write(p.folder / "s1.JPG", "somebody else");
  CHECK_THROWS_WITH(carry_out(p.folder, plan), Catch::EndsWith("s1.JPG: is there; nothing is replaced"));
  CHECK(slurp(p.folder / "s1.JPG") == "somebody else");
  CHECK(slurp(p.folder / "ana.JPG") == "flat");
}

TEST_CASE("rename: a folder that cannot be changed is one clear error") {
  People p;
  const RenamePlan plan = plan_rename(p.folder, "ana", "s1");
  fs::permissions(p.folder, fs::perms(0555));
  {
    const AsNobody nobody;
    CHECK_THROWS_WITH(carry_out(p.folder, plan), Catch::StartsWith("people folder " + p.folder.string()));
  }
  fs::permissions(p.folder, fs::perms::all);
  CHECK(slurp(p.folder / "ana.JPG") == "flat");
}

TEST_CASE("rename: interrupted anywhere, the same rename completes it") {
  for (int done = 0; done < 3; ++done) {
    People p;
    INFO(done);
    write(p.folder / ".faceatt/rename", "ana\ns1\n");
    if (done > 0) fs::rename(p.folder / "ana", p.folder / "s1");
    if (done > 1) fs::rename(p.folder / "ana.JPG", p.folder / "s1.JPG");
    CHECK_THAT(p.refused("bob", "b2"), Catch::Contains("--rename ana s1"));
    p.rename("ana", "s1");
    CHECK(slurp(p.folder / "s1/front.jpg") == "front");
    CHECK(slurp(p.folder / "s1.JPG") == "flat");
    CHECK(slurp(p.folder / "roster.csv") == "id,name\ns1,Ana\nbob,Bob\n");
    p.rename("bob", "b2");
  }
}
