#include "photo_options.hpp"

#include <fmt/format.h>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

// What `parse` makes of the value of an option, which its refusal names.
template <typename Parse>
auto value_of(const char* option, const Parse& parse) {
  try {
    return parse();
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: {}", option, e.what()));
  }
}

// Pictures in the people folder are people.
void keep_out_of_people(const cli::Tool& tool, const std::string& option, const std::string& folder) {
  if (folder.empty() || !lies_in(folder, tool.db())) return;
  throw UsageError(fmt::format(
      "{} {}: lies in the people folder, where its pictures would be enrolled; name another one", option, folder));
}

}  // namespace

void add_options(cli::Tool& tool, MarkOptions& o) {
  tool.app.add_option("PHOTO", o.arguments, "Photos, folders of photos, - for a list on stdin");
  tool.app.add_option("--liveness", o.liveness, "passive: no mark for a face on paper or a screen")
      ->type_name("NAME")
      ->default_str("off");
  tool.app.add_option("--at", o.at, "When the photos were taken that have no EXIF time")->type_name("TIME");
  tool.app.add_flag("--no-exif", o.time.ignores_exif, "Do not use EXIF times: the camera's clock is wrong");
  tool.app.add_flag("-0,--null", o.nul, "The list on stdin has NUL, not newline, after each name");
  tool.add_group_option("Name only people of this group of roster.csv");
  tool.app.add_option("--location", o.location, "Where the photos were taken, as the timetable calls it")
      ->type_name("NAME");
  tool.app.add_flag("--merge", o.merges, "One answer from all photos of a day, of one class");
  tool.app.add_option("--annotate", o.annotate, "Folder for the photos with boxes and names drawn in")
      ->type_name("DIR");
  tool.app.add_option("--review", o.review, "Folder for a sheet of doubtful faces, for you to check")->type_name("DIR");
  tool.app.add_flag("--absent", o.lists_absent, "List who is expected and in none of the photos");
  tool.app.add_option("--inbox", o.inbox, "Take the photos that lie here, each once")->type_name("DIR");
  tool.app.add_option("--done", o.done, "Where they go once their marks are on disk")->type_name("DIR");
  tool.app.add_option("--settle", o.settle, "Leave what changed less than this ago")
      ->type_name("DURATION")
      ->default_str("10s");
  tool.app.add_option("-j,--jobs", o.jobs, "Photos looked at at a time [one per core, of - one]")->type_name("N");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Recognise, but write nothing to the log");
}

void check(const cli::Tool& tool, MarkOptions& o) {
  if (o.arguments.empty() && o.inbox.empty() && o.done.empty()) {
    throw UsageError("PHOTO is required; see faceatt-mark-photo --help");
  }
  if (!o.at.empty()) o.time.at = value_of("--at", [&] { return parse_time(o.at); });
  if (tool.app.count("--jobs") > 0 && (o.jobs < 1 || o.jobs > 256)) throw UsageError("--jobs: must be 1 to 256");
  if (o.inbox.empty() && tool.app.count("--settle") > 0) throw UsageError("--settle wants --inbox");
  if (o.inbox.empty() != o.done.empty()) throw UsageError("--inbox and --done go together");
  keep_out_of_people(tool, "--annotate", o.annotate);
  keep_out_of_people(tool, "--review", o.review);
  keep_out_of_people(tool, "--done", o.done);
  keep_out_of_people(tool, "--inbox", o.inbox);
  if (!o.inbox.empty() && !o.arguments.empty()) throw UsageError("either PHOTO or --inbox, not both");
  if (o.liveness != "off" && o.liveness != "passive") {
    throw UsageError(fmt::format("--liveness: must be off or passive for photos, not '{}'", o.liveness));
  }
}

std::chrono::seconds settle_of(const MarkOptions& o) {
  if (o.settle == "0" || o.settle == "0s") return std::chrono::seconds(0);  // parse_duration() wants a duration
  return value_of("--settle", [&] { return parse_duration(o.settle); });
}

}  // namespace faceatt
