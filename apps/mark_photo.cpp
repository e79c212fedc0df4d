// faceatt-mark-photo: marks everybody who is recognised in photos.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/matching.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/threads.hpp"
#include "mark_run.hpp"

using namespace faceatt;

namespace {

struct Options {
  std::vector<std::string> arguments{};
  std::string liveness = "off", at{}, annotate{}, review{}, inbox{}, done{}, settle = "10s";
  bool nul = false, lists_absent = false, merges = false;
  int jobs = 0;  // not given
  TimeRule time{};
};

void add_options(cli::Tool& tool, Options& o) {
  tool.app.add_option("PHOTO", o.arguments, "Photos, folders of photos, - for a list on stdin");
  tool.app.add_option("--liveness", o.liveness, "passive: no mark for a face on paper or a screen")
      ->type_name("NAME")
      ->default_str("off");
  tool.app.add_option("--at", o.at, "When the photos were taken that have no EXIF time")->type_name("TIME");
  tool.app.add_flag("--no-exif", o.time.ignores_exif, "Do not use EXIF times: the camera's clock is wrong");
  tool.app.add_flag("-0,--null", o.nul, "The list on stdin has NUL, not newline, after each name");
  tool.add_group_option("Name only people of this group of roster.csv");
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

// Pictures in the people folder are people.
void keep_out_of_people(const cli::Tool& tool, const std::string& option, const std::string& folder) {
  if (folder.empty() || !lies_in(folder, tool.db())) return;
  throw UsageError(fmt::format(
      "{} {}: lies in the people folder, where its pictures would be enrolled; name another one", option, folder));
}

void check(const cli::Tool& tool, Options& o) {
  if (o.arguments.empty() && o.inbox.empty() && o.done.empty()) {
    throw UsageError("PHOTO is required; see faceatt-mark-photo --help");
  }
  if (!o.at.empty()) o.time.at = parse_time(o.at);
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

std::chrono::seconds settle_of(const std::string& text) {
  if (text == "0" || text == "0s") return std::chrono::seconds(0);  // parse_duration() wants a duration
  try {
    return parse_duration(text);
  } catch (const UsageError& e) {
    throw UsageError(std::string("--settle: ") + e.what());
  }
}

// Empty when another run is at work on it.
std::optional<Inbox> open_inbox(const cli::Tool& tool, const Options& o) {
  std::vector<std::filesystem::path> kept = {tool.db(), tool.settings.text("log"), tool.settings.text("models")};
  for (const std::string& folder : {o.annotate, o.review}) {
    if (!folder.empty()) kept.emplace_back(folder);
  }
  return Inbox::open({o.inbox, o.done, settle_of(o.settle), kept, tool.dry_run});
}

Gallery load_people(const cli::Tool& tool, const Stages& stages) {
  std::vector<std::string> warnings;
  Gallery gallery = stages.load_gallery(tool.db(), warnings, [&](std::size_t done, std::size_t total) {
    tool.progress("reading the people folder", done, total);
  });
  tool.warn_all(warnings);
  if (!tool.group().empty()) gallery.restrict_to(tool.group());
  if (gallery.people().empty()) tool.warn(tool.db().string() + ": nobody is enrolled");
  return gallery;
}

// Looks at all photos, several at once, and hands them to `sink` in their order; until a signal comes.
void look_at_all(const cli::Tool& tool, const Options& o, PhotoQueue& queue, const Stages& stages,
                 const std::function<bool(const Encoding&)>& is_clear, const std::function<bool()>& is_over,
                 const std::function<void(LookedPhoto&&)>& sink) {
  // The cores are shared out over photos where there are several, else over the faces of one.
  const bool is_one = queue.total() == 1 || (queue.is_stream() && o.jobs == 0);
  const std::size_t wanted = o.jobs > 0 ? static_cast<std::size_t>(o.jobs) : core_count();
  const std::size_t jobs = is_one ? 1 : wanted;
  std::optional<ThreadsPerCall> one_thread;
  if (jobs > 1 || wanted == 1) one_thread.emplace(1);
  const WallClock clock = tool.clock();
  std::size_t done = 0;

  using Work = OrderedWork<QueuedPhoto, LookedPhoto>;
  Work::run(
      jobs,
      [&]() -> std::optional<QueuedPhoto> {
        if (is_over()) return std::nullopt;
        if (queue.total() > 1) tool.progress("looking at photos", done, queue.total());
        return queue.next();
      },
      [&]() -> Work::Worker {
        auto reader = std::make_shared<PhotoReader>(
            stages, PhotoReader::Options{is_one ? wanted : 1, o.liveness == "passive", is_clear});
        return [&, reader](const QueuedPhoto& photo) {
          return cli::stop_signal() != 0 ? LookedPhoto{photo} : look_at(photo, *reader, o.time, clock());
        };
      },
      [&](const QueuedPhoto&, LookedPhoto&& photo) {
        ++done;
        if (!is_over()) sink(std::move(photo));
      });
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-mark-photo",
                  "[OPTIONS] PHOTO|FOLDER|- ... | --inbox DIR --done DIR",
                  "Marks everybody who is recognised in photos as present.\n\n"
                  "  faceatt-mark-photo class.jpg                     one photo, on its day\n"
                  "  faceatt-mark-photo --format csv photos/ > out.csv\n"
                  "  find inbox -name '*.jpg' | faceatt-mark-photo -  a list of files\n"
                  "  faceatt-mark-photo --inbox new --done old        from cron: what came in",
                  "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some photos\n"
                  "failed, 4 cannot run (people folder, model, log), 130/143 stopped by a signal.",
                  {"db", "log", "models", "format", "level", "threshold", "detector", "encoder"}});
  cli::Output out(tool);
  Options options;
  add_options(tool, options);

  return tool.main(argc, argv, [&]() -> int {
    check(tool, options);
    std::optional<Inbox> inbox;
    InboxListing waiting;
    if (!options.inbox.empty()) {
      inbox = open_inbox(tool, options);
      if (!inbox) {
        tool.note(options.inbox + ": another run is at work on it; nothing done");
        return cli::kDone;
      }
      waiting = inbox->list();
      if (waiting.photos.empty() && waiting.unreadable.empty()) {
        if (inbox->left() > 0) tool.note(fmt::format("{} left for next time", inbox->left()));
        return cli::kDone;
      }
    }
    Stages stages({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")});
    const MatchRule rule = cli::rule_of(tool, stages.encoder_model());
    Gallery gallery = load_people(tool, stages);
    cli::describe_rule(tool, stages.encoder_model(), rule, gallery.people().size());
    tool.detail(fmt::format("{} people, {} photos read anew, threshold {:.3f}, margin {:.3f}", gallery.people().size(),
                            gallery.photos_read(), rule.threshold, rule.margin));

    std::optional<AnnotatedPhotos> annotated;
    if (!options.annotate.empty()) annotated.emplace(options.annotate, out.overwrites());
    std::optional<ReviewSheets> reviewed;
    if (!options.review.empty()) reviewed.emplace(options.review, out.overwrites(), rule);
    AttendanceLog log(tool.settings.text("log"));
    PhotoQueue queue = inbox ? PhotoQueue(waiting)
                             : PhotoQueue(options.arguments, options.nul, [&](const auto& what) { tool.warn(what); });
    out.open({tool.settings.text("log")});
    MarkRun run(tool, out, {gallery, rule, log, inbox, annotated, reviewed});

    cli::catch_signals();
    // Nobody reads on, and there is nothing else to do.
    const auto is_unread = [&] { return out.closed() && tool.dry_run; };
    std::vector<LookedPhoto> together;
    look_at_all(
        tool, options, queue, stages, [&](const Encoding& encoding) { return is_clear_match(gallery, rule, encoding); },
        [&] { return cli::stop_signal() != 0 || is_unread(); },
        [&](LookedPhoto&& photo) {
          together.push_back(std::move(photo));
          if (!options.merges) run.conclude(std::exchange(together, {}));
        });
    if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
    if (is_unread()) return cli::kDone;
    if (!together.empty()) run.conclude(std::move(together));
    return run.finish(options.lists_absent, stages);
  });
}
