#include "mark_sessions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "faceatt/core/error.hpp"

namespace faceatt {

int list_sessions(cli::Tool& tool, cli::Output& out, const Rules& rules, const std::string& date) {
  const Schedule* schedule = rules.schedule();
  if (schedule == nullptr) throw UsageError("--sessions wants a timetable: --schedule FILE");
  std::vector<Record> records;
  const auto clock = [&](std::int64_t seconds) { return schedule->zone().at(seconds).iso8601(); };
  const bool is_text = out.format() == Format::kText;
  for (const Meeting& m : schedule->on(date)) {
    const auto time = [&](std::int64_t seconds) {
      const std::string iso = clock(seconds);
      return is_text ? iso.substr(11, 5) : iso;
    };
    records.push_back({{"date", m.date},
                       {"session", m.session},
                       {"groups", fmt::format("{}", fmt::join(m.groups, ";"))},
                       {"opens", time(schedule->opens(m))},
                       {"start", time(m.start)},
                       {"late_after", time(schedule->late_from(m))},
                       {"end", time(m.end)},
                       {"location", m.location}});
  }
  if (is_text) {
    out.raw(format_table(records));
  } else {
    for (const auto& record : records) out.record(record);
  }
  if (records.empty()) tool.note(fmt::format("no session on {}", date));
  return records.empty() ? cli::kNothingFound : cli::kDone;
}

}  // namespace faceatt
