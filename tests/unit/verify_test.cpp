#include "faceatt/attendance/verify.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <regex>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"

using namespace faceatt;

namespace {

using Strings = std::vector<std::string>;

const std::string kHeader = "date,time,id,name,session,status,source,score,liveness,note\n";

// A row of a machine.
std::string row(const std::string& id, const std::string& time = "2026-11-21T08:59:58+01:00",
                const std::string& source = "door", const std::string& status = "present",
                const std::string& date = "2026-11-21") {
  return date + "," + time + "," + id + ",Ana,day," + status + "," + source + ",0.7000,live,\n";
}

// "LINE kind", with a '!' when there is a repair.
Strings kinds(const LogCheck& check) {
  Strings all;
  for (const LogFinding& f : check.findings) {
    all.push_back(std::to_string(f.line) + " " + f.kind + (f.repair.empty() ? "" : "!"));
  }
  return all;
}
Strings kinds(const std::string& text, const LogCheckOptions& options = {}) { return kinds(check_log(text, options)); }

LogCheckOptions known(std::set<std::string> ids) { return {"Attendance.csv", std::move(ids)}; }

std::string first_detail(const std::string& text, const LogCheckOptions& options = {}) {
  const auto check = check_log(text, options);
  return check.findings.empty() ? "" : check.findings.front().detail;
}

// Rows with links, from their cells.
std::string chained(std::vector<AttendanceRow> rows) {
  std::string text = kHeader.substr(0, kHeader.size() - 1) + ",chain\n", link;
  for (const AttendanceRow& r : rows) {
    Strings cells;
    for (const std::string* cell : cells_of(r)) cells.push_back(*cell);
    cells.push_back(link = next_link(link, r));
    text += csv_line(cells) + "\n";
  }
  return text;
}

AttendanceRow cells(const std::string& id, const std::string& score = "0.7000") {
  return {"2026-11-21", "2026-11-21T08:59:58+01:00", id, "Ana", "day", "present", "door", score, "live", ""};
}

std::string replaced(const std::string& text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.substr(0, at) + by + text.substr(at + what.size());
}

std::string without_line(const std::string& text, int line) {
  std::size_t begin = 0;
  for (int i = 1; i < line; ++i) begin = text.find('\n', begin) + 1;
  return text.substr(0, begin) + text.substr(text.find('\n', begin) + 1);
}

}  // namespace

TEST_CASE("verify: a log as the tools write it is clean, and stays as it is") {
  const std::string log = kHeader + row("s1") + row("007") + row("s1", "2026-11-21T12:00:00+01:00", "door", "out") +
                          row("s1", "2026-11-21T12:30:00+01:00", "door", "out") +
                          row("s1", "2026-11-20T07:00:00+01:00", "manual:ana", "excused") +
                          row("s1", "2026-11-20T07:00:00+01:00", "manual:ana", "void") +
                          row("s2", "2026-11-22T00:30:00+01:00") + row("s3", "2026-11-21T08:59:58Z", "door 2") +
                          row("*", "2026-11-21T18:00:00+01:00", "manual:ana", "ended") + row("erased-0a1b2c3d");
  // The clock of the last row is behind that of s2, on the same door.
  const std::string good =
      replaced(log, row("erased-0a1b2c3d"), row("erased-0a1b2c3d", "2026-11-21T09:00:00+01:00", "gate"));
  const LogCheck check = check_log(good, known({"s1", "s2", "s3", "007"}));
  CHECK(kinds(check) == Strings{});
  CHECK(check.rows == 10);
  CHECK(check.head.empty());
  CHECK(repaired_log(good) == good);
  CHECK(kinds(std::string()) == Strings{});
  CHECK(kinds(kHeader) == Strings{});
  CHECK(kinds(kHeader + row("s1").substr(0, row("s1").size() - 1)) == Strings{});  // a whole line without its end
}

