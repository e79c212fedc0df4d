// A report as one HTML file that needs nothing else: no network, no framework, readable without its script.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/report/ledger.hpp"
#include "faceatt/report/summary.hpp"

namespace faceatt {

// What the page shows. Texts may be anything: they are escaped, and made valid UTF-8 without control characters.
struct HtmlReport {
  struct Card {
    std::string label, value;  // "Rate", "92.3 %"
    std::string note;          // may be empty
  };
  struct Mark {
    std::int32_t day = 0;  // since 1970-01-01
    std::string session;
    Status status = Status::kPresent;  // present, late, absent or excused; others are left out
    std::int16_t arrived = -1;         // minutes since midnight, local; -1: not known
    std::int16_t late_minutes = -1;    // -1: not known
  };
  struct Person {
    std::string id, name;  // no name: the id stands for it
    std::vector<std::string> groups;
    Tally tally;
    std::vector<Mark> marks;  // in the order in which they are listed
  };

  std::string title;   // "Attendance of 7a"
  std::string period;  // "2026-11-01 to 2026-11-30"
  std::string made;    // when: "2026-12-01 08:00"
  std::vector<Card> cards;
  std::vector<TallyLine> timeline;  // by day, week or month, in order; a chart of some 150 can still be read
  std::vector<TallyLine> groups;    // empty: no such part
  std::array<long, 96> arrivals{};  // people who came, by quarter hour of the local day
  std::vector<Person> people;       // in the order in which they are listed; ids are unique
};

// Calls `write` with pieces of the page, in order, some 64 KiB each; what it throws goes through.
void write_html(const HtmlReport& report, const std::function<void(std::string_view)>& write);

}  // namespace faceatt
