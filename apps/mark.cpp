// faceatt-mark: marks and corrections by hand.
#include <fmt/format.h>

#include <string>

#include "cli/attendance.hpp"
#include "cli/inputs.hpp"
#include "cli/logs.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/store.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/store_log.hpp"
#include "log_check.hpp"
#include "mark_corrections.hpp"
#include "mark_options.hpp"
#include "mark_sessions.hpp"

using namespace faceatt;

namespace {

int send_what_waits(const cli::Tool& tool) {
  StoreLog log(*cli::store_of(tool), cli::spool_of(tool));
  const std::size_t left = log.send_all();
  auto news = log.take_warnings();
  tool.warn_all(news);
  if (left > 0) tool.error(fmt::format("{} marks wait still; another program is sending them", left));
  return left > 0 ? cli::kSomeFailed : cli::kDone;
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-mark",
                  "[OPTIONS] ID|- ... | --end SESSION | --sessions | --verify",
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
                  {"db", "log", "store", "spool", "key_file", "format", "schedule", "holidays", "zone", "open_early",
                   "late_after", "chain"}});
  cli::Output out(tool);
  HandOptions options;
  add_options(tool, options);

  return tool.main(argc, argv, [&]() -> int {
    check(tool, options);
    if (options.verifies || options.repairs) {
      const auto logs = options.arguments.empty() ? cli::logs_of(tool) : options.arguments;
      out.open(logs);
      return cli::check_logs(tool, out, {{logs.begin(), logs.end()}, options.repairs});
    }
    if (options.sends) return send_what_waits(tool);
    const Rules rules = cli::rules_of(tool);
    out.open(cli::logs_of(tool));
    const std::string& date = options.correction.date;
    if (options.lists) return list_sessions(tool, out, rules, date.empty() ? tool.clock()().date() : date);

    const auto log = cli::log_of(tool);
    Corrections corrections(tool, out, rules, *log, options.correction);
    cli::catch_signals();
    if (options.correction.ends) {
      corrections.end_session();
      return cli::kDone;
    }
    if (!tool.group().empty()) {
      for (const auto& id : corrections.people_of(tool.group())) corrections.correct(id);
    }
    cli::Inputs ids(options.arguments, options.nul);
    while (const auto id = ids.next()) {
      if (cli::stop_signal() != 0) break;
      corrections.correct(*id);
    }
    return cli::stop_signal() != 0 ? 128 + cli::stop_signal() : corrections.exit_code();
  });
}
