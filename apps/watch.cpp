// faceatt-watch: marks people who come before a camera, once they are recognised and seen to be alive.
#include <malloc.h>

#include <vector>

#include "cli/tool.hpp"
#include "faceatt/core/error.hpp"
#include "watch_session.hpp"

namespace {

// Frames and what the networks work on come and go many times a second. Kept rather than given back to the system each
// time, they cost half the page faults, and the memory of a program that runs for months is a flat line: 172 to 175 MB
// where it was 155 to 173.
void keep_memory() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace faceatt;
  keep_memory();
  ServiceNotifier service;
  cli::Tool tool({"faceatt-watch",
                  "[OPTIONS] SOURCE...",
                  "Watches cameras or clips and marks whom it recognises, once seen to be alive.\n"
                  "Photos dropped into the people folder meanwhile are in force within seconds.\n\n"
                  "  faceatt-watch 0                               the first camera\n"
                  "  faceatt-watch front=0 back=@back-door.url     two, the second in the network\n"
                  "  faceatt-watch --strangers strangers --until 17:00 0\n"
                  "  faceatt-watch --liveness off --dry-run --annotate out.mp4 clip.mp4",
                  "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some images\n"
                  "failed, 4 cannot run (people folder, model, log, camera), 130/143 stopped by a\n"
                  "signal, with everything written. SIGHUP: the settings are read again.",
                  {"db",         "log",        "store",     "spool",          "key_file", "models",    "format",
                   "level",      "threshold",  "detector",  "encoder",        "liveness", "strangers", "source",
                   "keep_days",  "keep_mb",    "fps",       "threads",        "schedule", "holidays",  "zone",
                   "open_early", "late_after", "direction", "punch_interval", "chain"}});
  cli::Output out(tool);
  EventWriter events(tool, out);
  WatchRequest request;
  std::vector<std::string> sources;
  std::string user;
  tool.app.add_option("SOURCE", sources, "Device, URL, clip, folder, @FILE; NAME=SOURCE names it")->required();
  tool.add_group_option("Name only people of this group of roster.csv");
  tool.app.add_option("--until", request.until, "End at this time, 17:30 or 2026-11-21T17:30")->type_name("TIME");
  tool.app.add_option("--duration", request.duration, "End after this time, 90m or 1h30m")->type_name("TIME");
  const auto* most =
      tool.app.add_option("--max-frames", request.max_frames, "End after N frames of all sources")->type_name("N");
  tool.app.add_flag("--show", request.pictures.window, "Show a window; q or e in it ends the session");
  tool.app.add_option("--annotate", request.pictures.video, "Record what --show shows, .mp4, .mkv or .avi")
      ->type_name("FILE");
  tool.app.add_option("--preview", request.pictures.preview, "Keep this .jpg up to date, once a second")
      ->type_name("FILE");
  tool.app.add_option("--user", user, "Started by root: become NAME once sources are open")->type_name("NAME");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Recognise, but write no mark and no stranger's picture");

  return tool.main(argc, argv, [&]() -> int {
    request.sources = parse_source_specs(sources);
    for (int i = 1; i < argc; ++i) hide_password(argv[i]);
    if (request.sources.size() > 1 && !tool.settings.text("source").empty()) {
      throw UsageError("--source names one camera; write NAME=SOURCE to name several");
    }
    if (most->count() > 0 && request.max_frames < 1) throw UsageError("--max-frames: must be 1 or more");
    request.pictures.overwrite = out.overwrites();
    if (!user.empty()) request.user.emplace(user);
    return run_watch(tool, out, events, request, service);
  });
}
