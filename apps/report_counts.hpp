// The tables of faceatt-report that count: who is expected, and what it all adds up to.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/attendance/schedule.hpp"
#include "faceatt/core/record.hpp"
#include "faceatt/people/roster.hpp"
#include "faceatt/report/layout.hpp"
#include "faceatt/report/ledger.hpp"
#include "report_options.hpp"

namespace faceatt {

// The logs as a ledger, with who is absent: whoever is expected to a session, by the timetable or, without one, to the
// session "day" of each date that the log has, and has no row in force.
Ledger read_ledger(const cli::Tool& tool, const ReportOptions& options, const Roster& known, const Schedule* schedule);

// `known` is everybody besides those in the log.
//
// What was asked for, as summarise() wants it; all must outlive it.
SummaryOptions summary_options(const Ledger& ledger, const ReportOptions& options, const Roster& known,
                               const std::string& group);
std::vector<std::string> groups_of(const Roster& roster, const std::string& id);

// The entries that were asked for, as numbers per key; `is_text`: for people, with a chart, of Unicode or ASCII.
std::vector<Record> count_records(const Ledger& ledger, const ReportOptions& options, const Roster& known,
                                  const std::string& group, bool is_text, bool unicode);

// The entries one by one, sorted by date, session and id: for --absent.
std::vector<Record> entry_records(const Ledger& ledger, const ReportOptions& options, const Roster& known,
                                  const std::string& group);

// People x days, those that were asked for.
CalendarGrid calendar_of(const Ledger& ledger, const ReportOptions& options, const Roster& known,
                         const std::string& group);

}  // namespace faceatt
