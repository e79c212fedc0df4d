#include "enroll_import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "cli/attendance.hpp"
#include "cli/logs.hpp"
#include "cli/people.hpp"
#include "cli/signals.hpp"
#include "cli/store.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/ids.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 8;

std::string count_of(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

// Who is enrolled here or known to the store.
Roster everybody(const Tool& tool) {
  Roster known;
  std::vector<std::string> warnings;
  if (fs::exists(tool.db())) known = faceatt::known_people(tool.db(), warnings);
  tool.warn_all(warnings);
  if (store_of(tool)) known.merge(cli::known_people(tool));
  return known;
}

}  // namespace

Import::Import(const Tool& tool, const std::vector<std::string>& paths, const std::string& columns)
    : tool_(tool), today_(tool.clock()().date()) {
  ImportRequest request;
  request.paths.assign(paths.begin(), paths.end());
  if (!columns.empty()) request.columns = parse_column_request(columns);
  request.people = tool.db();
  request.known = everybody(tool);
  request.today = today_;
  plan_ = plan_import(request);
  show();
  refuse_unsettled();
  marks_ = plan_marks(plan_, today_);
}

void Import::refuse_unsettled() const {
  std::size_t unsettled = 0;
  for (const auto& log : plan_.logs) {
    if (log.is_settled()) continue;
    if (++unsettled <= kMostNamed) tool_.error(fmt::format("{}: {}", log.table.file.string(), why_unsettled(log)));
  }
  if (unsettled > 0) {
    throw UsageError(fmt::format("when {} {} is not clear; nothing was taken over",
                                 count_of(unsettled, "file", "files"),
                                 unsettled == 1 ? "was written" : "were written"));
  }
  if (store_of(tool_) || plan_.logs.empty()) return;
  const fs::path log = tool_.settings.text("log");
  for (const auto& from : plan_.logs) {
    std::error_code ignored;
    if (!fs::equivalent(from.table.file, log, ignored)) continue;
    throw UsageError(fmt::format(
        "--log {}: is one of the files to be taken over, which stay as they are; name another log", log.string()));
  }
  CsvLog(log).check({today_, "", "nobody", "", "", "present", "", "", "", ""});  // throws when it is no log
}

std::set<std::string> Import::write_roster() {
  const Roster people = plan_.people.for_roster();
  std::set<std::string> ids;
  for (const auto& [id, person] : people) ids.insert(id);
  if (people.empty()) return ids;
  std::size_t rows = 0;
  if (!tool_.dry_run) {
    rows = add_to_roster(tool_.db(), people);
  } else {
    rows = added_to_roster(read_roster_text(tool_.db() / "roster.csv"), people).rows;
  }
  if (rows > 0) {
    say(fmt::format("{}: {}{}", (tool_.db() / "roster.csv").string(), count_of(rows, "new row", "new rows"),
                    tool_.dry_run ? " would be added" : ""));
  }
  return ids;
}

std::vector<AssignedPhoto> Import::photos() const {
  std::vector<AssignedPhoto> photos;
  photos.reserve(plan_.photos.size());
  for (const auto& photo : plan_.photos) photos.push_back({photo.file, photo.id, photo.name});
  return photos;
}

void Import::write(const ImportedMark& mark, const Rules& rules, AttendanceLog& log, Counts& counts) {
  Sighting sighting{mark.id, mark.name, mark.time, mark.source};
  sighting.groups = plan_.people.groups(mark.id);
  AttendanceRow row;
  if (rules.schedule() == nullptr) {
    row = Rules::row_for(sighting, mark.date, mark.session.empty() ? std::string(kDaySession) : mark.session,
                         mark.status);
  } else {
    const Ruling ruling = mark.has_time ? rules.rule(sighting, log) : Ruling{{}, {}, "no time of the day is known"};
    if (!ruling.row) {
      marks_.problems.push_back(fmt::format("{}: {}: {}", mark.where, printable(mark.name), ruling.reason));
      return;
    }
    row = *ruling.row;
    if (mark.status == "excused") row.status = mark.status;
  }
  std::vector<std::string> notes;
  if (!row.note.empty()) notes.push_back(row.note);
  if (!mark.has_time) notes.emplace_back("time not known");
  if (!mark.is_enrolled) notes.emplace_back("not enrolled");
  row.note = fmt::format("{}", fmt::join(notes, "; "));
  if (!keys_.insert(key_of(row)).second) {
    ++counts.repeated;
  } else {
    const auto outcome = tool_.dry_run ? log.check(row) : log.append(row);
    ++(outcome == AttendanceLog::Outcome::kNew ? counts.added : counts.known);
  }
  if (mark.out) write_out(mark, std::move(row), log, counts);
}

