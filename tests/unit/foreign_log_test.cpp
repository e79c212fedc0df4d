#include "faceatt/attendance/foreign_log.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"

using namespace faceatt;

namespace {

constexpr const char* kToday = "2026-11-21";

ForeignLog log_of(const std::string& text, const std::string& file = "Attendance.csv",
                  const std::string& columns = "") {
  return read_foreign_log(read_foreign_table(text, file),
                          columns.empty() ? ColumnRequest{} : parse_column_request(columns), kToday);
}

// "id|name|date|clock|session|status" of each mark, one line each; or that the log is not settled.
std::string marks_of(const std::string& text, const std::string& file = "Attendance.csv",
                     const std::string& columns = "") {
  std::vector<ForeignLog> logs = {log_of(text, file, columns)};
  settle_dates(logs);
  if (!logs[0].is_settled()) return "unsettled: " + why_unsettled(logs[0]);
  std::string out;
  for (const auto& m : read_marks(logs[0], kToday).marks) {
    out += fmt::format("{}|{}|{}|{}|{}|{}\n", m.id, m.name, m.date, m.clock, m.session, m.status);
  }
  return out;
}

}  // namespace

TEST_CASE("what scripts leave, by layout") {
  struct Layout {
    const char* what;
    const char* file;
    const char* text;
    const char* marks;
  };
  const Layout layouts[] = {
      {"Name,Time,Date", "Attendance.csv", "Name,Time,Date\nJOHN DOE,08:59:58,20/11/2026\n",
       "|JOHN DOE|2026-11-20|08:59:58||present\n"},
      {"a blank first line, as a script leaves that begins each row with a line end", "Attendance.csv",
       "\nJOHN DOE,08:59:58,20/11/2026\nANA,09:01:02,20/11/2026",
       "|JOHN DOE|2026-11-20|08:59:58||present\n|ANA|2026-11-20|09:01:02||present\n"},
      {"a column for each date, and one that counts them", "Maths.csv",
       "Name,Attendance,2026-11-19,2026-11-20\nAna,50 %,P,A\nBen,100 %,L,P\n",
       "|Ana|2026-11-19|||present\n|Ben|2026-11-19|||late\n|Ben|2026-11-20|||present\n"},
      {"no header", "log.csv", "Ana,2026-11-20,08:59\nBen,2026-11-20,09:00\n",
       "|Ana|2026-11-20|08:59||present\n|Ben|2026-11-20|09:00||present\n"},
      {"no header, a number in front", "log.csv", "12,Ana,2026-11-20,08:59\n13,Ben,2026-11-20,09:00\n",
       "12|Ana|2026-11-20|08:59||present\n13|Ben|2026-11-20|09:00||present\n"},
      {"Id,Name,Date,Time with names in lists", "Attendance_2026-11-20_09-00-00.csv",
       "Id,Name,Date,Time\n1,['Ana'],2026-11-20,08:59:58\n", "1|Ana|2026-11-20|08:59:58||present\n"},
      {"empty columns between, blank lines, CRLF", "Attendance_20-11-2026.csv",
       "Id,,Name,,Date,,Time\r\n\r\n'12',,Ana,,20-11-2026,,08:59:58\r\n\r\n", "12|Ana|2026-11-20|08:59:58||present\n"},
      {"a file for each day, Name,Roll,Time", "Attendance-2026-11-20.csv", "Name,Roll,Time\nAna,12,08:59:58\n",
       "12|Ana|2026-11-20|08:59:58||present\n"},
      {"NAME,TIME in a file for each day", "20-Nov-2026.csv", "NAME,TIME\nANA,08:59:58\n",
       "|ANA|2026-11-20|08:59:58||present\n"},
      {"a spreadsheet's: BOM, semicolons, dots", "Anwesenheit.csv",
       "\xEF\xBB\xBFNachname;Vorname;Datum;Uhrzeit\nSilva;Ana;20.11.2026;8:59\n",
       "|Ana Silva|2026-11-20|08:59||present\n"},
      {"American, twelve hours", "log.csv", "Employee Name,Date,Time In\nAna,11/20/2026,8:59 PM\n",
       "|Ana|2026-11-20|20:59||present\n"},
      {"both in one column", "log.csv", "name,timestamp\nAna,2026-11-20 08:59:58\n",
       "|Ana|2026-11-20|08:59:58||present\n"},
      {"both in a column that is called Time", "log.csv", "Name,Time\nAna,20/11/2026 08:59:58\n",
       "|Ana|2026-11-20|08:59:58||present\n"},
      {"subject and status", "log.csv",
       "Name,Date,Time,Subject,Status\nAna,2026-11-20,08:59,Maths,Present\nBen,2026-11-20,09:20,Maths,late\n"
       "Eve,2026-11-20,,Maths,Absent\n",
       "|Ana|2026-11-20|08:59|Maths|present\n|Ben|2026-11-20|09:20|Maths|late\n"},
      {"a header that comes again, strangers, nobody", "log.csv",
       "Name,Date,Time\nAna,2026-11-20,08:59\nName,Date,Time\nUnknown,2026-11-20,09:00\n,2026-11-20,09:01\n"
       "unknown_person,2026-11-20,09:02\n",
       "|Ana|2026-11-20|08:59||present\n"},
      {"a column for each date", "Maths.csv", "Enrollment,Name,2026-11-19,2026-11-20\n12,Ana,1,0\n13,Ben,,P\n",
       "12|Ana|2026-11-19|||present\n13|Ben|2026-11-20|||present\n"},
      {"old Windows", "log.csv", "Name,Date,Time\nJos\xE9,2026-11-20,08:59\n", "|José|2026-11-20|08:59||present\n"},
      {"tabs", "log.csv", "Name\tDate\tTime\nAna\t2026-11-20\t08:59\n", "|Ana|2026-11-20|08:59||present\n"},
      {"words that are not known, but dates and times", "log.csv", "Wer,Wann,Um\nAna,2026-11-20,08:59\n",
       "|Ana|2026-11-20|08:59||present\n"},
      {"damaged dates", "log.csv", "Name,Date,Time\nAna,20/11/2026,08:59\nBen,31/02/2026,08:59\nEve,19/11/2026,09:00\n",
       "|Ana|2026-11-20|08:59||present\n|Eve|2026-11-19|09:00||present\n"},
  };
  for (const auto& layout : layouts) {
    INFO(layout.what);
    CHECK(read_foreign_table(layout.text, layout.file).is_log());
    // Seconds that were not written are zeros.
    std::string wanted = layout.marks;
    for (auto at = wanted.find('|'); at != std::string::npos; at = wanted.find('|', at + 1)) {
      const bool is_short = at >= 6 && wanted[at - 3] == ':' && wanted[at - 6] == '|';
      if (is_short) wanted.insert(at, ":00");
    }
    CHECK(marks_of(layout.text, layout.file) == wanted);
  }
}

