// The options of faceatt-report.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/report/summary.hpp"

namespace faceatt {

struct ReportOptions {
  std::vector<std::string> logs{}, people{}, sessions{}, statuses{};
  std::string from{}, to{}, day{}, last{}, by{}, below{}, exports{}, imports{};
  bool lists_absent = false, lists_late = false, follows = false, draws_calendar = false;

  // What check() makes of them.
  std::optional<GroupBy> group_by{};  // none: rows, or hours
  bool is_hours = false;
  std::optional<double> least_rate{};  // only lines under it
  std::set<Status> wanted_statuses{};  // empty: all
};

void add_options(cli::Tool& tool, ReportOptions& options);

// What goes together and what does not; dates become dates, ids and sessions NFC. Throws UsageError.
void check(const cli::Tool& tool, ReportOptions& options);

}  // namespace faceatt
