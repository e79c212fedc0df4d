#include "report_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::array<std::pair<const char*, GroupBy>, 6> kGroupings = {{{"person", GroupBy::kPerson},
                                                                        {"day", GroupBy::kDay},
                                                                        {"group", GroupBy::kGroup},
                                                                        {"session", GroupBy::kSession},
                                                                        {"week", GroupBy::kWeek},
                                                                        {"month", GroupBy::kMonth}}};
constexpr int kMostDays = 36600;

// Of "30d", "4w" or "30".
int days_of(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit(end, text.data() + text.size());
  const int days = unit == "w" ? number * 7 : number;
  if (error != std::errc{} || (unit != "d" && unit != "w" && !unit.empty()) || number < 1 || number > kMostDays ||
      days > kMostDays) {
    throw UsageError(fmt::format("--last: '{}' is no number of days; write it like 30d or 4w", printable(text)));
  }
  return days;
}

// Of "75%", "75 %" or "0.75".
double share_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string unit = trim(std::string(end, text.data() + text.size()));
  const double share = unit == "%" ? number / 100 : number;
  if (error != std::errc{} || (unit != "%" && !unit.empty()) || !(share > 0) || share > 1) {
    throw UsageError(fmt::format("--below: '{}' is no share; write it like 75%", printable(text)));
  }
  return share;
}

}  // namespace

void add_options(cli::Tool& tool, ReportOptions& o) {
  tool.app.add_option("LOG", o.logs, "Logs to read instead of --log; - is stdin");
  tool.app.add_option("--from", o.from, "First date, 2026-11-21, today or yesterday")->type_name("DATE");
  tool.app.add_option("--to", o.to, "Last date")->type_name("DATE");
  tool.app.add_option("--day", o.day, "This date only")->type_name("DATE");
  tool.app.add_option("--last", o.last, "The days up to today, 30d or 4w")->type_name("DAYS");
  // One value each: what follows is a LOG.
  const auto repeatable = [&](const char* flag, std::vector<std::string>& values, const char* help, const char* type) {
    tool.app.add_option(flag, values, help)->type_name(type)->allow_extra_args(false);
  };
  repeatable("--person", o.people, "Only this id or name; may be repeated", "ID");
  tool.add_group_option("Only people of this group of the roster in --db");
  repeatable("--session", o.sessions, "Only this session; may be repeated", "NAME");
  repeatable("--status", o.statuses, "Only this status; may be repeated", "STATUS");
  tool.app.add_option("--by", o.by, "row, hours, person, day, group, session, week, month")->type_name("WHAT");
  tool.app.add_flag("--absent", o.lists_absent, "List who was absent, also who has no row at all");
  tool.app.add_flag("--late", o.lists_late, "List who was late");
  tool.app.add_flag("--calendar", o.draws_calendar, "A grid of people and days, one sign for each");
  tool.app.add_flag("--follow", o.follows, "Then go on with the rows that come, until Ctrl-C");
  tool.app.add_option("--below", o.below, "Count, and show only who came to less than this, 75%")->type_name("SHARE");
  tool.app.add_option("--export", o.exports, "Write the log of --store to this file; - is stdout")->type_name("LOG");
  tool.app.add_option("--import", o.imports, "Add the rows of this log to that of --store")->type_name("LOG");
}

void check(const cli::Tool& tool, ReportOptions& o) {
  if (!o.exports.empty() || !o.imports.empty()) {
    if (tool.settings.text("store").empty()) throw UsageError("--export and --import go with --store");
    if (!o.exports.empty() && !o.imports.empty()) throw UsageError("--export and --import do not go together");
    if (!o.logs.empty()) throw UsageError("--export and --import take no LOG beside theirs");
  }
  if (o.by.empty()) o.by = o.below.empty() ? "row" : "person";
  o.is_hours = o.by == "hours";
  for (const auto& [name, by] : kGroupings) {
    if (o.by == name) o.group_by = by;
  }
  if (!o.group_by && o.by != "row" && !o.is_hours) {
    throw UsageError(
        fmt::format("--by: '{}' is not one of row, hours, person, day, group, session, week, month", printable(o.by)));
  }
  if (!o.below.empty()) {
    if (!o.group_by) throw UsageError(fmt::format("--below counts, and does not go with --by {}", o.by));
    o.least_rate = share_of(o.below);
  }
  if (o.draws_calendar && (o.group_by || o.is_hours || o.follows)) {
    throw UsageError("--calendar goes without --by, --below and --follow");
  }
  const bool is_html = tool.settings.text("format") == "html";
  if (is_html && (o.by != "row" || o.draws_calendar || o.follows)) {
    throw UsageError("--format html shows all of it: leave --by, --below, --calendar and --follow out");
  }
  if (o.draws_calendar && tool.settings.text("format") != "text") throw UsageError("--calendar is --format text only");
  if (o.follows && (o.by != "row" || o.lists_absent)) throw UsageError("--follow lists rows, and counts nothing");
  if (o.follows && !o.logs.empty()) throw UsageError("--follow follows --log, and no LOG beside it");
  const std::string today = tool.clock()().date();
  const auto date = [&](const std::string& text) {
    if (text.empty() || is_date(text)) return text;
    if (text == "today") return std::string(today);
    if (text == "yesterday") return add_days(today, -1);
    throw UsageError(fmt::format("'{}' is not a date; write it like {}", printable(text), today));
  };
  if (!o.day.empty() && !(o.from.empty() && o.to.empty())) throw UsageError("--day goes without --from and --to");
  if (!o.last.empty()) {
    if (!o.day.empty() || !o.from.empty() || !o.to.empty()) {
      throw UsageError("--last goes without --day, --from and --to");
    }
    o.from = add_days(today, 1 - days_of(o.last));
    o.to = today;
  }
  o.from = date(o.day.empty() ? o.from : o.day);
  o.to = date(o.day.empty() ? o.to : o.day);
  if (!o.from.empty() && !o.to.empty() && o.from > o.to) {
    throw UsageError(fmt::format("--from {} is after --to {}", o.from, o.to));
  }
  for (auto& person : o.people) person = to_nfc(person);
  for (auto& session : o.sessions) session = to_nfc(trim(session));
  if (o.lists_absent || o.lists_late) {
    if (!o.statuses.empty()) throw UsageError("--status goes without --absent and --late");
    if (o.is_hours) throw UsageError("--by hours goes without --absent and --late");
    if (o.lists_absent) o.statuses.emplace_back("absent");
    if (o.lists_late) o.statuses.emplace_back("late");
  }
  for (const auto& name : o.statuses) {
    const auto status = parse_status(name);
    if (!status || *status > Status::kExcused) {
      throw UsageError(fmt::format("--status: '{}' is not one of present, late, absent, excused", printable(name)));
    }
    o.wanted_statuses.insert(*status);
  }
}

}  // namespace faceatt
