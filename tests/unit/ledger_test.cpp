#include "faceatt/report/ledger.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <tuple>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/report/query.hpp"
#include "faceatt/report/summary.hpp"

using namespace faceatt;

namespace {

const std::string kHeader = "date,time,id,name,session,status,source,score,liveness,note\n";

Descriptor memory(std::string_view text) {
  Descriptor file(::memfd_create("log", 0));
  write_all(file.get(), text);
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

Ledger read(std::string_view text, std::vector<std::string>* warnings = nullptr, const LedgerFilter& filter = {}) {
  Ledger ledger(filter);
  std::vector<std::string> own;
  ledger.add_stream(memory(text).get(), "log.csv", warnings != nullptr ? *warnings : own);
  return ledger;
}

std::string row(const std::string& id, const std::string& status, const std::string& source = "door",
                const std::string& note = "", const std::string& date = "2026-11-20",
                const std::string& clock = "09:12:00") {
  return date + "," + date + "T" + clock + "+01:00," + id + ",Ana,day," + status + "," + source + ",0.7,live," + note +
         "\n";
}

// "s1 late 12" of each entry.
std::vector<std::string> shown(const Ledger& ledger) {
  std::vector<std::string> lines;
  for (const LedgerEntry& e : ledger.entries()) {
    std::string line = ledger.people()[e.person].id + " " + name_of(e.status);
    if (e.late_minutes >= 0) line += " " + std::to_string(e.late_minutes);
    lines.push_back(line);
  }
  return lines;
}

using Strings = std::vector<std::string>;
using Key = std::tuple<std::string, std::string, std::string, std::string>;

// What select() says of the same text: the other way to read a log.
std::map<Key, int> by_select(const std::string& text) {
  std::vector<std::string> ignored;
  std::map<Key, int> rows;
  for (const auto& r : select(parse_attendance(text, "log.csv", ignored), {})) {
    ++rows[{r.date, to_nfc(r.session), to_nfc(r.id), r.status}];
  }
  return rows;
}

std::map<Key, int> by_ledger(const std::string& text) {
  const Ledger ledger = read(text);
  std::map<Key, int> rows;
  for (const LedgerEntry& e : ledger.entries()) {
    if (e.status == Status::kVoid) continue;
    ++rows[{date_of(e.day), to_nfc(ledger.sessions()[e.session]), to_nfc(ledger.people()[e.person].id),
            name_of(e.status)}];
  }
  return rows;
}

}  // namespace

TEST_CASE("ledger: the row in force of each key") {
  CHECK(shown(read(kHeader + row("a", "present") + row("a", "late") + row("b", "late", "door", "12 min late"))) ==
        Strings{"a present", "b late 12"});
  CHECK(shown(read(kHeader + row("a", "present") + row("a", "excused", "manual:eva") + row("a", "late"))) ==
        Strings{"a excused"});
  CHECK(shown(read(kHeader + row("a", "present", "manual:eva") + row("a", "void", "manual:eva", "undo") +
                   row("a", "late"))) == Strings{"a late"});
  CHECK(shown(read(kHeader + row("a", "void", "manual:eva") + row("a", "late"))) == Strings{"a void"});
  CHECK(shown(read(kHeader + row("*", "ended", "manual:eva"))).empty());
}

TEST_CASE("ledger: when somebody came and went, as instants") {
  const Ledger ledger = read(kHeader + row("a", "present") + row("a", "out", "back", "", "2026-11-20", "16:00:00") +
                             row("a", "out", "back", "", "2026-11-20", "12:00:00"));
  REQUIRE(ledger.entries().size() == 1);
  const LedgerEntry& e = ledger.entries().front();
  CHECK(e.status == Status::kPresent);
  CHECK(e.in == parse_time("2026-11-20T09:12:00+01:00").unix_seconds);
  CHECK(e.in_offset == 3600);
  CHECK(e.out == parse_time("2026-11-20T16:00:00+01:00").unix_seconds);
  CHECK(date_of(e.day) == "2026-11-20");
}

TEST_CASE("ledger: a log as a spreadsheet saves it; cells in quotes; columns in another order; no line end") {
  CHECK(shown(read("\xEF\xBB\xBFid;status;date;session;name;source\r\na;late;2026-11-20;day;\"Silva; Ana\";door\r\n"
                   "b;present;2026-11-20;day;\"Zoe \"\"O\"\"\";door")) == Strings{"a late", "b present"});
  const Ledger ledger = read(kHeader + "2026-11-20,x,a,\"Silva, Ana\",day,present,door,,,\n");
  CHECK(ledger.people().front().name == "Silva, Ana");
  CHECK(ledger.entries().front().in == kNoTime);
}

TEST_CASE("ledger: damaged lines are named and counted") {
  std::vector<std::string> warnings;
  const Ledger ledger = read(kHeader + "garbage\n\n" + row("a", "present") + "2026-02-30,,a,,day,present,,,,\n" +
                                 "2026-11-20,,,,day,present,,,,\n" + row("b", "here"),
                             &warnings);
  CHECK(ledger.damaged() == 4);
  CHECK(ledger.rows() == 1);
  CHECK(warnings == Strings{"log.csv:2: not an attendance row; left out", "log.csv:5: not an attendance row; left out",
                            "log.csv:6: not an attendance row; left out",
                            "log.csv:7: not an attendance row; left out"});
  CHECK_THROWS_AS(read("a,b\n1,2\n"), Error);
  CHECK(read("").entries().empty());
}

TEST_CASE("ledger: columns anywhere, also behind very many others") {
  const std::string others(300, ',');
  CHECK(shown(read("date,id" + others + ",session,status\n2026-11-20,a" + others + ",day,late\n2026-11-20,b,x\n")) ==
        Strings{"a late"});
}

TEST_CASE("ledger: a first row without a date is damaged as any other") {
  const Ledger ledger = read(kHeader + ",,a,,day,present,,,,\n" + row("b", "present"));
  CHECK(shown(ledger) == Strings{"b present"});
  CHECK(ledger.damaged() == 1);
}

TEST_CASE("ledger: ids and sessions are compared in NFC") {
  CHECK(read(kHeader + row("Jos\xC3\xA9", "present") + row("Jose\xCC\x81", "late")).entries().size() == 1);
}

TEST_CASE("ledger: days left out") {
  LedgerFilter filter;
  filter.from = *day_of("2026-11-20");
  filter.to = *day_of("2026-11-20");
  const std::string text = kHeader + row("a", "present", "door", "", "2026-11-19") + row("a", "late") +
                           row("a", "present", "door", "", "2026-11-21");
  CHECK(shown(read(text, nullptr, filter)) == Strings{"a late"});
  CHECK(read(text, nullptr, filter).rows() == 3);
}

TEST_CASE("ledger: who is expected and has no row is absent") {
  Ledger ledger = read(kHeader + row("a", "present") + row("b", "void", "manual:eva") + row("c", "out"));
  const std::int32_t day = *day_of("2026-11-20");
  add_absent(ledger, {{day, "day", {"a", "b", "c", "d"}}, {day, "Maths", {"a"}}});
  CHECK(shown(ledger) == Strings{"a present", "b absent", "c void", "d absent", "a absent"});
}

TEST_CASE("ledger: a log longer than what is read at once, with quotes everywhere") {
  std::string text = kHeader;
  for (int i = 0; i < 30'000; ++i) {
    text +=
        "2026-11-20,2026-11-20T09:00:00+01:00,s" + std::to_string(i) + ",\"Silva, \"\"A\"\"\",day,present,door,,,\n";
  }
  CHECK(text.size() > 2'000'000);
  CHECK(read(text).entries().size() == 30'000);
}

TEST_CASE("ledger: ten thousand damaged logs say the same in both ways of reading") {
  std::mt19937 random(2026);
  const auto any = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const Strings statuses = {"present", "late", "excused", "void", "out", "absent"};
  const Strings pieces = {"\"",   ",", ";",        "\n",         "\r\n", "\t",   std::string(1, '\0'), "\xFF",
                          "=1+1", "*", "manual:x", "2026-11-20", "undo", "\"\"", "\xEF\xBB\xBF",       "\xE2\x80\xAE"};
  for (int round = 0; round < 10'000; ++round) {
    std::string text = kHeader;
    for (std::size_t i = any(12); i-- > 0;) {
      text += row("s" + std::to_string(any(4)), statuses[any(statuses.size())], any(3) == 0 ? "manual:eva" : "door",
                  any(4) == 0 ? "undo" : "", any(2) == 0 ? "2026-11-20" : "2026-11-21");
    }
    for (std::size_t i = any(4); i-- > 0;) {
      const std::size_t at = kHeader.size() + any(text.size() - kHeader.size() + 1);
      if (any(2) == 0) {
        text.insert(at, pieces[any(pieces.size())]);
      } else {
        text.erase(at, any(10));
      }
    }
    if (text.find('\r') != std::string::npos && text.find("\r\n") == std::string::npos) continue;
    INFO(text);
    CHECK(by_ledger(text) == by_select(text));
  }
}

TEST_CASE("summary: what entries add up to") {
  const Ledger ledger =
      read(kHeader + row("a", "present") + row("a", "out", "back", "", "2026-11-20", "10:12:00") +
           row("b", "late", "door", "12 min late") + row("c", "excused", "manual:eva") +
           row("a", "absent", "manual:eva", "", "2026-11-21") + row("b", "present", "door", "", "2026-12-01"));
  SummaryOptions options;
  const auto people = summarise(ledger, options);
  REQUIRE(people.size() == 3);
  CHECK(people[0].key == "a");
  CHECK(people[0].tally.present == 1);
  CHECK(people[0].tally.absent == 1);
  CHECK(people[0].tally.rate() == 0.5);
  CHECK(people[0].tally.seconds == 3600);
  CHECK(people[1].tally.minutes_late == 12);
  CHECK(date_of(people[1].tally.last) == "2026-12-01");
  CHECK_FALSE(people[2].tally.rate());  // excused: there is nothing to come to
  options.by = GroupBy::kMonth;
  CHECK(summarise(ledger, options).size() == 2);
  options.by = GroupBy::kGroup;
  options.groups_of = [](const std::string& id) { return id == "a" ? Strings{"7a", "choir"} : Strings{"7a"}; };
  const auto groups = summarise(ledger, options);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].tally.came() == 3);
  CHECK(groups[1].key == "choir");
}

TEST_CASE("summary: how often in a row") {
  const auto of = [](const Strings& statuses) {
    std::string text = kHeader;
    int day = 9;
    for (const auto& status : statuses) text += row("a", status, "manual:eva", "", "2026-11-" + std::to_string(++day));
    return streaks(read(text), {}).front();
  };
  CHECK(of({"present", "late", "present"}) == 3);
  CHECK(of({"present", "absent", "absent"}) == -2);
  CHECK(of({"absent", "present", "excused"}) == 1);
  CHECK(of({"excused"}) == 0);
  const std::string later = row("a", "present", "door", "", "2026-11-21"), before = row("a", "absent", "manual:eva");
  CHECK(streaks(read(kHeader + later + before), {}) == std::vector<std::int32_t>{1});  // not in the order of the file
}

TEST_CASE("summary: weeks are those of ISO 8601") {
  CHECK(week_of(*day_of("2026-01-01")) == "2026-W01");
  CHECK(week_of(*day_of("2027-01-03")) == "2026-W53");
  CHECK(week_of(*day_of("2027-01-04")) == "2027-W01");
  CHECK(week_of(*day_of("2024-12-30")) == "2025-W01");
}