TEST_CASE("verify: what is no attendance log") {
  CHECK_THROWS_WITH(check_log("id,name\n1,Ana\n", {"x.csv"}),
                    "x.csv: not an attendance log: its first line has no column 'date'; mend its header");
  CHECK_THROWS_AS(check_log(std::string(4096, '\0')), Error);
  CHECK_THROWS_AS(repaired_log("id,name\n"), Error);
}

TEST_CASE("verify: the name of a column does not part the cells") {
  std::string text = kHeader + row("s1");
  text.insert(text.find('\n'), ",," + std::string(40, '\t') + "x" + std::string(30, ','));
  const std::string repaired = repaired_log(text);
  CHECK(repaired.substr(0, repaired.find('\n')).ends_with("note," + std::string(40, ' ') + "x"));
  CHECK_FALSE(check_log(repaired).is_repairable());
}

TEST_CASE("verify: what a power cut leaves") {
  const std::string nul(4096, '\0');
  CHECK(kinds(kHeader + row("s1") + "2026-11-21,2026-11-21T08:5") == Strings{"3 torn_line!"});
  CHECK(repaired_log(kHeader + row("s1") + "2026-11-21,2026-11-21T08:5") == kHeader + row("s1"));
  CHECK(kinds("date,time,i") == Strings{"1 torn_line!"});
  CHECK(repaired_log("date,time,i").empty());
  const struct {
    std::string text;
    Strings found;
    std::string repaired;
  } cases[] = {
      {kHeader + row("s1") + nul, {"3 nul_bytes!"}, kHeader + row("s1")},
      {kHeader + row("s1") + nul + "\n" + row("s2"), {"3 nul_bytes!"}, kHeader + row("s1") + row("s2")},
      {kHeader + row("s1") + nul + row("s2"), {"3 nul_bytes!"}, kHeader + row("s1") + row("s2")},
      {kHeader + row("s1") + "2026-11-21," + nul + row("s2"), {"3 nul_bytes!"}, kHeader + row("s1")},
      {kHeader + nul + row("s1") + row("s1"), {"2 nul_bytes!", "3 duplicate!"}, kHeader + row("s1")},
  };
  for (const auto& c : cases) {
    CHECK(kinds(c.text) == c.found);
    CHECK(repaired_log(c.text) == c.repaired);
  }
}

TEST_CASE("verify: damaged lines") {
  const std::string log = kHeader + row("s1") + "hello\n" + replaced(row("s2"), "present", "Present") +
                          "2026-11-21,2026-11-21T08:59:58+01:00,s3\n" + replaced(row("s4"), ",s4,", ",,") + row("s5");
  CHECK(kinds(log) == Strings{"3 damaged_line!", "4 damaged_line!", "5 damaged_line!", "6 damaged_line!"});
  CHECK(repaired_log(log) == kHeader + row("s1") + row("s5"));
  CHECK(first_detail(kHeader + replaced(row("s2"), "present", "Present")) ==
        "not an attendance row: 'Present' is not a status");
  CHECK(first_detail(kHeader + "hello\n") == "1 of 10 cells");

  // Rows that count stay: a spreadsheet leaves empty cells at the end out.
  const std::string cut = kHeader + replaced(row("s1"), ",live,\n", "\n") + row("s2", "2026-11-21T09:00:00+01:00");
  CHECK(kinds(cut) == Strings{"2 few_cells!"});
  CHECK(repaired_log(cut) == kHeader + replaced(row("s1"), "live", "") + row("s2", "2026-11-21T09:00:00+01:00"));
  const std::string latin1 = kHeader + replaced(row("s1"), "Ana", "M\xFCller");
  CHECK(kinds(latin1) == Strings{"2 not_utf8"});
  CHECK(repaired_log(latin1) == latin1);
  CHECK(kinds(kHeader + replaced(row("s1"), "live,", "live,one, two")) == Strings{"2 many_cells"});
}

