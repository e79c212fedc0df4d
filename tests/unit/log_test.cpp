#include "faceatt/attendance/log.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;
using Outcome = AttendanceLog::Outcome;

const std::string kHeader = "date,time,id,name,session,status,source,score,liveness,note\n";

AttendanceRow row(const std::string& id, const std::string& source = "door") {
  AttendanceRow r;
  r.date = "2026-11-21";
  r.time = "2026-11-21T08:00:00+01:00";
  r.id = id;
  r.name = id;
  r.session = "day";
  r.status = "present";
  r.source = source;
  return r;
}

std::string line(const std::string& id) {
  return "2026-11-21,2026-11-21T08:00:00+01:00," + id + "," + id + ",day,present,door,,,\n";
}

// The ids in a log, in order; nothing in it may be damaged.
std::vector<std::string> ids_in(const fs::path& file) {
  std::vector<std::string> warnings, ids;
  for (const auto& r : read_attendance(file, warnings)) ids.push_back(r.id);
  CHECK(warnings.empty());
  return ids;
}

using Ids = std::vector<std::string>;

struct Log {
  TempFolder folder;
  fs::path file = folder / "Attendance.csv";
  AttendanceLog log{file};

  Outcome append(const AttendanceRow& r) { return log.append(r); }
  Outcome append(const std::string& id) { return log.append(row(id)); }
  std::string text() const { return slurp(file); }
  void warned(std::size_t n, const std::string& part = "") {
    const auto warnings = log.take_warnings();
    REQUIRE(warnings.size() == n);
    if (n > 0) CHECK_THAT(warnings[0], Catch::StartsWith(file.string() + ": ") && Catch::Contains(part));
  }
  std::string error(const std::string& id) {
    try {
      append(id);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      CHECK_THAT(e.what(), Catch::StartsWith(file.string() + ": "));
      CHECK(std::string(e.what()).find('\n') == std::string::npos);
      return e.what();
    }
    return "no error";
  }
};

}  // namespace

TEST_CASE("log: a new file has a header and is private") {
  Log l;
  CHECK_FALSE(fs::exists(l.file));
  AttendanceRow r = row("s1");
  r.name = "Silva, \"Ana\"";
  r.score = "0.7123";
  r.liveness = "live";
  r.note = "x";
  CHECK(l.append(r) == Outcome::kNew);
  CHECK(l.text() ==
        kHeader + "2026-11-21,2026-11-21T08:00:00+01:00,s1,\"Silva, \"\"Ana\"\"\",day,present,door,0.7123,live,x\n");
  CHECK(mode_of(l.file) == 0600);
  l.warned(0);
  std::vector<std::string> warnings;
  const auto rows = read_attendance(l.file, warnings);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].name == "Silva, \"Ana\"");
  CHECK(rows[0].note == "x");
}

TEST_CASE("log: once per key") {
  Log l;
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kNew);
  AttendanceRow other = row("a");
  other.time = "2026-11-21T12:00:00+01:00";
  other.status = "late";
  CHECK(l.append(other) == Outcome::kAlready);
  other.session = "math";
  CHECK(l.append(other) == Outcome::kNew);
  other.date = "2026-11-22";
  CHECK(l.append(other) == Outcome::kNew);
  CHECK(ids_in(l.file) == Ids{"a", "b", "a", "a"});
  CHECK(l.append("b") == Outcome::kAlready);
}

TEST_CASE("log: the keys of a file are read, in chunks as they come") {
  Log l;
  write(l.file, kHeader + line("a") + line("b"));
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(AttendanceLog(l.file).append(row("c")) == Outcome::kAlready);
  CHECK(l.text() == kHeader + line("a") + line("b") + line("c"));
}

TEST_CASE("log: manual rows always go in and count as marked") {
  Log l;
  l.append("a");
  CHECK(l.append(row("a", "manual:eve")) == Outcome::kNew);
  CHECK(l.append(row("a", "manual:eve")) == Outcome::kNew);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append(row("b", "manual:eve")) == Outcome::kNew);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(ids_in(l.file) == Ids{"a", "a", "a", "b"});
}

TEST_CASE("log: two spellings of an id or a session are one key") {
  Log l;
  CHECK(l.append("Jos\u00E9") == Outcome::kNew);
  CHECK(l.append("Jose\u0301") == Outcome::kAlready);
  CHECK(AttendanceLog(l.file).append(row("Jose\u0301")) == Outcome::kAlready);
  AttendanceRow r = row("x");
  r.session = "Caf\u00E9";
  CHECK(l.append(r) == Outcome::kNew);
  r.session = "Cafe\u0301";
  CHECK(l.append(r) == Outcome::kAlready);
}

