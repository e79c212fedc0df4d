// faceatt-report --format html: what the page shows.
#pragma once

#include <string>

#include "faceatt/core/time.hpp"
#include "faceatt/report/html.hpp"
#include "report_counts.hpp"

namespace faceatt {

// Of the entries that were asked for. Of very many, single marks are left out: on time first, then all.
HtmlReport page_of(const Ledger& ledger, const ReportOptions& options, const Roster& known, const std::string& group,
                   const LocalTime& now);

}  // namespace faceatt
