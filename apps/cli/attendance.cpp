#include "cli/attendance.hpp"

#include "cli/people.hpp"
#include "faceatt/core/error.hpp"

namespace faceatt::cli {

std::shared_ptr<const Schedule> read_schedule(const Tool& tool) {
  const std::string& file = tool.settings.text("schedule");
  ScheduleOptions options;
  options.holidays = tool.settings.text("holidays");
  options.open_early = tool.grace("open_early");
  options.late_after = tool.grace("late_after");
  if (!tool.settings.text("zone").empty()) options.zone = Zone(tool.settings.text("zone"));
  if (file.empty()) {
    if (tool.settings.flag_given("holidays")) throw UsageError("--holidays wants --schedule");
    return nullptr;
  }
  std::vector<std::string> warnings;
  for (const auto& [id, entry] : known_groups(tool)) {
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

}  // namespace faceatt::cli