// Beside what is there, but once.
void Import::write_out(const ImportedMark& mark, AttendanceRow row, AttendanceLog& log, Counts& counts) const {
  row.status = kStatusOut;
  row.time = mark.out->iso8601();
  row.note = mark.is_enrolled ? "" : "not enrolled";
  const auto rows = log.rows_of(row.date, row.id);
  const bool is_there = std::any_of(rows.begin(), rows.end(), [&](const AttendanceRow& other) {
    return other.status == kStatusOut && other.session == row.session && other.time == row.time;
  });
  if (is_there) return;
  const auto outcome = tool_.dry_run ? log.check(row) : log.append(row);
  counts.out += outcome == AttendanceLog::Outcome::kNew;
}

int Import::write_marks(int code) {
  Counts counts;
  if (!marks_.marks.empty()) {
    const Rules rules = rules_of(tool_);
    const auto log = log_of(tool_);
    for (std::size_t i = 0; i < marks_.marks.size() && stop_signal() == 0; ++i) {
      write(marks_.marks[i], rules, *log, counts);
      if (i % 100 == 0) tool_.progress("taking over marks", i, marks_.marks.size());
    }
    tool_.hide_progress();
    auto warnings = log->take_warnings();
    tool_.warn_all(warnings);
  }
  auto problems = plan_.problems;
  problems.insert(problems.end(), marks_.problems.begin(), marks_.problems.end());
  for (std::size_t i = 0; i < problems.size() && i < kMostNamed; ++i) tool_.error(problems[i]);
  if (problems.size() > kMostNamed)
    tool_.error(fmt::format("... {} in all", count_of(problems.size(), "problem", "problems")));
  if (!marks_.strays.empty()) {
    std::vector<std::string> names;
    for (const auto& [id, name] : marks_.strays) {
      if (names.size() < kMostNamed)
        names.push_back(name == name_of_id(id) ? id : fmt::format("{} ({})", id, quotable(name)));
    }
    tool_.warn(fmt::format("{} of these rows {} not enrolled: {}{}; their rows are kept under these ids",
                           count_of(marks_.strays.size(), "person", "people"), marks_.strays.size() == 1 ? "is" : "are",
                           fmt::join(names, ", "), marks_.strays.size() > names.size() ? " ..." : ""));
  }
  if (!plan_.logs.empty()) {
    std::vector<std::string> left_out;
    const auto count = [&](std::size_t n, const char* what) {
      if (n > 0) left_out.push_back(fmt::format("{} {}", n, what));
    };
    count(counts.repeated, "of who was there before on that day");
    count(marks_.strangers, "of strangers");
    count(marks_.nameless, "without a name");
    count(marks_.absent, "of who was absent");
    count(marks_.problems.size(), "not understood");
    const auto store = store_of(tool_);
    say(fmt::format("{} {}added to {}{}{}{}{}", count_of(counts.added, "mark", "marks"),
                    tool_.dry_run ? "would be " : "", store ? store->text() : tool_.settings.text("log"),
                    counts.out > 0 ? fmt::format(", and {} of going out", counts.out) : "",
                    counts.known > 0 ? fmt::format(", {} there already", counts.known) : "",
                    left_out.empty() ? "" : "; left out: ", fmt::join(left_out, ", ")));
  }
  if (stop_signal() != 0) return 128 + stop_signal();
  if (!problems.empty()) return kSomeFailed;
  const bool found_any = !marks_.marks.empty() || !plan_.rosters.empty();
  return code == kNothingFound && found_any ? static_cast<int>(kDone) : code;
}

}  // namespace faceatt::cli
