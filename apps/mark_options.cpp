#include "mark_options.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "faceatt/attendance/row.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::array<const char*, 6> kStatuses = {"present", "late", "absent", "excused", "void", "out"};

void check(CorrectionRequest& r, const std::string& today) {
  r.session = to_nfc(trim(r.session));
  if (!r.status.empty() && std::find(kStatuses.begin(), kStatuses.end(), r.status) == kStatuses.end()) {
    throw UsageError(fmt::format("--status: '{}' is not one of {}", printable(r.status), fmt::join(kStatuses, ", ")));
  }
  if (r.date == "today") r.date = today;
  if (r.date == "yesterday") r.date = add_days(today, -1);
  if (!r.date.empty() && !is_date(r.date)) {
    throw UsageError(fmt::format("--date: '{}' is not a date; write it like {}", printable(r.date), today));
  }
  if (r.undoes && !r.status.empty()) throw UsageError("--undo brings back the status from before; leave --status out");
  for (char& c : r.note) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';  // a row is one line
  }
  r.note = trim(printable(r.note));
  if (!r.undoes && is_undo_note(r.note)) {
    throw UsageError("--note: 'undo' is how --undo begins its notes; write it otherwise");
  }
}

}  // namespace

bool CorrectionRequest::at_is_clock() const { return at.find(':') != std::string::npos && at.find(':') <= 2; }

LocalTime CorrectionRequest::time_on(const std::string& day) const {
  const std::string time = at_is_clock() ? fmt::format("{}T{}{}", day, at.find(':') == 1 ? "0" : "", at) : at;
  if (const auto parsed = try_parse_time(time)) return *parsed;
  throw UsageError(fmt::format("--at: '{}' is not a time; write it like 09:05 or 2026-11-21T09:05", printable(at)));
}

void add_options(cli::Tool& tool, HandOptions& o) {
  CorrectionRequest& r = o.correction;
  tool.app.add_option("ID", o.arguments, "Who; - for a list on stdin; with --verify, logs");
  tool.app.add_option("--status", r.status, "present, late, absent, excused, void or out")->type_name("STATUS");
  tool.app.add_option("--session", r.session, "Session, instead of the one that is open now")->type_name("NAME");
  tool.app.add_option("--date", r.date, "Date of the session, instead of today")->type_name("DATE");
  tool.app.add_option("--at", r.at, "When they came or went, 09:05, instead of now")->type_name("TIME");
  tool.app.add_option("--note", r.note, "Why")->type_name("TEXT");
  tool.app.add_option("--location", r.location, "Camera they were at, for timetables with locations")
      ->type_name("NAME");
  tool.add_group_option("Everybody of this group of roster.csv");
  tool.app.add_flag("--undo", r.undoes, "Take the last correction back");
  tool.app.add_option("--end", o.end, "End this session now; with --undo open it again")->type_name("SESSION");
  tool.app.add_flag("--sessions", o.lists, "List the sessions of a date");
  tool.app.add_flag("--verify", o.verifies, "Check the log, or the logs named, and change nothing");
  tool.app.add_flag("--repair", o.repairs, "Mend what needs no guess; the log as it was is kept");
  tool.app.add_flag("--send", o.sends, "Send the marks that wait on this machine for the store");
  tool.app.add_flag("--allow-unknown", r.takes_unknown, "Take ids and sessions that nobody knows");
  tool.app.add_flag("-0,--null", o.nul, "The list on stdin has NUL, not newline, after each id");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Say what would be done, and write nothing");
}

void check(const cli::Tool& tool, HandOptions& o) {
  const bool checks = o.verifies || o.repairs;
  const bool names_people = (!checks && !o.arguments.empty()) || !tool.group().empty();
  if (names_people + !o.end.empty() + o.lists + checks + o.sends > 1) {
    throw UsageError("ID, --end, --sessions, --verify and --send do not go together");
  }
  const bool has_store = !tool.settings.text("store").empty();
  if (o.sends && !has_store) throw UsageError("--send goes with --store");
  if (checks && has_store && o.arguments.empty()) {
    throw UsageError("--verify and --repair look at files; with --store write one first: faceatt-report --export FILE");
  }
  if (!names_people && o.end.empty() && !o.lists && !checks && !o.sends) {
    throw UsageError("ID is required; see faceatt-mark --help");
  }
  o.correction.ends = !o.end.empty();
  if (o.correction.ends) o.correction.session = o.end;
  check(o.correction, tool.clock()().date());
}

}  // namespace faceatt