TEST_CASE("a date that can be read in two ways is not guessed") {
  const std::string unclear = "Name,Date,Time\nAna,03/04/2026,08:59\n";
  CHECK(marks_of(unclear) ==
        "unsettled: 03/04/2026 in line 2 may be 2026-04-03 or 2026-03-04, and no other row says which; say it with "
        "--columns 'date=%d/%m/%Y' or --columns 'date=%m/%d/%Y'");
  CHECK(marks_of(unclear, "a.csv", "date=%m/%d/%Y") == "|Ana|2026-03-04|08:59:00||present\n");
  CHECK(marks_of("Name,Time\nAna,08:59\n", "Attendance-21_11_26.csv")
            .starts_with("unsettled: 21_11_26 in its name may be"));
  CHECK(marks_of("Name,Date,Time\nAna,1796116798,08:59\n")
            .starts_with("unsettled: '1796116798' in line 2 is no date that is known; say how to read it"));
  CHECK(marks_of("Name,Day,Date\nAna,Friday,2026-11-20\n") == "|Ana|2026-11-20|||present\n");
  CHECK(marks_of("Name,Time\nAna,08:59\n").starts_with("unsettled: no column and no file name says on which day"));
  CHECK(marks_of("Name,Time\nAna,08:59\n", "a.csv", "date=2026-11-20") == "|Ana|2026-11-20|08:59:00||present\n");
  CHECK(marks_of("Name,Date\nAna,2026-11-19\n", "a.csv", "date=2026-11-20") == "|Ana|2026-11-19|||present\n");
  CHECK(marks_of("Name,Date\nAna,2026-11-20\nBen,20/11/2026\n")
            .starts_with("unsettled: '2026-11-20' in line 2 and '20/11/2026' in line 3 are written in different ways"));

  SECTION("another row of the file settles it") {
    CHECK(marks_of(unclear + "Ben,20/11/2026,08:59\n").starts_with("|Ana|2026-04-03|"));
  }
  SECTION("the other reading is in the future") {
    CHECK(marks_of("Name,Date,Time\nBen,11/03/2026,08:59\n").starts_with("unsettled"));
    CHECK(marks_of("Name,Date,Time\nBen,11/03/2026,08:59\nAna,11/12/2026,08:59\n").starts_with("|Ben|2026-11-03|"));
    CHECK(marks_of("Name,Date,Time\nAna,12/11/2026,08:59\n") == "|Ana|2026-11-12|08:59:00||present\n");
  }
  SECTION("the file's name says it") {
    CHECK(marks_of(unclear, "Attendance_2026-04-03.csv").starts_with("|Ana|2026-04-03|"));
  }
  SECTION("another file settles it, when all that are settled agree") {
    std::vector<ForeignLog> logs = {log_of(unclear), log_of("Name,Date\nBen,20/11/2026\n", "other.csv")};
    settle_dates(logs);
    CHECK(logs[0].is_settled());
    CHECK(logs[0].date_reason == "as in other.csv");
    std::vector<ForeignLog> torn = {log_of(unclear), log_of("Name,Date\nBen,20/11/2026\n", "b.csv"),
                                    log_of("Name,Date\nBen,11/20/2026\n", "c.csv")};
    settle_dates(torn);
    CHECK_FALSE(torn[0].is_settled());
  }
}

