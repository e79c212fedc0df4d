#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "helpers.hpp"
#include "log_rows.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;
using Outcome = CsvLog::Outcome;

const std::string kHeader = "date,time,id,name,session,status,source,score,liveness,note\n";

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
  CsvLog log{file};

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

TEST_CASE("log: the keys of a file are read, in chunks as they come") {
  Log l;
  write(l.file, kHeader + line("a") + line("b"));
  CHECK(l.append("b") == Outcome::kAlready);
  CHECK(l.append("c") == Outcome::kNew);
  CHECK(CsvLog(l.file).append(row("c")) == Outcome::kAlready);
  CHECK(l.text() == kHeader + line("a") + line("b") + line("c"));
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
  CHECK(CsvLog(l.file).append(row("bob")) == Outcome::kAlready);
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
  CsvLog other(l.file);
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
  CsvLog nowhere(l.folder / "none" / "log.csv");
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

namespace {

// A log whose index is made from its first row on.
struct Indexed : Log {
  fs::path index = folder / ".Attendance.csv.index";
  Indexed() { log = CsvLog(file, {.index_from = 1}); }
  CsvLog another() const { return CsvLog(file, {.index_from = 1}); }
};

}  // namespace

TEST_CASE("log: a large one has an index beside it, and small ones have none") {
  Log small;
  small.append("a");
  CHECK_FALSE(fs::exists(small.folder / ".Attendance.csv.index"));
  Indexed l;
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.append("b") == Outcome::kNew);
  REQUIRE(fs::exists(l.index));
  CHECK(mode_of(l.index) == 0600);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.another().append(row("b")) == Outcome::kAlready);
  CHECK(l.another().append(row("c")) == Outcome::kNew);
  CHECK(l.another().check(row("c")) == Outcome::kAlready);
  CHECK(l.another().check(row("d")) == Outcome::kNew);
  CHECK(CsvLog(l.file).append(row("d")) == Outcome::kNew);  // by one that uses no index
  CHECK(l.another().check(row("d")) == Outcome::kAlready);
  CHECK(l.append("d") == Outcome::kAlready);
  l.append(timed("a", "09:00", "void", "manual:eve"));
  l.append(timed("a", "09:00", "absent", "manual:eve"));
  CHECK(l.another().find(row("a"))->status == "absent");
  CHECK(l.append(timed("a", "10:00", "out")) == Outcome::kNew);
  CHECK(l.append(timed("a", "10:00", "out")) == Outcome::kAlready);
  CHECK(l.another().append(timed("a", "10:01", "out")) == Outcome::kNew);
  CHECK(l.append(timed("a", "10:01", "out")) == Outcome::kAlready);
}

TEST_CASE("log: with an index the log is not read again") {
  Indexed l;
  for (int i = 0; i < 50; ++i) l.append("p" + std::to_string(100 + i));
  // What only who reads all of it could notice: an edit far from the end, and then a row after it.
  std::string text = l.text();
  text.replace(text.find("p101,"), 4, "q101");
  write(l.file, text + line("z"));
  CHECK(l.another().append(row("z")) == Outcome::kAlready);
  CHECK(l.another().append(row("q101")) == Outcome::kNew);
  CHECK(l.another().append(row("p101")) == Outcome::kNew);  // a hit that is none: the row is read, and is another
}

