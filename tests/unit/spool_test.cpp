#include "faceatt/attendance/spool.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "faceatt/attendance/once.hpp"
#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

AttendanceRow row(const std::string& id, const std::string& status = "present", const std::string& source = "door") {
  AttendanceRow r;
  r.date = "2026-11-21";
  r.time = "2026-11-21T08:00:00+01:00";
  r.id = id;
  r.session = "day";
  r.status = status;
  r.source = source;
  return r;
}

std::vector<std::string> ids_of(const std::vector<SpooledRow>& rows) {
  std::vector<std::string> ids;
  for (const SpooledRow& spooled : rows) ids.push_back(spooled.row.id);
  return ids;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("spool: rows come back in their order, with where they are") {
  const TempFolder folder;
  Spool spool(folder / "a" / "b");
  CHECK(spool.read().empty());
  CHECK_FALSE(fs::exists(folder / "a"));
  AttendanceRow odd = row("Jos\u00E9");
  odd.name = "Silva, \"Ana\"";
  odd.note = "two\nlines";
  spool.add({"u1", "", 0, odd}, true);
  spool.add({"u2", "run", 1795311050, row("b")}, false);
  const auto rows = Spool(folder / "a" / "b").read();
  CHECK(ids_of(rows) == Ids{"Jos\u00E9", "b"});
  CHECK(rows[0].row.name == "Silva, \"Ana\"");
  CHECK(rows[0].row.note.find('\n') == std::string::npos);
  CHECK(rows[0].server.empty());
  CHECK(rows[1].server == "run");
  CHECK(rows[1].sent == 1795311050);
  CHECK((fs::status(spool.file()).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK((fs::status(folder / "a" / "b").permissions() & fs::perms::all) == fs::perms::owner_all);
}

TEST_CASE("spool: a torn last line was told to nobody, and goes") {
  const TempFolder folder;
  Spool spool(folder / "s");
  spool.add({"u1", "", 0, row("a")}, true);
  const std::string whole = slurp(spool.file());
  for (std::size_t cut = 1; cut < whole.size() - whole.find('\n') - 1; cut += 7) {
    write(spool.file(), whole + whole.substr(whole.find('\n') + 1, cut));
    CHECK(ids_of(spool.read()) == Ids{"a"});
    spool.add({"u2", "", 0, row("b")}, true);
    CHECK(ids_of(spool.read()) == Ids{"a", "b"});
    CHECK(spool.update([](auto&) {}) == 0);
  }
}

TEST_CASE("spool: a damaged line is kept beside it, once") {
  const TempFolder folder;
  Spool spool(folder / "s");
  spool.add({"u1", "", 0, row("a")}, true);
  write(spool.file(), slurp(spool.file()) + "nonsense\n\"open,quote\nu2,,,2026-99-99,x,b,,day,present,,,,\n");
  spool.add({"u3", "", 0, row("c")}, true);
  CHECK(ids_of(spool.read()) == Ids{"a", "c"});
  CHECK(spool.update([](auto& rows) { rows.front().server = "run"; }) == 3);
  CHECK(spool.update([](auto&) {}) == 0);
  CHECK(slurp(spool.file().string() + ".damaged") == "nonsense\n\"open,quote\nu2,,,2026-99-99,x,b,,day,present,,,,\n");
  CHECK(spool.read().front().server == "run");
}

TEST_CASE("spool: what another program adds while rows change stays") {
  const TempFolder folder;
  Spool spool(folder / "s");
  for (const char* id : {"a", "b"}) spool.add({id, "", 0, row(id)}, true);
  const auto seen = spool.stamp();
  spool.add({"c", "", 0, row("c")}, true);
  CHECK(spool.stamp() != seen);
  spool.update([](std::vector<SpooledRow>& rows) { std::erase_if(rows, [](const auto& r) { return r.uid == "a"; }); });
  CHECK(ids_of(spool.read()) == Ids{"b", "c"});
  const auto sending = spool.try_lock_sending();
  CHECK(sending);
  CHECK_FALSE(spool.try_lock_sending());
}

TEST_CASE("spool: one that cannot be written is an error that names the fix") {
  const TempFolder folder;
  Spool spool(folder / "s");
  fs::create_directories(folder / "s" / "marks.csv");
  CHECK_THROWS_WITH(spool.add({"u", "", 0, row("a")}, true), Catch::Contains("name another folder with --spool"));
}

TEST_CASE("once: rows in memory say what a log would") {
  RowsInForce rows;
  const LookUp look = [&](const std::string& key) { return rows.look_up(key); };
  const auto said = [&](const AttendanceRow& r) { return judge(r, look, std::chrono::seconds(60)).outcome; };
  CHECK(said(row("a")) == AttendanceLog::Outcome::kNew);
  rows.add(row("a"));
  CHECK(said(row("a")) == AttendanceLog::Outcome::kAlready);
  CHECK(said(row("a", "absent", "manual:eve")) == AttendanceLog::Outcome::kNew);
  CHECK(said(row("a", "out")) == AttendanceLog::Outcome::kAlready);  // a moment after they came
  rows.add(row("*", "ended", "manual:eve"));
  CHECK(said(row("b")) == AttendanceLog::Outcome::kAfterEnd);
  CHECK(judge(row("b"), look, std::chrono::seconds(60)).rests_on == session_key(row("b")));
}