TEST_CASE("what a user says of columns comes before what is guessed") {
  const std::string text = "20/11/2026;a;08:59;Ana\n";
  CHECK(marks_of(text, "a.csv", "name=4,id=2,date=1:%d/%m/%Y,time=3") == "a|Ana|2026-11-20|08:59:00||present\n");
  CHECK(marks_of("Wer,Datum,Zeit\nAna,2026-11-20,9h02\n", "a.csv", "name=wer,time=Zeit:%Hh%M") ==
        "|Ana|2026-11-20|09:02:00||present\n");
  CHECK(marks_of("Name,Date,Time,Subject\nAna,2026-11-20,08:59,Maths\n", "a.csv", "session=-") ==
        "|Ana|2026-11-20|08:59:00||present\n");
  for (const char* bad : {"", "name", "name=", "nose=1", "name=1,name=2", "date=%Q"}) {
    INFO(bad);
    CHECK_THROWS_AS(parse_column_request(bad), UsageError);
  }
  CHECK_THROWS_AS(log_of(text, "a.csv", "name=5"), UsageError);
  CHECK_THROWS_AS(log_of(text, "a.csv", "name=Name"), UsageError);
}

TEST_CASE("rows that cannot be a mark are counted or named") {
  std::vector<ForeignLog> logs = {
      log_of("Name,Date,Time,Status\nAna,2026-11-20,8 o'clock,\nBen,2026-11-20,08:59,maybe\nUnknown,2026-11-20,08:59,\n"
             ",2026-11-20,08:59,\nEve,2026-11-20,08:59,absent\nMax,2026-11-20,08:59,x\nSue,2026-11-20,,x\nKim,2026-11-"
             "20,08:59,\n"
             "Tim,2026-11-20,08:59,\nJo,2026-11-20,08:59,\n")};
  settle_dates(logs);
  const ForeignMarks marks = read_marks(logs[0], kToday);
  CHECK(marks.marks.size() == 5);
  CHECK(marks.strangers == 1);
  CHECK(marks.nameless == 1);
  CHECK(marks.absent == 1);
  CHECK(marks.problems == std::vector<std::string>{"Attendance.csv:2: '8 o'clock' is no time of the day",
                                                   "Attendance.csv:3: 'maybe' is no status"});
}

TEST_CASE("tables that are no attendance") {
  CHECK(read_foreign_table("id,name,class\n1,Ana,7a\n", "students.csv").is_roster());
  CHECK(read_foreign_table("SERIAL NO.,,ID,,NAME\r\n\r\n1,,12,,Ana\r\n", "StudentDetails.csv").is_roster());
  CHECK(read_foreign_table("Surname;First name;Class\nSilva;Ana;7a\n", "class.csv").is_roster());
  for (const char* other : {"x,y\n1,2\n", "product,price\nApple,2\n", "hello\nworld\n", "name,price\nApple,2\n", ""}) {
    INFO(other);
    const auto table = read_foreign_table(other, "a.csv");
    CHECK_FALSE(table.is_log());
    CHECK_FALSE(table.is_roster());
  }
  CHECK_THROWS_AS(read_foreign_table(std::string_view("\xFF\xFEN\0a\0", 6), "a.csv"), Error);
}

TEST_CASE("tables have limits") {
  std::string wide = "name";
  for (int year = 2020; year < 2026; ++year) {
    for (int day = 1; day <= 28 * 12; ++day)
      wide += fmt::format(",{}-{:02}-{:02}", year, (day + 27) / 28, (day - 1) % 28 + 1);
  }
  wide += "\n";
  for (int i = 0; i < 30'000; ++i) wide += "a\n";
  CHECK_THROWS_WITH(read_foreign_table(wide, "wide.csv"),
                    "wide.csv: its rows would take more than 1 GB of memory; make several files of it");

  const std::string longest(1000, 'x'), longer(1001, 'x'), cell(100'000, 'x');
  const auto read = [](const std::string& name, const std::string& session, const std::string& date,
                       const std::string& time, const std::string& status) {
    return read_marks(log_of("name,subject,date,time,status\nAna,Maths,2026-11-20,08:59,\n" + name + "," + session +
                             "," + date + "," + time + "," + status + "\n"),
                      kToday);
  };
  CHECK(read("Ben", longest, "2026-11-20", "09:00", "P").marks.size() == 2);
  for (const auto& marks :
       {read("Ben", longer, "2026-11-20", "09:00", "P"), read("Ben", "Maths", cell, "09:00", "P"),
        read("Ben", "Maths", "2026-11-20", cell, "P"), read("Ben", "Maths", "2026-11-20", "9:00", cell)}) {
    CHECK(marks.marks.size() == 1);
    REQUIRE(marks.problems.size() == 1);
    CHECK(marks.problems[0].size() < 200);
  }
}