TEST_CASE("log: an index grows") {
  Indexed l;
  constexpr int kRows = 15'000;
  std::string text = kHeader;
  for (int i = 0; i < 5'000; ++i) text += line("p" + std::to_string(i));
  write(l.file, text);
  l.append("first");
  const auto size = fs::file_size(l.index);
  for (int i = 5'000; i < kRows; ++i) text += line("p" + std::to_string(i));
  std::ofstream(l.file, std::ios::app) << text.substr(text.find("2026", text.find(",p4999,") + 60));
  CHECK(l.append("second") == Outcome::kNew);
  CHECK(fs::file_size(l.index) > size);
  auto other = l.another();
  for (int i = 0; i < kRows; i += 7) REQUIRE(other.append(row("p" + std::to_string(i))) == Outcome::kAlready);
}

TEST_CASE("log: whatever happens to the index, keys stay unique") {
  Indexed l;
  for (const char* id : {"a", "b", "c"}) l.append(id);
  const std::string good = slurp(l.index);
  SECTION("removed") { fs::remove(l.index); }
  SECTION("empty") { write(l.index, ""); }
  SECTION("cut") { fs::resize_file(l.index, good.size() / 2); }
  SECTION("longer") { write(l.index, good + "x"); }
  SECTION("another file") { write(l.index, std::string(good.size(), 'x')); }
  SECTION("a changed header") {
    for (const std::size_t at : {0, 20, 64, 80, 100, 120}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ 1);
      write(l.index, bad);
      CHECK(l.append("a") == Outcome::kAlready);
      CHECK((slurp(l.index) == good));  // made anew
    }
  }
  SECTION("full of what is no entry") { write(l.index, good.substr(0, 4096) + std::string(good.size() - 4096, 'x')); }
  SECTION("of an earlier time") {
    l.append("d");
    write(l.index, good);
    CHECK(l.append("d") == Outcome::kAlready);
  }
  SECTION("of an earlier file") {
    write(l.folder / "new", kHeader + line("x"));
    fs::rename(l.folder / "new", l.file);
    CHECK(l.append("x") == Outcome::kAlready);
    CHECK(l.append("a") == Outcome::kNew);
    CHECK(l.append("b") == Outcome::kNew);
    CHECK(l.append("c") == Outcome::kNew);
  }
  SECTION("a folder") {
    fs::remove(l.index);
    fs::create_directory(l.index);
  }
  SECTION("a link to nothing") {
    fs::remove(l.index);
    fs::create_symlink("none", l.index);
  }
  for (const char* id : {"a", "b", "c"}) {
    CHECK(l.append(id) == Outcome::kAlready);
    CHECK(l.another().append(row(id)) == Outcome::kAlready);
    CHECK(l.another().check(row(id)) == Outcome::kAlready);
  }
  CHECK(l.another().append(row("new")) == Outcome::kNew);
  CHECK(l.append("new") == Outcome::kAlready);
}

TEST_CASE("log: an index that cannot be written is done without") {
  Indexed l;
  write(l.file, kHeader + line("a"));
  ::chmod(l.file.c_str(), 0666);
  fs::permissions(l.folder.path(), fs::perms(0555));
  {
    const AsNobody nobody;
    CHECK(l.append("a") == Outcome::kAlready);
    CHECK(l.append("b") == Outcome::kNew);
    CHECK(l.append("b") == Outcome::kAlready);
    CHECK(l.another().append(row("b")) == Outcome::kAlready);
  }
  CHECK_FALSE(fs::exists(l.index));
  fs::permissions(l.folder.path(), fs::perms::all);
  // One of somebody else is left alone.
  CHECK(l.another().append(row("c")) == Outcome::kNew);
  CHECK(mode_of(l.index) == 0666);  // who may write the log may write it
  ::chmod(l.index.c_str(), 0600);
  const std::string bytes = slurp(l.index);
  {
    const AsNobody nobody;
    auto other = l.another();
    CHECK(other.append(row("c")) == Outcome::kAlready);
    CHECK(other.append(row("d")) == Outcome::kNew);
    CHECK(other.append(row("d")) == Outcome::kAlready);
  }
  if (::geteuid() == 0) CHECK((slurp(l.index) == bytes));
  CHECK(l.append("d") == Outcome::kAlready);
}

namespace {

// While this lives, no file can be written beyond so many bytes, as on a disk that is full.
class FullAt {
 public:
  explicit FullAt(std::size_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FullAt() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullAt(const FullAt&) = delete;
  FullAt& operator=(const FullAt&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

}  // namespace

TEST_CASE("log: of a row that finds no room, nothing is left") {
  Log l;
  l.append("a");
  const std::string before = l.text();
  {
    const FullAt full(before.size() + 20);
    const std::string said = l.error("b");
    CHECK_THAT(said, Catch::EndsWith("File too large"));
    CHECK(l.text() == before);
  }
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.append("b") == Outcome::kNew);
  CHECK(ids_in(l.file) == Ids{"a", "b"});
}

TEST_CASE("log: an index that finds no room is done without, and no row with it") {
  Indexed l;
  l.append("a");
  {
    const FullAt full(6'000);  // enough for the log, not for most places of the index
    CHECK(l.append("b") == Outcome::kNew);
    CHECK_FALSE(fs::exists(l.index));  // it would not know of b
    CHECK(l.append("b") == Outcome::kAlready);
    CHECK(l.append("c") == Outcome::kNew);
  }
  CHECK(l.another().append(row("d")) == Outcome::kNew);
  REQUIRE(fs::exists(l.index));
  CsvLog(l.file).append(row("e"));  // by one that uses no index
  {
    const FullAt full(6'000);
    auto other = l.another();
    CHECK(other.append(row("e")) == Outcome::kAlready);
    CHECK_FALSE(fs::exists(l.index));
    CHECK(other.append(row("f")) == Outcome::kNew);
  }
  for (const char* id : {"a", "b", "c", "d", "e", "f"}) CHECK(l.append(id) == Outcome::kAlready);
  CHECK(ids_in(l.file) == Ids{"a", "b", "c", "d", "e", "f"});
}

TEST_CASE("log: columns of others are named") {
  const TempFolder folder;
  CHECK(foreign_columns(folder / "none.csv").empty());
  write(folder / "a.csv", "");
  CHECK(foreign_columns(folder / "a.csv").empty());
  write(folder / "a.csv", "Date,time,id,seat,name,session,status,source,score,liveness,note,chain, Row\n");
  CHECK(foreign_columns(folder / "a.csv") == Ids{"seat", " Row"});
}

TEST_CASE("log: an index goes with a rewrite, for it has hashes of ids") {
  Indexed l;
  l.append("a");
  l.append("b");
  REQUIRE(fs::exists(l.index));
  CHECK(l.log.rewrite([](const fs::path&, std::string_view text) { return std::string(text) + line("x"); }));
  CHECK_FALSE(fs::exists(l.index));
  CHECK(l.append("x") == Outcome::kAlready);
  CHECK(l.append("a") == Outcome::kAlready);
}

TEST_CASE("log: an index follows torn lines and edits in place") {
  Indexed l;
  l.append("a");
  std::ofstream(l.file, std::ios::app) << "2026-11-21,torn";
  CHECK(l.append("a") == Outcome::kAlready);
  l.warned(1, "torn");
  CHECK(l.append("b") == Outcome::kNew);
  l.warned(0);
  ::usleep(20'000);  // file systems tell time in ticks
  std::string text = l.text();
  text.replace(text.find(",a,a,"), 5, ",q,q,");
  write(l.file, text);
  CHECK(l.append("q") == Outcome::kAlready);
  CHECK(l.append("a") == Outcome::kNew);
}

TEST_CASE("log: rows of spreadsheets that are many lines long are found again") {
  Indexed l;
  const std::string note = "\"" + std::string(400, 'x') + "\n" + std::string(400, 'y') + "\n\"";
  write(l.file, kHeader + "2026-11-21,,a,a,day,present,door,,," + note + "\n" + line("b"));
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(l.another().append(row("a")) == Outcome::kAlready);
  CHECK(l.another().append(row("b")) == Outcome::kAlready);
}

TEST_CASE("log: a log of many chunks is read as one") {
  Log l;
  std::string text = kHeader;
  const std::string note = "\"" + std::string(3000, 'x') + "\n" + std::string(3000, 'y') + "\"";
  for (int i = 0; i < 2500; ++i) {
    text +=
        "2026-11-21,,p" + std::to_string(i) + ",p,day,present,door,,," + (i % 2 == 0 ? note : "stray \"quote") + "\n";
  }
  write(l.file, text);  // 15 MB
  for (int i = 0; i < 2500; i += 3) REQUIRE(l.append("p" + std::to_string(i)) == Outcome::kAlready);
  CHECK(l.text() == text);
}

namespace {

// The rows whose links are right, as 1 and 0.
std::string links_of(std::string_view text) {
  std::vector<std::string> warnings;
  std::string good, previous;
  for (const auto& r : parse_attendance(text, "log", warnings)) {
    good += r.chain == next_link(previous, r) ? '1' : '0';
    previous = r.chain;
  }
  return good;
}

}  // namespace

TEST_CASE("log: rows are chained") {
  Log l;
  l.log = CsvLog(l.file, {.chain = true});
  AttendanceRow odd = row("=1+1", "manual:eve");
  odd.name = "B;C,\"D\"";
  odd.note = "two\nlines Jose\u0301";
  CHECK(l.append("a") == Outcome::kNew);
  CHECK(l.append(odd) == Outcome::kNew);
  CHECK(l.append(timed("a", "10:00", "out")) == Outcome::kNew);
  CHECK(l.append("a") == Outcome::kAlready);
  CHECK(CsvLog(l.file, {.index_from = 1}).append(timed("*", "11:00", "ended", "manual:eve")) == Outcome::kNew);
  CHECK(CsvLog(l.file, {.index_from = 1}).append(timed("b", "10:00")) == Outcome::kNew);
  CHECK(l.text().starts_with(kHeader.substr(0, kHeader.size() - 1) + ",chain\n"));
  CHECK(links_of(l.text()) == "11111");
  l.warned(0);
  SECTION("a row without a link begins anew") {
    std::ofstream(l.file, std::ios::app) << line("old").substr(0, line("old").size() - 1) + ",\n";
    CHECK(l.append(timed("c", "10:00")) == Outcome::kNew);
    CHECK(links_of(l.text()) == "1111101");
  }
  SECTION("damaged lines are no part of it") {
    std::ofstream(l.file, std::ios::app) << "garbage\n";
    CHECK(l.append(timed("c", "10:00")) == Outcome::kNew);
    CHECK(links_of(l.text()) == "111111");
  }
  SECTION("a torn line is no part of it") {
    std::ofstream(l.file, std::ios::app) << line("x").substr(0, 40);
    CHECK(l.append(timed("c", "10:00")) == Outcome::kNew);
    CHECK(links_of(l.text()) == "111111");
  }
}

TEST_CASE("log: a torn last line of a chained log is removed, wherever it was torn") {
  Log l;
  l.log = CsvLog(l.file, {.chain = true});
  l.append("a");
  const std::string whole = l.text();
  l.append("b");
  const std::string longer = l.text();
  for (std::size_t size = whole.size() + 1; size < longer.size() - 1; ++size) {
    Log torn;
    write(torn.file, longer.substr(0, size));
    INFO("torn after " << size << " bytes");
    CHECK(torn.append("b") == Outcome::kNew);
    REQUIRE(torn.text() == longer);
    torn.warned(1, "torn");
  }
  Log edited;  // by somebody whose editor leaves the last line without its end
  write(edited.file, longer.substr(0, longer.size() - 1));
  CHECK(edited.append("b") == Outcome::kAlready);
  CHECK(edited.append("c") == Outcome::kNew);
  edited.warned(0);
  CHECK(links_of(edited.text()) == "111");
}

TEST_CASE("log: a log without the column stays without links, and says so once") {
  Log l;
  write(l.file, kHeader + line("a"));
  l.log = CsvLog(l.file, {.chain = true});
  CHECK(l.append("a") == Outcome::kAlready);
  l.warned(0);
  CHECK(l.append("b") == Outcome::kNew);
  l.warned(1, "has no column 'chain', so its rows are not chained");
  CHECK(l.append("c") == Outcome::kNew);
  l.warned(0);
  CHECK(l.text() == kHeader + line("a") + line("b") + line("c"));
}

TEST_CASE("log: a torn header of a chained log is made whole") {
  const std::string header = kHeader.substr(0, kHeader.size() - 1) + ",chain\n";
  for (std::size_t size = kHeader.size() - 3; size < header.size(); ++size) {
    Log l;
    l.log = CsvLog(l.file, {.chain = true});
    write(l.file, header.substr(0, size));
    CHECK(l.append("a") == Outcome::kNew);
    CHECK(l.text().starts_with(header));
    CHECK(links_of(l.text()) == "1");
  }
}

TEST_CASE("chain: an edit leaves what was whole whole, and what was broken broken") {
  const TempFolder folder;
  const fs::path file = folder / "Attendance.csv";
  CsvLog log(file, {.chain = true});
  for (const char* id : {"a", "b", "c", "d", "e"}) log.append(row(id));
  const auto replaced = [](std::string text, const std::string& from, const std::string& to) {
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    return text;
  };
  const std::string whole = slurp(file);
  CHECK(relinked(whole, whole) == whole);
  const std::string erased = relinked(whole, replaced(whole, ",c,c,", ",erased-1,,"));
  CHECK(links_of(erased) == "11111");
  CHECK(erased.substr(0, erased.find(",c,")).starts_with(whole.substr(0, whole.find(",c,c,") - 40)));  // as it was
  CHECK(erased.size() == whole.size() + 6);

  const std::string broken = replaced(whole, ",b,b,", ",B,B,");  // tampered with
  CHECK(links_of(broken) == "10111");
  CHECK(relinked(broken, broken) == broken);
  CHECK(links_of(relinked(broken, replaced(broken, ",a,a,", ",erased-1,,"))) == "10111");
  CHECK(links_of(relinked(broken, replaced(broken, ",B,B,", ",erased-1,,"))) == "10111");
  CHECK(links_of(relinked(broken, replaced(broken, ",d,d,", ",erased-1,,"))) == "10111");

  const std::string plain = kHeader + line("a");
  CHECK(relinked(plain, kHeader + line("b")) == kHeader + line("b"));
  CHECK(relinked("", "") == "");
  // Through the log.
  CHECK(log.rewrite(
      [&](const fs::path&, std::string_view text) { return replaced(std::string(text), ",c,c,", ",erased-1,,"); }));
  CHECK(slurp(file) == erased);
  CHECK(log.append(row("f")) == Outcome::kNew);
  CHECK(links_of(slurp(file)) == "111111");
}

TEST_CASE("log: monthly files") {
  const TempFolder folder;
  const fs::path pattern = folder / "Attendance-%Y-%m.csv";
  CsvLog log(pattern);
  CHECK(log_files(pattern).empty());
  AttendanceRow r = row("a");
  for (const char* date : {"2026-12-01", "2026-11-30", "2025-12-31"}) {
    r.date = date;
    CHECK_FALSE(log.contains(r));
    CHECK(log.append(r) == Outcome::kNew);
    CHECK(log.append(r) == Outcome::kAlready);
    CHECK(log.contains(r));
  }
  const std::vector<fs::path> files = {folder / "Attendance-2025-12.csv", folder / "Attendance-2026-11.csv",
                                       folder / "Attendance-2026-12.csv"};
  CHECK(log_files(pattern) == files);
  CHECK(slurp(files[1]) == kHeader + "2026-11-30,2026-11-21T08:00:00+01:00,a,a,day,present,door,,,\n");
  for (const char* name : {"Attendance-2026-13.csv", "Attendance-2026-1.csv", "Attendance-2026-11.csv.bak",
                           ".Attendance-2026-11.csv.index", "Attendance-abcd-11.csv", "xAttendance-2026-11.csv"}) {
    write(folder / name, "");
  }
  CHECK(log_files(pattern) == files);
  // A damaged other month is nobody's business.
  write(files[2], "name,phone\n");
  r.id = "b";
  r.date = "2026-11-30";
  CHECK(log.append(r) == Outcome::kNew);
  r.date = "2026-12-30";
  CHECK_THROWS_AS(log.append(r), Error);
  fs::remove(files[2]);
  std::vector<fs::path> seen;
  CHECK(log.rewrite([&](const fs::path& file, std::string_view text) {
    seen.push_back(file);
    return std::string(text);
  }));
  CHECK(seen == std::vector<fs::path>{files[0], files[1]});
}

TEST_CASE("log: names of logs and patterns") {
  CHECK(LogPattern("x/Attendance.csv").file_of("2026-11-21") == "x/Attendance.csv");
  CHECK(LogPattern("%Y%m.csv").file_of("2026-11-21") == "202611.csv");
  CHECK(LogPattern("x/%m of %Y, 100%%.csv").file_of("2026-11-21") == "x/11 of 2026, 100%.csv");
  CHECK(LogPattern("50%%/%Y.csv").file_of("2026-11-21") == "50%/2026.csv");
  CHECK_THROWS_AS(LogPattern("%Y.csv").file_of("today"), UsageError);
  for (const char* bad :
       {"%m.csv", "%d.csv", "100%.csv", "100%", "%Y/%m.csv", "%Y/Attendance.csv", "50%/%Y.csv", "%y.csv"}) {
    INFO(bad);
    CHECK_THROWS_AS(CsvLog(bad), UsageError);
  }
  const TempFolder folder;
  CHECK(log_files(folder / "none" / "%Y.csv").empty());
  CHECK(log_files(folder / "Attendance.csv").empty());
  write(folder / "Attendance.csv", "");
  CHECK(log_files(folder / "Attendance.csv") == std::vector<fs::path>{folder / "Attendance.csv"});
  write(folder / "12 2025.csv", "");
  write(folder / "01 2026.csv", "");
  CHECK(log_files(folder / "%m %Y.csv") == std::vector<fs::path>{folder / "12 2025.csv", folder / "01 2026.csv"});
  write(folder / "2026-2025.csv", "");
  write(folder / "2025-2025.csv", "");
  CHECK(log_files(folder / "%Y-%Y.csv") == std::vector<fs::path>{folder / "2025-2025.csv"});
}