TEST_CASE("verify: two machine rows with one key") {
  const std::string log = kHeader + row("Jos\u00E9") + row("Jose\u0301") + row("s1", "2026-11-21T09:00:00+01:00") +
                          row("s1", "2026-11-21T09:00:30+01:00") + row("s1", "2026-11-21T09:01:00+01:00", "manual:ana");
  CHECK(kinds(log) == Strings{"3 duplicate!", "5 duplicate!"});
  CHECK(check_log(log).findings[1].detail == "s1 has a row for day on 2026-11-21 in line 4");
  CHECK(check_log(log).findings[1].id == "s1");
  CHECK(repaired_log(log) == without_line(without_line(log, 5), 3));
}

TEST_CASE("verify: a machine may mark again once everything was taken back") {
  const std::string manual = row("s1", "2026-11-21T10:00:00+01:00", "manual:eva");
  std::string undone = row("s1", "2026-11-21T10:05:00+01:00", "manual:eva", "void");
  undone.insert(undone.size() - 1, "undo");
  CHECK(kinds(kHeader + row("s1") + undone + row("s1", "2026-11-21T11:00:00+01:00")).empty());
  CHECK(kinds(kHeader + row("s1") + manual + row("s1", "2026-11-21T11:00:00+01:00")) == Strings{"4 duplicate!"});
}

TEST_CASE("verify: ids that nobody has") {
  const std::string log = kHeader + row("s1") + row("s9") + row("7") + row("100000") + row("1.00E+05");
  CHECK(kinds(log, known({"s1", "007", "1e05"})) ==
        Strings{"3 unknown_id", "4 unknown_id", "5 unknown_id", "6 number_id"});
  const auto found = check_log(log, known({"s1", "007", "1e05"})).findings;
  CHECK(found[0].detail == "nobody has the id s9");
  CHECK(found[1].detail == "nobody has the id 7; it may be 007, which a spreadsheet cut");
  CHECK(found[2].detail == "nobody has the id 100000; it may be 1e05, which a spreadsheet cut");
  CHECK(found[3].detail == "1.00E+05 is how a spreadsheet writes a number; it may be 1e05, which a spreadsheet cut");
  CHECK(kinds(log) == Strings{"6 number_id"});  // nobody said who is known
  CHECK(first_detail(kHeader + row("7"), known({"007", "07"})) ==
        "nobody has the id 7; it may be 007 or 07, which a spreadsheet cut");
  CHECK(kinds(kHeader + row("*"), known({"s1"})) == Strings{"2 unknown_id"});  // present for the whole session
  CHECK(kinds(kHeader + row("Jose\u0301"), known({"Jos\u00E9"})) == Strings{});
}

TEST_CASE("verify: times and dates that do not fit") {
  const auto of = [](const std::string& time) { return kinds(kHeader + row("s1", time)); };
  CHECK(of("") == Strings{"2 bad_time"});
  CHECK(of("this morning") == Strings{"2 bad_time"});
  CHECK(of("21.11.2026 08:59") == Strings{"2 bad_time"});
  CHECK(of("2026-11-21T08:59:58") == Strings{"2 no_offset"});
  CHECK(of("2026-11-21 08:59") == Strings{"2 no_offset"});
  CHECK(of("2026-11-21 08:59+0100") == Strings{"2 time_form!"});
  CHECK(repaired_log(kHeader + row("s1", "2026-11-21 08:59+0100")) == kHeader + row("s1", "2026-11-21T08:59:00+01:00"));
  CHECK(of("2026-11-22T00:30:00+01:00") == Strings{});  // a session over midnight
  CHECK(of("2026-11-23T00:30:00+01:00") == Strings{"2 wrong_date"});
  CHECK(of("2026-11-20T23:59:00+01:00") == Strings{"2 wrong_date"});
  CHECK(kinds(kHeader + row("s1", "2026-12-24T12:00:00+01:00", "manual:ana", "excused")) == Strings{});
}

