// faceatt-watch: marks people who come before a camera, once they are recognised and seen to be alive.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "cli/matching.hpp"
#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/people_watch.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/video.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;
using Kind = WatchEvent::Kind;

// One event as a record; `event` is null for the start and the end of the session.
Record record_of(const LocalTime& time, std::string name, const std::string& source, const WatchEvent* event,
                 const std::string& status = {}, const std::string& file = {}) {
  const auto empty = std::monostate{};
  const Votes::Tally* person = event && event->identity ? &*event->identity : nullptr;
  const Votes::Tally* nearest = person ? person : event && event->nearest ? &*event->nearest : nullptr;
  const auto count = [&](int n) { return event ? FieldValue(std::int64_t{n}) : FieldValue(empty); };
  const auto score = [&](bool there, double s) { return there ? FieldValue(Decimal{s}) : FieldValue(empty); };
  Record r{{"time", time.iso8601()}, {"event", std::move(name)}, {"source", source}};
  r.push_back({"track", count(event ? event->track : 0)});
  r.push_back({"id", person ? person->id : std::string()});
  r.push_back({"name", person ? person->name : std::string()});
  r.push_back({"score", score(nearest != nullptr, nearest ? nearest->best_score : 0)});
  r.push_back({"second_id", nearest ? nearest->second_id : std::string()});
  r.push_back({"second_score", score(nearest && !nearest->second_id.empty(), nearest ? nearest->second_score : 0)});
  r.push_back({"liveness", std::string(event ? name_of(event->liveness.verdict) : "")});
  r.push_back({"live_score",
               score(event && event->liveness.verdict != LivenessVerdict::kOff, event ? event->liveness.score : 0)});
  r.push_back({"blinks", count(event ? event->blinks : 0)});
  r.push_back({"frames", count(event ? event->frames : 0)});
  r.push_back({"session", std::string("day")});
  r.push_back({"status", status});
  r.push_back({"file", file});
  return r;
}

