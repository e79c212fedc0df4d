#include "cli/logs.hpp"

#include <fmt/format.h>

#include "cli/store.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/store_log.hpp"
#include "faceatt/core/mounts.hpp"

namespace faceatt::cli {

std::unique_ptr<AttendanceLog> log_of(const Tool& tool, bool follows_people) {
  LogOptions options;
  if (tool.settings.has("punch_interval")) options.punch_interval = tool.grace("punch_interval");
  if (tool.settings.has("chain")) options.chain = tool.settings.text("chain") == "on";
  options.reads_only = tool.dry_run;
  options.checks_clock = !follows_people;
  if (const auto store = store_of(tool)) return std::make_unique<StoreLog>(*store, spool_of(tool), options);
  const std::string& file = tool.settings.text("log");
  if (const auto type = network_file_system(file)) {
    tool.warn(
        fmt::format("{}: lies on a network file system ({}), where locks and appends of other machines may not be "
                    "seen; let only one machine write to it, or give each machine its own log",
                    file, *type));
  }
  return std::make_unique<CsvLog>(file, options);
}

std::vector<std::string> logs_of(const Tool& tool) {
  std::vector<std::string> names;
  if (store_of(tool)) return names;
  const std::string& log = tool.settings.text("log");
  for (const auto& file : log_files(log)) names.push_back(file.string());
  if (names.empty()) names.push_back(log);
  return names;
}

}  // namespace faceatt::cli