TEST_CASE("verify: a clock that goes back") {
  const auto at = [](const std::string& id, const std::string& clock, const std::string& source = "door") {
    return row(id, "2026-11-21T" + clock + "+01:00", source);
  };
  const std::string start = kHeader + at("a", "09:00:00");
  CHECK(kinds(start + at("b", "08:59:00")) == Strings{});  // a minute is nothing
  CHECK(kinds(start + at("b", "08:58:59")) == Strings{"3 clock_back"});
  CHECK(kinds(start + at("b", "08:00:00", "gate")) == Strings{});
  CHECK(kinds(start + at("b", "08:00:00", "manual:ana")) == Strings{});
  CHECK(kinds(start + at("b", "08:00:00") + at("c", "08:00:10") + at("d", "08:00:05")) == Strings{"3 clock_back"});
  // Slowly back by more than a minute.
  CHECK(kinds(start + at("b", "08:59:30") + at("c", "08:58:50")) == Strings{"4 clock_back"});
  CHECK(kinds(kHeader + at("a", "09:00:00", "class.JPG") + at("b", "08:00:00", "class.JPG")) == Strings{});
  // Clocks shown earlier in another zone are not.
  CHECK(kinds(start + row("b", "2026-11-21T08:30:00Z")) == Strings{});
  CHECK(first_detail(start + at("b", "08:00:00")) == "60 min before line 2 of the same source, door");
  CHECK(first_detail(start + at("b", "05:40:00")) == "3 h before line 2 of the same source, door");
  CHECK(first_detail(start + row("b", "2026-11-18T21:00:00+01:00", "door", "present", "2026-11-18")) ==
        "3 days before line 2 of the same source, door");
}

TEST_CASE("verify: what a spreadsheet does to the whole file") {
  const std::string good = kHeader + row("s1") + row("s2", "2026-11-21T09:00:00+01:00");
  const auto all = [&](const std::string& what, const std::string& by) {
    return std::regex_replace(good, std::regex(what), by);
  };
  const struct {
    std::string text;
    Strings found;
  } cases[] = {
      {"\xEF\xBB\xBF" + good, {"1 bom!"}},
      {all("\n", "\r\n"), {"1 line_ends!"}},
      {replaced(good, "live,\n", "live,\r\n"), {"2 line_ends!"}},
      {all("\n", "\r"), {"1 line_ends!"}},
      {all(",", ";"), {"1 delimiter!"}},
      {all(",", "\t"), {"1 delimiter!"}},
      {all("Ana", "\"Ana\""), {"2 quoting!"}},
      {all("2026-11-21,", "21.11.2026,"), {"2 date_form!"}},
      {all("2026-11-21,", "11/21/2026,"), {"2 date_form!"}},
      {all("2026-11-21,", "21/11/26,"), {"2 date_form!"}},
      {all("2026-11-21,", "2026/11/21,"), {"2 date_form!"}},
      {all("0\\.7000", "0.7"), {"2 score_form!"}},
      {all("0\\.7000", "\"0,7\""), {"2 score_form!"}},
      {all("\n", ",,\n"), {"1 empty_column!"}},
      {replaced(good, "live,\n", "live,,,\n"), {"2 empty_column!"}},
      {replaced(good, "date,time", "Date, time"), {"1 column_name!"}},
      {"\xEF\xBB\xBF" + std::regex_replace(all("0\\.7000", "0,70"), std::regex("\n"), "\r\n"), {}},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    if (!c.found.empty()) {
      CHECK(kinds(c.text) == c.found);
      CHECK(repaired_log(c.text) == good);
    }
  }
  // All at once, as Excel leaves it in Germany.
  std::string german = std::regex_replace(all(",", ";"), std::regex("0\\.7000"), "0,7");
  german = std::regex_replace(std::regex_replace(german, std::regex("2026-11-21;"), "21.11.2026;"), std::regex("\n"),
                              "\r\n");
  CHECK(kinds(german) == Strings{"1 delimiter!", "1 line_ends!", "2 date_form!", "2 score_form!"});
  CHECK(repaired_log(german) == good);
}