std::string text_of(const LocalTime& time, const std::string& name, const WatchEvent& event, const std::string& file,
                    const std::string& group) {
  const std::string start = time.iso8601().substr(11, 8) + "  ";
  const std::string who = event.identity ? printable(event.identity->name) : "";
  if (name == "mark")
    return fmt::format("{}{}  marked  ({:.2f}{}{})", start, who, event.identity->best_score,
                       event.liveness.reason.empty() ? "" : ", ", event.liveness.reason);
  if (name == "already") return fmt::format("{}{}  already marked", start, who);
  if (event.outsider) return fmt::format("{}unknown face  (enrolled, but not of group {})", start, printable(group));
  if (name == "unknown") return start + "unknown face" + (file.empty() ? "" : "  " + printable(file));
  if (name == "ambiguous") return start + "ambiguous face, not marked";
  const std::string left = fmt::format("{}track {} left: {}, {} frames", start, event.track,
                                       who.empty() ? "nobody known" : who, event.frames);
  if (event.liveness.verdict == LivenessVerdict::kOff) return left;
  return fmt::format("{}, {}: {}", left, name_of(event.liveness.verdict), event.liveness.reason);
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-watch",
                  "[OPTIONS] SOURCE",
                  "Watches a camera or a clip and marks whom it recognises, once seen to be alive.\n"
                  "Photos dropped into the people folder meanwhile are in force within seconds.\n\n"
                  "  faceatt-watch 0                               the first camera\n"
                  "  faceatt-watch --strangers strangers rtsp://door/stream\n"
                  "  faceatt-watch --liveness off --dry-run clip.mp4",
                  "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some images\n"
                  "failed, 4 cannot run (people folder, model, log, camera), 130/143 stopped by a\n"
                  "signal, with everything written.",
                  {"db", "log", "models", "format", "level", "threshold", "detector", "encoder", "liveness",
                   "strangers", "source", "keep_days", "keep_mb", "fps", "threads"}});
  cli::Output out(tool);
  std::string source_spec;
  tool.app.add_option("SOURCE", source_spec, "Device number, URL, video file, or folder of images")->required();
  tool.add_group_option("Name only people of this group of roster.csv");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Recognise, but write no mark and no picture");

  return tool.main(argc, argv, [&]() -> int {
    Stages stages({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")});
    WatchOptions options;
    options.rule = cli::rule_of(tool, stages.encoder_model());
    options.liveness = parse_liveness_mode(tool.settings.text("liveness"));
    const fs::path strangers = tool.settings.text("strangers");
    options.keep_strangers = !strangers.empty() && !tool.dry_run;
    if (options.keep_strangers) make_private_folder(strangers);

    std::vector<std::string> warnings;
    const auto people_state = people_folder_state(tool.db());
    auto gallery = std::make_shared<Gallery>(stages.load_gallery(tool.db(), warnings));
    tool.warn_all(warnings);
    if (!tool.group().empty()) gallery->restrict_to(tool.group());
    bool group_is_there = true;
    // A slip in the roster does not open the door to everybody: without the group its people remain who they were.
    const auto restrict_again = [&](Gallery& fresh) {
      if (tool.group().empty()) return;
      try {
        fresh.restrict_to(tool.group());
        group_is_there = true;
      } catch (const UsageError& e) {
        fresh.restrict_as(*gallery);
        if (std::exchange(group_is_there, false)) {
          tool.warn(std::string(e.what()) + "; going on with the people of it known so far");
        }
      }
    };
    if (gallery->people().empty()) tool.warn(tool.db().string() + ": nobody is enrolled");
    cli::describe_rule(tool, stages.encoder_model(), options.rule, gallery->people().size());
    tool.detail(fmt::format("{} people, threshold {:.3f}, margin {:.3f}", gallery->people().size(),
                            options.rule.threshold, options.rule.margin));

    cli::catch_signals();
    const auto source = FrameSource::create(source_spec);
    const std::string camera = tool.settings.text("source").empty() ? source->name() : tool.settings.text("source");
    const LocalTime start = tool.clock()();
    AttendanceLog log(tool.settings.text("log"));
    Watcher watcher({stages.video_detector(), stages.encoder(), [&]() -> EyeReader& { return stages.eyes(); }},
                    *gallery, options);
    PeopleWatch people(tool.db(), people_state,
                       [&](std::vector<std::string>& w) { return stages.load_gallery(tool.db(), w, {}, 1); });
    std::size_t recognised = 0, failed = 0;

    const auto mark = [&](const WatchEvent& event, const LocalTime& time) {
      const Votes::Tally& person = *event.identity;
      const AttendanceRow row = row_for({person.id, person.name, time, fs::path(camera).filename().string(),
                                         person.best_score, name_of(event.liveness.verdict)});
      if (tool.dry_run) return !log.contains(row);
      const bool is_new = log.append(row) == AttendanceLog::Outcome::kNew;
      auto repaired = log.take_warnings();
      tool.warn_all(repaired);
      return is_new;
    };
    const auto keep = [&](const WatchEvent& event, const LocalTime& time) -> std::string {
      if (event.picture.empty()) return {};
      std::string stamp = time.iso8601().substr(0, 19);
      std::replace(stamp.begin(), stamp.end(), ':', '-');
      const fs::path file = strangers / fmt::format("{}-track{}.jpg", stamp, event.track);
      try {
        replace_file(file, event.picture);
      } catch (const std::system_error& e) {
        tool.warn(fmt::format("{}: {}", file.string(), e.code().message()));
        return {};
      }
      return file.string();
    };
    const auto report = [&](const WatchEvent& event) {
      const LocalTime time = start.after(event.seconds);
      std::string name = "track", status, file;
      if (event.kind == Kind::kRecognised) {
        ++recognised;
        name = mark(event, time) ? "mark" : "already";  // the log first, then the record
        status = "present";
      } else if (event.kind == Kind::kAmbiguous) {
        name = "ambiguous";
      } else if (event.kind == Kind::kUnknown) {
        name = "unknown";
        file = keep(event, time);
        if (event.outsider) {
          tool.detail(fmt::format("track {} is enrolled, but not of group {}", event.track, tool.group()));
        }
      }
      out.record(record_of(time, name, camera, &event, status, file), text_of(time, name, event, file, tool.group()));
    };
    const auto session = [&](const char* name, double seconds) {
      const LocalTime time = start.after(seconds);
      out.record(record_of(time, name, camera, nullptr),
                 fmt::format("{}  {}  {}", time.iso8601().substr(11, 8), name, printable(camera)));
    };

    out.open({tool.settings.text("log")});
    session("session_start", 0);
    Frame frame;
    const auto next_frame = [&] {
      while (true) {
        try {
          return source->next(frame);
        } catch (const Error& e) {  // one image of a folder
          if (e.code() != ErrorCode::kInput) throw;
          tool.error(e.what());
          ++failed;
        }
      }
    };
    while (cli::stop_signal() == 0 && !out.closed() && next_frame()) {
      watcher.process(frame, report);
      auto news = people.take();
      if (!news) continue;
      tool.warn_all(news->warnings);
      if (!news->gallery) continue;
      restrict_again(*news->gallery);
      watcher.use(*news->gallery);
      gallery = std::move(news->gallery);
      tool.note(fmt::format("people folder changed: {} people", gallery->people().size()));
    }
    watcher.finish(report);
    session("session_end", frame.seconds);
    const Watcher::Work work = watcher.work();
    tool.detail(fmt::format("{} frames; {} full looks, {} glances, {} near faces, {} encodings", frame.index + 1,
                            work.looks.full, work.looks.glances, work.looks.near, work.encodings));
    if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
    if (source->is_live() && !out.closed())
      throw Error(ErrorCode::kCannotRun, camera + ": the camera delivers no more frames");
    return failed > 0 ? cli::kSomeFailed : recognised > 0 ? cli::kDone : cli::kNothingFound;
  });
}