TEST_CASE("log: contains looks and touches nothing") {
  Log l;
  CHECK_FALSE(l.log.contains(row("a")));
  CHECK_FALSE(fs::exists(l.file));
  l.append("a");
  CHECK(l.log.contains(row("a")));
  CHECK_FALSE(l.log.contains(row("b")));
  const std::string torn = l.text() + "2026-11-21,2026";
  write(l.file, torn);
  CHECK(l.log.contains(row("a")));
  CHECK(l.text() == torn);
  write(l.file, "");
  CHECK_FALSE(l.log.contains(row("a")));
  write(l.file, "name,phone\n");
  CHECK_THROWS_AS(l.log.contains(row("a")), Error);
}

TEST_CASE("log: a log that is a FIFO or a folder is refused without waiting") {
  Log l;
  REQUIRE(::mkfifo(l.file.c_str(), 0600) == 0);
  ::alarm(20);
  CHECK_THAT(l.error("a"), Catch::Contains("not a regular file"));
  CHECK_THROWS_AS(l.log.contains(row("a")), Error);
  ::alarm(0);
  fs::remove(l.file);
  fs::create_directory(l.file);
  CHECK_THAT(l.error("a"), Catch::Contains("Is a directory"));
}

TEST_CASE("log: files are appended to in their own dialect") {
  Log l;
  SECTION("foreign columns in another order") {
    const std::string text = "Room,ID,Status,Date,Session\n12,ana,present,2026-11-21,day\n";
    write(l.file, text);
    CHECK(l.append("ana") == Outcome::kAlready);
    CHECK(l.append("bob") == Outcome::kNew);
    CHECK(l.text() == text + ",bob,present,2026-11-21,day\n");
  }
  SECTION("semicolon, BOM and CRLF of a spreadsheet") {
    const std::string text =
        "\xEF\xBB\xBF"
        "date;id;name;session;status\r\n2026-11-21;ana;A;day;present\r\n";
    write(l.file, text);
    CHECK(l.append("ana") == Outcome::kAlready);
    AttendanceRow r = row("bob");
    r.name = "B;C,D";
    CHECK(l.append(r) == Outcome::kNew);
    CHECK(l.text() == text + "2026-11-21;bob;\"B;C,D\";day;present\r\n");
    CHECK(l.append("bob") == Outcome::kAlready);
  }
  SECTION("tabs") {
    write(l.file, "date\tid\tsession\tstatus\n");
    CHECK(l.append("bob") == Outcome::kNew);
    CHECK(l.text() == "date\tid\tsession\tstatus\n2026-11-21\tbob\tday\tpresent\n");
  }
  SECTION("trailing empty columns") {
    const std::string text = "date,id,session,status,,\n2026-11-21,ana,day,present,,\n";
    write(l.file, text);
    CHECK(l.append("bob") == Outcome::kNew);
    CHECK(l.text() == text + "2026-11-21,bob,day,present,,\n");
  }
  CHECK(AttendanceLog(l.file).append(row("bob")) == Outcome::kAlready);
  l.warned(0);
}

TEST_CASE("log: a last line without its end but whole is kept") {
  Log l;
  std::string text = kHeader + line("a") + line("b");
  text.pop_back();
  write(l.file, text);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.text() == text);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(l.text() == kHeader + line("a") + line("b") + line("c"));
  l.warned(0);

  write(l.file, "date;id;session;status\r\n2026-11-21;a;day;present");
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kNew);
  CHECK(l.text() == "date;id;session;status\r\n2026-11-21;a;day;present\r\n2026-11-21;b;day;present\r\n");
}

TEST_CASE("log: a torn last line is removed with a warning, wherever it was torn") {
  const std::string whole = kHeader + line("a");
  const std::string torn = "2026-11-21,2026-11-21T08:00:00+01:00,b,\"B, \"\"b\"\"\",day,present,door,,,";
  for (std::size_t size = 1; size < torn.size() - 1; ++size) {
    Log l;
    write(l.file, whole + torn.substr(0, size));
    INFO("torn after " << size << " bytes: " << torn.substr(0, size));
    CHECK(l.append("c") == Outcome::kNew);
    REQUIRE(l.text() == whole + line("c"));
    l.warned(1, "torn");
    l.warned(0);
  }
}

TEST_CASE("log: the id of a torn line may be marked again") {
  Log l;
  l.append("a");
  write(l.file, l.text() + "2026-11-21,2026-11-21T08:00:00+01:00,b,b,day,pres");
  CHECK(l.append("b") == Outcome::kNew);
  l.warned(1);
  CHECK(l.text() == kHeader + line("a") + line("b"));
}

TEST_CASE("log: a tail of zeros, as some file systems leave it, is removed") {
  Log l;
  l.append("a");
  write(l.file, l.text() + std::string(100, '\0'));
  CHECK(l.append("b") == Outcome::kNew);
  l.warned(1, "100 bytes");
  CHECK(l.text() == kHeader + line("a") + line("b"));
}

