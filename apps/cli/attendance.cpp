#include "cli/attendance.hpp"

#include <fmt/format.h>

#include "faceatt/attendance/timetable.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/mounts.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt::cli {

std::chrono::seconds grace_of(const Tool& tool, const std::string& key) {
  try {
    const auto grace = parse_grace(tool.settings.text(key));
    if (grace > std::chrono::hours(24))
      throw UsageError(fmt::format("'{}' is more than a day", tool.settings.text(key)));
    return grace;
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: {}", tool.settings.origin(key), e.what()));
  }
}

std::shared_ptr<const Schedule> read_schedule(const Tool& tool) {
  const std::string& file = tool.settings.text("schedule");
  ScheduleOptions options;
  options.holidays = tool.settings.text("holidays");
  options.open_early = grace_of(tool, "open_early");
  options.late_after = grace_of(tool, "late_after");
  if (!tool.settings.text("zone").empty()) options.zone = Zone(tool.settings.text("zone"));
  if (file.empty()) {
    if (tool.settings.flag_given("holidays")) throw UsageError("--holidays wants --schedule");
    return nullptr;
  }
  std::vector<std::string> warnings, told_elsewhere;
  for (const auto& [id, entry] : read_roster(tool.db() / "roster.csv", told_elsewhere)) {
    options.groups.insert(entry.groups.begin(), entry.groups.end());
  }
  auto schedule = std::make_shared<const Schedule>(Schedule::read(file, options, warnings));
  tool.warn_all(warnings);
  return schedule;
}

Rules rules_of(const Tool& tool) {
  const bool has_direction = tool.settings.has("direction");
  return Rules(read_schedule(tool), has_direction ? parse_direction(tool.settings.text("direction")) : Direction::kIn);
}

AttendanceLog log_of(const Tool& tool) {
  LogOptions options;
  if (tool.settings.has("punch_interval")) options.punch_interval = grace_of(tool, "punch_interval");
  if (tool.settings.has("chain")) options.chain = tool.settings.text("chain") == "on";
  const std::string& file = tool.settings.text("log");
  if (const auto type = network_file_system(file)) {
    tool.warn(
        fmt::format("{}: lies on a network file system ({}), where locks and appends of other machines may not be "
                    "seen; let only one machine write to it, or give each machine its own log",
                    file, *type));
  }
  return AttendanceLog(file, options);
}

std::vector<std::filesystem::path> logs_of(const Tool& tool) {
  const std::string& log = tool.settings.text("log");
  auto files = log_files(log);
  if (files.empty()) files.emplace_back(log);
  return files;
}

}  // namespace faceatt::cli
