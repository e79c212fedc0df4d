// faceatt-report: the rows of a log, one by one.
#pragma once

#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/record.hpp"
#include "faceatt/report/follow.hpp"
#include "faceatt/report/query.hpp"
#include "report_options.hpp"

namespace faceatt {

// What was asked for. Throws UsageError when there is no such group.
Query query_of(const cli::Tool& tool, const ReportOptions& options);

// All rows of the logs; - is standard input.
std::vector<AttendanceRow> read_rows(const cli::Tool& tool, const std::vector<std::string>& logs);

// Those in force, or with --by hours from when to when people were there; `is_text`: what people look at first.
std::vector<Record> row_records(const std::vector<AttendanceRow>& rows, const Query& query, bool is_hours,
                                bool is_text);

// Prints rows as they come, until a signal comes or nobody reads on. The exit code.
int follow(const cli::Tool& tool, const Query& query, LogFollower& follower, cli::Output& out);

// csv and tsv are opened by spreadsheets, too, which would run a name like =1+1.
Record for_spreadsheet(Record record, Format format);

}  // namespace faceatt
