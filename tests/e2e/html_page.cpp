// A report page of made-up people, on stdout, for html.sh. usage: faceatt-html-page [PEOPLE [DAYS]]
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <random>

#include "faceatt/core/file.hpp"
#include "faceatt/report/html.hpp"

using namespace faceatt;

namespace {

constexpr std::int32_t kFirstDay = 20759;  // 2026-11-02, a Monday

// What names may bring, and scripts of the world.
const std::vector<std::pair<std::string, std::string>> kPeople = {
    {"s1001", "Ana Silva"},
    {"s1002", "<script>alert(1)</script>"},
    {"s1003", "\"><img src=http://127.0.0.1:9/x onerror=alert(1)>"},
    {"s1004", "O'Neil ]]> --> </style></script> & Söhne"},
    {"王伟", "王伟"},
    {"s1006", "محمد عبد الله"},
    {"s1007", "José Ñandú"},
    {"s1008", "two\u2028lines and \u202Ereversed"},
    {"s1009", "=1+1"},
    {"Li Na", ""},
    {"s1011", "\xFF\xFE not UTF-8"},
    {"s1012", "Adèle Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh"},
};

}  // namespace

int main(int argc, char** argv) {
  const int people = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(kPeople.size());
  const int days = argc > 2 ? std::atoi(argv[2]) : 20;
  std::mt19937 random(8);
  const auto chance = [&](int of) { return static_cast<int>(random() % static_cast<unsigned>(of)) == 0; };

  HtmlReport report;
  report.title = "Attendance of 7a & 7b";
  report.made = "2026-12-01 08:00";
  std::map<std::string, Tally> groups;
  std::map<std::int32_t, Tally> dates;
  Tally all;
  for (int i = 0; i < people; ++i) {
    const auto k = static_cast<std::size_t>(i);
    HtmlReport::Person person;
    person.id = k < kPeople.size() ? kPeople[k].first : fmt::format("p{:04}", i);
    person.name = k < kPeople.size() ? kPeople[k].second : fmt::format("Person {}", i);
    if (i % 3 != 2) person.groups.push_back(i % 2 == 0 ? "7a" : "7b");
    if (i % 4 == 0) person.groups.push_back("<b>choir</b>");
    for (int d = 0; d < days && i != 3; ++d) {  // one whom nobody expected
      LedgerEntry entry;
      entry.day = kFirstDay + d / 5 * 7 + d % 5;
      entry.status = chance(9)    ? Status::kLate
                     : chance(11) ? Status::kAbsent
                     : chance(25) ? Status::kExcused
                                  : Status::kPresent;
      HtmlReport::Mark mark{entry.day, i % 2 == 0 ? "maths" : "day", entry.status, -1, -1};
      if (entry.status == Status::kPresent || entry.status == Status::kLate) {
        const int arrived =
            (entry.status == Status::kLate ? 8 * 60 + 6 : 7 * 60 + 20) + static_cast<int>(random() % 40);
        mark.arrived = static_cast<std::int16_t>(arrived);
        entry.in = std::int64_t{entry.day} * 86400 + arrived * 60;
        entry.out = entry.in + 5 * 3600;
        if (entry.status == Status::kLate) entry.late_minutes = arrived - 8 * 60;
        mark.late_minutes = static_cast<std::int16_t>(entry.late_minutes);
        ++report.arrivals[static_cast<std::size_t>(arrived / 15)];
      }
      person.tally.add(entry);
      dates[entry.day].add(entry);
      all.add(entry);
      for (const auto& group : person.groups) groups[group].add(entry);
      person.marks.push_back(std::move(mark));
    }
    report.people.push_back(std::move(person));
  }
  for (const auto& [day, tally] : dates) report.timeline.push_back({date_of(day), {}, tally});
  for (const auto& [name, tally] : groups) report.groups.push_back({name, {}, tally});
  if (!dates.empty()) report.period = report.timeline.front().key + " to " + report.timeline.back().key;
  report.cards = {{"People", fmt::format("{}", people), "of the roster"},
                  {"Days", fmt::format("{}", dates.size()), ""},
                  {"Rate", fmt::format("{:.1f} %", 100 * all.rate().value_or(0)), "excused people left out"},
                  {"Late", fmt::format("{}", all.late), fmt::format("{} minutes", all.minutes_late)},
                  {"Absent", fmt::format("{}", all.absent), ""},
                  {"Excused", fmt::format("{}", all.excused), ""}};
  write_html(report, [](std::string_view piece) { write_all(STDOUT_FILENO, piece); });
}
