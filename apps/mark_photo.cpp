// faceatt-mark-photo: marks everybody who is recognised in photos.
#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "cli/attendance.hpp"
#include "cli/logs.hpp"
#include "cli/matching.hpp"
#include "cli/output.hpp"
#include "cli/people_source.hpp"
#include "cli/signals.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/threads.hpp"
#include "photo_options.hpp"
#include "photo_run.hpp"

using namespace faceatt;

namespace {

// Empty when another run is at work on it.
std::optional<Inbox> open_inbox(const cli::Tool& tool, const MarkOptions& o) {
  std::vector<std::filesystem::path> kept = {tool.db(), tool.settings.text("models")};
  for (const auto& log : cli::logs_of(tool)) kept.emplace_back(log);
  for (const std::string& folder : {o.annotate, o.review}) {
    if (!folder.empty()) kept.emplace_back(folder);
  }
  return Inbox::open({o.inbox, o.done, settle_of(o), kept, tool.dry_run});
}

Gallery load_people(const cli::Tool& tool, const Stages& stages) {
  std::vector<std::string> warnings;
  const auto source = cli::people_source(tool, stages);
  Gallery gallery = source->load(
      warnings, [&](std::size_t done, std::size_t total) { tool.progress("reading who is enrolled", done, total); });
  tool.warn_all(warnings);
  if (!tool.group().empty()) gallery.restrict_to(tool.group());
  if (gallery.people().empty()) tool.warn(source->name() + ": nobody is enrolled");
  return gallery;
}

// Looks at all photos, several at once, and hands them to `sink` in their order; until a signal comes.
void look_at_all(const cli::Tool& tool, const MarkOptions& o, PhotoQueue& queue, const Stages& stages,
                 const std::function<bool(const Encoding&)>& is_clear, const std::function<bool()>& is_over,
                 const std::function<void(LookedPhoto&&)>& sink) {
  // The cores are shared out over photos where there are several, else over the faces of one.
  const bool is_one = queue.total() == 1 || (queue.is_stream() && o.jobs == 0);
  const std::size_t wanted = o.jobs > 0 ? static_cast<std::size_t>(o.jobs) : core_count();
  const std::size_t jobs = is_one ? 1 : wanted;
  const ThreadsPerCall threads(is_one ? static_cast<int>(wanted) : 1);
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
  cli::Tool tool(
      {"faceatt-mark-photo",
       "[OPTIONS] PHOTO|FOLDER|- ... | --inbox DIR --done DIR",
       "Marks everybody who is recognised in photos as present.\n\n"
       "  faceatt-mark-photo class.jpg                     one photo, on its day\n"
       "  faceatt-mark-photo --format csv photos/ > out.csv\n"
       "  find inbox -name '*.jpg' | faceatt-mark-photo -  a list of files\n"
       "  faceatt-mark-photo --inbox new --done old        from cron: what came in",
       "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some photos\n"
       "failed, 4 cannot run (people folder, model, log), 130/143 stopped by a signal.",
       {"db", "log", "store", "spool", "key_file", "models", "format", "level", "threshold", "detector", "encoder",
        "schedule", "holidays", "zone", "open_early", "late_after", "direction", "punch_interval", "chain"}});
  cli::Output out(tool);
  MarkOptions options;
  add_options(tool, options);

  return tool.main(argc, argv, [&]() -> int {
    check(tool, options);
    const Rules rules = cli::rules_of(tool);
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
    Stages stages(
        {tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder"), tool.seal()});
    const MatchRule rule = cli::rule_of(tool, stages.encoder_model());
    Gallery gallery = load_people(tool, stages);
    cli::describe_rule(tool, stages.encoder_model(), rule, gallery.people().size());
    tool.detail(fmt::format("{} people, {} photos read anew, threshold {:.3f}, margin {:.3f}", gallery.people().size(),
                            gallery.photos_read(), rule.threshold, rule.margin));

    std::optional<AnnotatedPhotos> annotated;
    if (!options.annotate.empty()) annotated.emplace(options.annotate, out.overwrites());
    std::optional<ReviewSheets> reviewed;
    if (!options.review.empty()) reviewed.emplace(options.review, out.overwrites(), rule);
    const auto log = cli::log_of(tool);
    PhotoQueue queue = inbox ? PhotoQueue(waiting)
                             : PhotoQueue(options.arguments, options.nul, [&](const auto& what) { tool.warn(what); });
    out.open(cli::logs_of(tool));
    MarkRun run(tool, out, {gallery, rule, rules, *log, inbox, annotated, reviewed}, to_nfc(trim(options.location)));

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