TEST_CASE("verify: columns") {
  const std::string good = kHeader + row("s1");
  CHECK(kinds(replaced(good, "note\n", "note,room\n")) == Strings{"1 foreign_column", "2 few_cells!"});
  const std::string moved =
      "room,id,time,date,name,session,status,source,score,liveness,note\n"
      "12,s1,2026-11-21T08:59:58+01:00,2026-11-21,Ana,day,present,door,0.7000,live,\n";
  CHECK(kinds(moved) == Strings{"1 column_order!", "1 foreign_column"});
  CHECK(repaired_log(moved) == replaced(replaced(good, "note\n", "note,room\n"), "live,\n", "live,,12\n"));
  const std::string missing = "date,id,session,status,time\n2026-11-21,s1,day,present,2026-11-21T08:59:58+01:00\n";
  CHECK(kinds(missing) == Strings{"1 column_order!", "1 missing_column!"});
  CHECK(repaired_log(missing) == kHeader + "2026-11-21,2026-11-21T08:59:58+01:00,s1,,day,present,,,,\n");
  CHECK(kinds("date,id,session,status\n2026-11-21,s1,day,present\n") == Strings{"1 missing_column!"});
  // Two columns of one name: the first one counts.
  const std::string twice = replaced(replaced(good, "note\n", "note,id\n"), "live,\n", "live,,s2\n");
  CHECK(kinds(twice) == Strings{"1 foreign_column"});
  CHECK(repaired_log(twice) == twice);
}

TEST_CASE("verify: dates are turned back only when they can mean one thing") {
  const auto log = [](const Strings& dates, const std::string& time) {
    std::string text = kHeader;
    for (std::size_t i = 0; i < dates.size(); ++i) text += row("s" + std::to_string(i), time, "", "present", dates[i]);
    return text;
  };
  CHECK(kinds(log({"03/04/2026"}, "")) == Strings{"2 date_form"});
  CHECK(repaired_log(log({"03/04/2026"}, "")) == log({"03/04/2026"}, ""));
  CHECK(repaired_log(log({"03/04/2026", "13/04/2026"}, "")) == log({"2026-04-03", "2026-04-13"}, ""));
  CHECK(repaired_log(log({"03/04/2026", "04/13/2026"}, "")) == log({"2026-03-04", "2026-04-13"}, ""));
  CHECK(repaired_log(log({"05/05/2026", "03/04/2026"}, "")) == log({"2026-05-05", "03/04/2026"}, ""));
  CHECK(repaired_log(log({"21/11/26"}, "")) == log({"21/11/26"}, ""));  // 2021 or 2026
  CHECK(repaired_log(log({"3.4.2026", "2026-04-05"}, "2026-04-03T08:00:00Z")) ==
        log({"2026-04-03", "2026-04-05"}, "2026-04-03T08:00:00Z"));
  CHECK(repaired_log(log({"13/04/2026", "04/13/2026"}, "")) == log({"13/04/2026", "04/13/2026"}, ""));
  CHECK(kinds(log({"31/02/2026"}, "")) == Strings{"2 damaged_line!"});
}

TEST_CASE("verify: a cell that a spreadsheet would run") {
  const std::string log = kHeader + replaced(row("s1"), "live,", "live,=1+1");
  CHECK(kinds(log) == Strings{"2 formula!"});
  CHECK(repaired_log(log) == replaced(log, "=1+1", "'=1+1"));
}