TEST_CASE("log: a torn header is made whole, wherever it was torn") {
  for (std::size_t size = 0; size < kHeader.size(); ++size) {
    Log l;
    write(l.file, kHeader.substr(0, size));
    INFO(size);
    CHECK(l.append("a") == Outcome::kNew);
    REQUIRE(l.text() == kHeader + line("a"));
    l.warned(size == 0 ? 0 : 1, "torn");
  }
}

TEST_CASE("log: blank lines at the end are nothing torn") {
  Log l;
  write(l.file, kHeader + line("a") + "\n\n");
  CHECK(l.append("a") == Outcome::kAlready);
  l.warned(0);
  CHECK(l.append("b") == Outcome::kNew);
  l.warned(0);
  CHECK(l.text() == kHeader + line("a") + "\n\n" + line("b"));
  CHECK(ids_in(l.file) == Ids{"a", "b"});
}

TEST_CASE("log: a file that is not ours is an error and stays as it is") {
  for (const std::string text :
       {"name,phone\nAna,123\n", "hello", "\x89PNG\r\n\x1A\nxxxx", "date,id\n2026-11-21,a\n", "date,time,id,nam\n"}) {
    Log l;
    write(l.file, text);
    INFO(text);
    CHECK_THAT(l.error("a"), Catch::Contains("not an attendance log") && Catch::Contains("has no column"));
    CHECK(l.text() == text);
    CHECK_THAT(l.error("a"), Catch::Contains("not an attendance log"));  // and again
    CHECK(l.text() == text);
    l.warned(0);
    write(l.file, kHeader);  // mended while running
    CHECK(l.append("a") == Outcome::kNew);
    CHECK(l.text() == kHeader + line("a"));
  }
}

TEST_CASE("log: damaged lines in the middle are left alone") {
  Log l;
  const std::string text = kHeader + line("a") + "garbage\n2026-11-21,x,\"open quote\n" + line("b");
  write(l.file, text);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(l.text() == text + line("c"));
  std::vector<std::string> warnings;
  CHECK(read_attendance(l.file, warnings).size() == 3);
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] == l.file.string() + ":3: not an attendance row; left out");
  CHECK_THAT(warnings[1], Catch::Contains(":4:"));
}

TEST_CASE("log: many damaged lines are few warnings") {
  std::string text = kHeader;
  for (int i = 0; i < 100; ++i) text += "garbage\n";
  std::vector<std::string> warnings;
  CHECK(parse_attendance(text + line("a"), "log", warnings).size() == 1);
  CHECK(warnings.size() < 10);
  CHECK_THAT(warnings.back(), Catch::Contains("100 damaged lines"));
}

TEST_CASE("log: reading what is empty, missing or not ours") {
  std::vector<std::string> warnings;
  CHECK(parse_attendance("", "log", warnings).empty());
  CHECK(parse_attendance(kHeader, "log", warnings).empty());
  CHECK(warnings.empty());
  CHECK_THROWS_AS(parse_attendance("a,b\n1,2\n", "log", warnings), Error);
  const TempFolder folder;
  try {
    read_attendance(folder / "none.csv", warnings);
    FAIL("read");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kCannotRun);
    CHECK_THAT(e.what(), Catch::Contains("none.csv"));
  }
}

TEST_CASE("log: nothing is written that a spreadsheet would run") {
  Log l;
  AttendanceRow r = row("a");
  r.name = "=HYPERLINK(\"http://x\",\"y\")";
  r.note = "@SUM(A1)";
  r.source = "+cmd";
  r.score = "-0.0123";
  CHECK(l.append(r) == Outcome::kNew);
  CHECK(l.text() ==
        kHeader +
            "2026-11-21,2026-11-21T08:00:00+01:00,a,\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",day,present,"
            "'+cmd,-0.0123,,'@SUM(A1)\n");
}

TEST_CASE("log: once per key also where the cell cannot be written as it is") {
  Log l;
  for (const std::string session : {"=1+1", "-morning", "a\nb", "\tx", "Jos\xE9"}) {
    INFO(session);
    AttendanceRow r = row("a");
    r.session = session;
    CHECK(l.append(r) == Outcome::kNew);
    CHECK(l.append(r) == Outcome::kAlready);
    CHECK(AttendanceLog(l.file).append(r) == Outcome::kAlready);
    CHECK(AttendanceLog(l.file).contains(r));
  }
}

