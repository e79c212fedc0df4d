// What entries of a ledger add up to: per person, day, session, group, week or month.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/attendance/schedule.hpp"
#include "faceatt/report/ledger.hpp"

namespace faceatt {

struct Tally {
  long present = 0, late = 0, absent = 0, excused = 0;  // sessions of people
  long minutes_late = 0;
  std::int64_t seconds = 0;  // from in to out, where both are known
  std::int32_t first = std::numeric_limits<std::int32_t>::max(),
               last = std::numeric_limits<std::int32_t>::min();  // days, present or late

  void add(const LedgerEntry& entry);
  long came() const { return present + late; }
  long counted() const { return came() + absent; }
  // came() of counted(), who is excused left out; empty when nobody was to come.
  std::optional<double> rate() const;
};

// A line of a table: what it is of, and what that adds up to.
struct TallyLine {
  std::string key;   // id, date, session, group, 2026-W47 or 2026-11
  std::string name;  // of a person
  Tally tally;
};

enum class GroupBy { kPerson, kDay, kSession, kGroup, kWeek, kMonth };

// Who is expected, where the log has no row of them.
struct Expected {
  std::int32_t day = 0;
  std::string session;
  std::vector<std::string> ids;  // NFC
};

using PeopleWithGroups = std::map<std::string, std::vector<std::string>>;  // by id, NFC
// To the sessions of a timetable that have ended by `now` (unix seconds), of the days from the first to the last:
// people of a session's groups, or everybody when it has none. Nobody when there are no people.
std::vector<Expected> expected_by(const Schedule& schedule, const PeopleWithGroups& people, std::int32_t first,
                                  std::int32_t last, std::int64_t now);
// Without a timetable: everybody, on each day of which the ledger has a session kDaySession.
std::vector<Expected> expected_each_day(const Ledger& ledger, const PeopleWithGroups& people);

// Adds an entry "absent" for everybody who is expected and has no row in force. Sessions without any row, and people
// that the log does not know, come to the ledger with it.
void add_absent(Ledger& ledger, const std::vector<Expected>& expected);

struct SummaryOptions {
  GroupBy by = GroupBy::kPerson;
  std::function<bool(const LedgerEntry&)> counts;                            // empty: all
  std::function<std::vector<std::string>(const std::string& id)> groups_of;  // for kGroup
};

// Sorted by key; people by id.
std::vector<TallyLine> summarise(const Ledger& ledger, const SummaryOptions& options);

// Of each of Ledger::people() how many sessions in a row they came to up to the last one, or, less than 0, were absent
// from. Excused ones are passed over.
std::vector<std::int32_t> streaks(const Ledger& ledger, const std::function<bool(const LedgerEntry&)>& counts);

// Of each of Ledger::people() the rate (0..1) of each of the last weeks, seven days each, up to the last day of the
// ledger; NaN where nobody was to come.
std::vector<std::vector<double>> weekly_rates(const Ledger& ledger,
                                              const std::function<bool(const LedgerEntry&)>& counts,
                                              std::int32_t weeks);

// "2026-W47" by ISO 8601: the week of its Thursday's year.
std::string week_of(std::int32_t day);

}  // namespace faceatt