TEST_CASE("verify: a chain of hashes") {
  const std::string log = chained({cells("a"), cells("b"), cells("c"), cells("d", "0.7")});
  const LogCheck check = check_log(log);
  CHECK(kinds(check) == Strings{});
  CHECK(check.links == 4);
  CHECK(check.head == log.substr(log.size() - 33, 32));
  CHECK(repaired_log(log) == log);

  CHECK(kinds(replaced(log, ",b,Ana", ",b,Bob")) == Strings{"3 chain_break"});
  CHECK(kinds(without_line(log, 3)) == Strings{"3 chain_break"});
  CHECK(kinds(replaced(log, ",c,Ana", ",c,Bob")) == Strings{"4 chain_break"});  // once, then it goes on
  const std::string unlinked = kHeader.substr(0, kHeader.size() - 1) + ",chain\n" + row("a");
  CHECK(kinds(unlinked) == Strings{"2 few_cells!", "2 unlinked_row"});

  SECTION("what a spreadsheet did to it is undone, and the chain is whole") {
    const std::string sheet = std::regex_replace(log, std::regex("0\\.7000"), "0.7");
    CHECK(kinds(sheet) == Strings{"2 score_form!"});
    CHECK(repaired_log(sheet) == log);
  }
  SECTION("a repair hides no break") {
    const std::string changed = replaced(log, ",b,Ana", ",b,Bob") + "torn";
    CHECK(kinds(changed) == Strings{"3 chain_break", "6 torn_line!"});
    CHECK(kinds(repaired_log(changed)) == Strings{"3 chain_break"});
    const std::string damaged = replaced(log, "2026-11-21,2026-11-21T08:59:58+01:00,b", "b");
    CHECK(kinds(damaged) == Strings{"3 damaged_line!", "4 chain_break"});
    CHECK(kinds(repaired_log(damaged)) == Strings{"3 chain_break"});
  }
  SECTION("a repair makes no break") {
    const std::string twice = chained({cells("a"), cells("a"), cells("c")});
    CHECK(kinds(twice) == Strings{"3 duplicate"});
    CHECK(repaired_log(twice + "torn") == twice);
    const std::string pasted =
        replaced(log, "\n2026-11-21,2026-11-21T08:59:58+01:00,c",
                 "\n" + replaced(row("a"), "live,\n", "live,,\n") + "2026-11-21,2026-11-21T08:59:58+01:00,c");
    CHECK(kinds(pasted) == Strings{"4 duplicate!"});
    CHECK(repaired_log(pasted) == log);
  }
}

TEST_CASE("verify: whatever is in a log, a repair leaves nothing to repair, and loses nobody") {
  const Strings bits = {"\n",         ",",        ";",       "\"",     "\r\n",    std::string(3, '\0'),
                        "21.11.2026", "03/04/26", "0,7",     "=1",     "\xFC",    "s1",
                        ",,",         row("s1"),  row("s2"), row("7"), "\"a,b\"", " ",
                        "'",          "\t"};
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text =
        random() % 2 == 0 ? kHeader + row("s1") + row("s2") + row("s3") : chained({cells("a"), cells("b"), cells("c")});
    for (auto n = random() % 6; n > 0; --n) {
      const auto at =
          random() % 4 == 0 ? random() % text.size() : kHeader.size() + random() % (text.size() - kHeader.size());
      text = text.substr(0, at) + bits[random() % bits.size()] + text.substr(at + random() % 3 % (text.size() - at));
    }
    INFO(text);
    std::string repaired;
    try {
      repaired = repaired_log(text);
    } catch (const Error&) {
      continue;  // its header is gone
    }
    const LogCheck check = check_log(repaired);
    REQUIRE_FALSE(check.is_repairable());
    REQUIRE(check.rows <= check_log(text).rows);
    Strings warnings;
    std::set<std::string> keys;
    const auto rows = parse_attendance(repaired, "log", warnings);
    for (const AttendanceRow& r : rows) keys.insert(key_of(r));
    REQUIRE(rows.size() == check.rows);
    // Nobody who counted is lost, but for rows that are torn, have NUL bytes, or a key that would be a formula.
    if (text.back() != '\n' || text.find('\0') != text.npos || text.find_first_of("=\t") != text.npos) continue;
    for (const AttendanceRow& r : parse_attendance(text, "log", warnings)) REQUIRE(keys.contains(key_of(r)));
  }
}