TEST_CASE("log: a row is one line whatever is in it") {
  Log l;
  AttendanceRow r = row("a");
  r.note = "first\nsecond\r\n\"third\"";
  r.name = "Jos\xE9\x1B[0m";
  CHECK(l.append(r) == Outcome::kNew);
  const std::string text = l.text();
  CHECK(std::count(text.begin(), text.end(), '\n') == 2);
  CHECK(text.find('\r') == std::string::npos);
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(ids_in(l.file) == Ids{"a"});
}

TEST_CASE("log: what another process appended is seen") {
  Log l;
  AttendanceLog other(l.file);
  l.append("a");
  CHECK(other.append(row("a")) == Outcome::kAlready);
  CHECK(other.append(row("b")) == Outcome::kNew);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(other.append(row("c")) == Outcome::kAlready);
  CHECK(ids_in(l.file) == Ids{"a", "b", "c"});
}

TEST_CASE("log: a file that is replaced by rename is read anew") {
  Log l;
  l.append("a");
  l.append("b");
  write(l.folder / "new", kHeader + line("x"));
  fs::rename(l.folder / "new", l.file);
  CHECK(l.append("x") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kNew);
  CHECK(l.text() == kHeader + line("x") + line("b"));
  // Into another dialect, as a spreadsheet does.
  write(l.folder / "new", "id;date;session;status\r\nb;2026-11-21;day;present\r\n");
  fs::rename(l.folder / "new", l.file);
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(l.text() == "id;date;session;status\r\nb;2026-11-21;day;present\r\nc;2026-11-21;day;present\r\n");
}

TEST_CASE("log: a file that is rewritten in place and longer is read anew") {
  Log l;
  l.append("a");
  write(l.file, kHeader + line("x") + line("y") + line("z"));
  CHECK(l.append("x") == Outcome::kAlready);
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(ids_in(l.file) == Ids{"x", "y", "z", "a"});
}

TEST_CASE("log: a file that is replaced by one with the same end and more is read anew") {
  Log l;
  std::string more = kHeader + line("x");
  l.append("a");
  for (int i = 0; i < 20; ++i) {
    l.append("p" + std::to_string(i));
    more += line("p" + std::to_string(i));
  }
  write(l.folder / "new", more + line("y"));
  fs::rename(l.folder / "new", l.file);
  CHECK(l.append("x") == Outcome::kAlready);
  CHECK(l.append("a") == Outcome::kNew);
}

TEST_CASE("log: a file that is deleted or emptied begins anew") {
  Log l;
  l.append("a");
  fs::remove(l.file);
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.text() == kHeader + line("a"));
  write(l.file, "");
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.text() == kHeader + line("a"));
  write(l.file, kHeader);  // somebody took the rows out
  CHECK(l.append("a") == Outcome::kNew);
}

TEST_CASE("log: a file edited in place to the same size is read anew") {
  Log l;
  for (int i = 0; i < 50; ++i) l.append("p" + std::to_string(10 + i));
  const auto swap = [&](const std::string& from, const std::string& to) {
    std::string text = l.text();
    for (std::size_t at = text.find("," + from); at != std::string::npos; at = text.find("," + from)) {
      text.replace(at + 1, from.size(), to);
    }
    ::usleep(20'000);  // file systems tell time in ticks
    write(l.file, text);
  };
  swap("p59", "q59");  // in the last line
  CHECK(l.append("q59") == Outcome::kAlready);
  CHECK(l.append("p59") == Outcome::kNew);
  swap("p10", "q10");  // far before it
  CHECK(l.append("q10") == Outcome::kAlready);
  CHECK(l.append("p10") == Outcome::kNew);
}

TEST_CASE("log: a read-only file is an error and stays as it is") {
  Log l;
  l.append("a");
  const std::string text = l.text();
  ::chmod(l.file.c_str(), 0444);
  {
    const AsNobody nobody;
    CHECK(l.error("b") == l.file.string() + ": Permission denied");
    CHECK(l.log.contains(row("a")));
  }
  CHECK(l.text() == text);
  ::chmod(l.file.c_str(), 0600);
  CHECK(l.append("b") == Outcome::kNew);
}

TEST_CASE("log: in a folder that is missing or cannot be written to") {
  Log l;
  AttendanceLog nowhere(l.folder / "none" / "log.csv");
  CHECK_THROWS_AS(nowhere.append(row("a")), Error);
  fs::permissions(l.folder.path(), fs::perms(0555));
  {
    const AsNobody nobody;
    CHECK(l.error("a") == l.file.string() + ": Permission denied");
  }
  CHECK_FALSE(fs::exists(l.file));
  fs::permissions(l.folder.path(), fs::perms::all);
}

TEST_CASE("log: a link is followed") {
  Log l;
  fs::create_symlink("real.csv", l.file);
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(fs::is_symlink(l.file));
  CHECK(slurp(l.folder / "real.csv") == kHeader + line("a"));
}
