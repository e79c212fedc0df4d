// faceatt-mark: marks and corrections by hand.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/attendance.hpp"
#include "cli/inputs.hpp"
#include "cli/logs.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/error.hpp"
#include "log_check.hpp"
#include "mark_corrections.hpp"

int main(int argc, char** argv) {
  using namespace faceatt;
  cli::Tool tool({"faceatt-mark",
                  "[OPTIONS] ID|- ... | --end SESSION | --sessions | --verify [LOG...]",
                  "Marks and corrects by hand: adds a row that overrides, and says who wrote it.\n\n"
                  "  faceatt-mark s1001                               came now\n"
                  "  faceatt-mark s1001 --status excused --session CS101 --date 2026-11-20 \\\n"
                  "               --note doctor\n"
                  "  faceatt-mark --undo s1001 --date 2026-11-20      as it was before\n"
                  "  faceatt-mark --group 7a --status excused --note excursion\n"
                  "  faceatt-mark --end CS101                         nobody is marked any more\n"
                  "  faceatt-mark --sessions --date 2026-11-23        what the timetable has\n"
                  "  faceatt-mark --verify                            what is wrong with the log",
                  "Exit status: 0 done, 1 no session on that date, or something is wrong with the\n"
                  "log, 2 usage error, 3 some ids could not be marked, 4 cannot run (log,\n"
                  "timetable), 130/143 stopped by a signal.",
                  {"db", "log", "format", "schedule", "holidays", "zone", "open_early", "late_after", "chain"}});
  cli::Output out(tool);
  std::vector<std::string> arguments;
  CorrectionRequest request;
  std::string end;
  bool nul = false, lists = false, verifies = false;
  cli::LogCheckRequest check;
  tool.app.add_option("ID", arguments, "Who; - for a list on stdin");
  tool.app.add_option("--status", request.status, "present, late, absent, excused, void or out")->type_name("STATUS");
  tool.app.add_option("--session", request.session, "Session, instead of the one that is open now")->type_name("NAME");
  tool.app.add_option("--date", request.date, "Date of the session, instead of today")->type_name("DATE");
  tool.app.add_option("--at", request.at, "When they came or went, 09:05, instead of now")->type_name("TIME");
  tool.app.add_option("--note", request.note, "Why")->type_name("TEXT");
  tool.app.add_option("--location", request.location, "Camera they were at, for timetables with locations")
      ->type_name("NAME");
  tool.add_group_option("Everybody of this group of roster.csv");
  tool.app.add_flag("--undo", request.undoes, "Take the last correction back");
  tool.app.add_option("--end", end, "End this session now; with --undo open it again")->type_name("SESSION");
  tool.app.add_flag("--sessions", lists, "List the sessions of a date");
  tool.app.add_flag("--verify", verifies, "Check the log, or the logs named, and change nothing");
  tool.app.add_flag("--repair", check.repair, "Mend what needs no guess; the log as it was is kept");
  tool.app.add_flag("--allow-unknown", request.takes_unknown, "Take ids and sessions that nobody knows");
  tool.app.add_flag("-0,--null", nul, "The list on stdin has NUL, not newline, after each id");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Say what would be done, and write nothing");

  return tool.main(argc, argv, [&]() -> int {
    if (verifies || check.repair) {
      if (!end.empty() || lists) throw UsageError("--verify and --repair go without --end and --sessions");
      const auto logs = arguments.empty() ? cli::logs_of(tool) : arguments;
      check.logs.assign(logs.begin(), logs.end());
      out.open(logs);
      return cli::check_logs(tool, out, check);
    }
    const bool names_people = !arguments.empty() || !tool.group().empty();
    if (names_people + !end.empty() + lists > 1) throw UsageError("ID, --end and --sessions do not go together");
    if (!names_people && end.empty() && !lists) throw UsageError("ID is required; see faceatt-mark --help");
    const Rules rules = cli::rules_of(tool);
    out.open(cli::logs_of(tool));
    if (lists) {
      const std::string today = tool.clock()().date();
      const std::string date = request.date.empty() || request.date == "today" ? today : request.date;
      if (!is_date(date)) throw UsageError(fmt::format("--date: '{}' is not a date; write it like {}", date, today));
      return list_sessions(tool, out, rules, date);
    }
    AttendanceLog log = cli::log_of(tool);
    request.ends = !end.empty();
    if (request.ends) request.session = end;
    cli::catch_signals();
    Corrections corrections(tool, out, rules, log, request);
    if (request.ends) {
      corrections.end_session();
      return cli::kDone;
    }
    if (!tool.group().empty()) {
      for (const auto& id : corrections.people_of(tool.group())) corrections.correct(id);
    }
    cli::Inputs ids(arguments, nul);
    while (const auto id = ids.next()) {
      if (cli::stop_signal() != 0) break;
      corrections.correct(*id);
    }
    return cli::stop_signal() != 0 ? 128 + cli::stop_signal() : corrections.exit_code();
  });
}
