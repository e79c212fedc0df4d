#include "watch_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <utility>

#include "cli/matching.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/strangers.hpp"
#include "faceatt/pipeline/people_watch.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/sources.hpp"
#include "faceatt/vision/threads.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;
using Kind = WatchEvent::Kind;
using Steady = std::chrono::steady_clock;

constexpr auto kIdle = std::chrono::milliseconds(500);       // between two looks at signals, settings and the clock
constexpr auto kIdleWindow = std::chrono::milliseconds(50);  // with a window to keep alive
constexpr auto kExpire = std::chrono::hours(1);              // between two looks at the age of pictures
constexpr double kUsualVideoRate = 30;
constexpr std::size_t kMostThreads = 4;  // the networks are too small for more

// How old frames are when they have been dealt with.
class LagMeter {
 public:
  void add(double seconds) {
    const auto ms = static_cast<std::size_t>(std::clamp(seconds * 1000, 0.0, static_cast<double>(counts_.size() - 1)));
    ++counts_[ms];
    ++count_;
  }
  // Seconds that this share of the frames was at most; empty when there is none.
  std::optional<double> quantile(double share) const {
    if (count_ == 0) return std::nullopt;
    std::int64_t seen = 0;
    for (std::size_t ms = 0; ms < counts_.size(); ++ms) {
      seen += counts_[ms];
      if (static_cast<double>(seen) >= share * static_cast<double>(count_)) return static_cast<double>(ms) / 1000;
    }
    return static_cast<double>(counts_.size()) / 1000;
  }

 private:
  std::array<std::int64_t, 10'000> counts_{};  // by milliseconds
  std::int64_t count_ = 0;
};

// One source and what came of it.
struct Door {
  std::size_t index;  // of its source
  std::string name;
  Watcher watcher;
  std::unique_ptr<Pictures> pictures;
  LagMeter lag;
  std::int64_t frames = 0, marked = 0, already = 0, unknown = 0;
  double seconds = 0;                         // of the latest frame
  std::optional<Steady::time_point> grabbed;  // of the frame that is dealt with; of cameras only
  std::optional<Steady::time_point> lost;
  double shown_rate = 0;  // frames per second, smoothed

  Door(std::size_t i, std::string n, WatchStages stages, const Gallery& gallery, const WatchOptions& options)
      : index(i), name(std::move(n)), watcher(std::move(stages), gallery, options) {}
};

class Session {
 public:
  Session(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request)
      : tool_(tool),
        out_(out),
        events_(events),
        request_(request),
        several_(request.sources.size() > 1),
        stages_({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")}) {}

  int run();

 private:
  void read_settings();
  void load_people();
  void open_strangers();
  void open_doors();
  void take_news_of_people();
  void take_new_settings();
  void forget_enrolled();
  void expire_strangers();
  bool is_over() const;

  LocalTime now(double seconds) const { return has_own_clock_ ? tool_.clock()() : start_.after(seconds); }
  EventDetails details_of(const Door& door, const char* name) const;
  void process(Door& door, const Frame& frame);
  void lose(Door& door, const std::string& reason);
  void come_back(Door& door);
  void report(Door& door, const WatchEvent& event);
  bool mark(const Door& door, const WatchEvent& event, const LocalTime& time);
  void keep_picture(const Door& door, const WatchEvent& event, EventDetails& details);
  void show(Door& door, const Frame& frame);
  void end(Door& door);

  cli::Tool& tool_;
  cli::Output& out_;
  EventWriter& events_;
  const WatchRequest& request_;
  bool several_;
  Stages stages_;
  WatchOptions options_;
  std::shared_ptr<Gallery> gallery_;
  bool group_is_there_ = true;
  std::unique_ptr<PeopleWatch> people_;
  std::optional<Strangers> strangers_;
  Steady::time_point expired_ = Steady::now();
  std::unique_ptr<Sources> sources_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::optional<AttendanceLog> log_;

  bool has_own_clock_ = false;  // events happen when the clock says, not when the clip does
  LocalTime start_;
  Steady::time_point began_ = Steady::now();  // of the first frame
  std::optional<LocalTime> until_;
  std::optional<double> duration_;  // seconds
  std::int64_t frames_ = 0;
  std::size_t failed_ = 0;
  bool told_to_end_ = false;  // in the window
};

int Session::run() {
  const ThreadsPerCall one_thread(1);
  start_ = tool_.clock()();
  if (!request_.until.empty()) until_ = parse_until(request_.until, start_);
  if (!request_.duration.empty()) duration_ = static_cast<double>(parse_duration(request_.duration).count());
  read_settings();
  events_.open();
  load_people();
  cli::catch_signals();
  cli::catch_hangup();
  open_doors();
  open_strangers();
  log_.emplace(tool_.settings.text("log"));
  out_.open({tool_.settings.text("log")});
  for (const auto& door : doors_) {
    const EventDetails details = details_of(*door, "session_start");
    events_.write(details, nullptr, line_start(details, false) + "session_start  " + printable(door->name));
  }

  began_ = Steady::now();
  while (cli::stop_signal() == 0 && !out_.closed() && !told_to_end_ && !is_over()) {
    const auto wait = request_.pictures.window ? kIdleWindow : kIdle;
    SourceEvent event = sources_->next(Steady::now() + wait);
    if (event.kind == SourceEvent::Kind::kEnd) {
      const bool is_told = failed_ > 0;
      for (const auto& one : doors_) {
        if (one->frames > 0 || is_told) continue;
        tool_.error(one->name + ": not a single frame can be read");
        ++failed_;
      }
      break;
    }
    Door& door = *doors_.at(event.source);
    if (event.kind == SourceEvent::Kind::kFrame) process(door, event.frame);
    if (event.kind == SourceEvent::Kind::kLost) lose(door, event.reason);
    if (event.kind == SourceEvent::Kind::kBack) come_back(door);
    if (event.kind == SourceEvent::Kind::kFailed) {
      tool_.error(event.reason);
      ++failed_;
    }
    if (event.kind == SourceEvent::Kind::kIdle && request_.pictures.window) {
      for (const auto& one : doors_) one->pictures->idle();
    }
    for (const auto& one : doors_) {
      const auto key = one->pictures ? one->pictures->key() : std::nullopt;
      told_to_end_ |= key == 'q' || key == 'e';
    }
    take_news_of_people();
    take_new_settings();
    expire_strangers();
    events_.warn_of_problems();
  }

  for (const auto& door : doors_) end(*door);
  events_.finish();
  bool recognised = false;
  for (const auto& door : doors_) {
    if (door->pictures && !door->pictures->finish()) ++failed_;
    recognised |= door->marked + door->already > 0;
  }
  if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
  return failed_ > 0 ? cli::kSomeFailed : recognised ? cli::kDone : cli::kNothingFound;
}

// What can change while the program runs.
void Session::read_settings() {
  options_.rule = cli::rule_of(tool_, stages_.encoder_model());
  options_.liveness = parse_liveness_mode(tool_.settings.text("liveness"));
}

void Session::load_people() {
  std::vector<std::string> warnings;
  const auto state = people_folder_state(tool_.db());
  gallery_ = std::make_shared<Gallery>(stages_.load_gallery(tool_.db(), warnings));
  tool_.warn_all(warnings);
  if (!tool_.group().empty()) gallery_->restrict_to(tool_.group());
  if (gallery_->people().empty()) tool_.warn(tool_.db().string() + ": nobody is enrolled");
  cli::describe_rule(tool_, stages_.encoder_model(), options_.rule, gallery_->people().size());
  tool_.detail(fmt::format("{} people, threshold {:.3f}, margin {:.3f}", gallery_->people().size(),
                           options_.rule.threshold, options_.rule.margin));
  people_ = std::make_unique<PeopleWatch>(
      tool_.db(), state, [this](std::vector<std::string>& w) { return stages_.load_gallery(tool_.db(), w, {}, 1); });
}

void Session::open_strangers() {
  const fs::path folder = tool_.settings.text("strangers");
  if (folder.empty() || tool_.dry_run) return;
  std::error_code ignored;
  if (fs::equivalent(folder, tool_.db(), ignored)) {
    throw UsageError(folder.string() + ": is the people folder; name another one for --strangers");
  }
  const GalleryOptions of_gallery = stages_.gallery_options(tool_.db());
  const Model& model = stages_.encoder_model();
  StrangersOptions options;
  options.fingerprint = of_gallery.fingerprint;
  options.dimension = of_gallery.dimension;
  options.same_person = match_rule(model, "normal", {}).threshold;
  options.enrolled = std::min(match_rule(model, "loose", {}).threshold, options_.rule.threshold);
  options.keep_days = static_cast<int>(tool_.settings.number("keep_days"));
  options.most_bytes = static_cast<std::uint64_t>(tool_.settings.number("keep_mb")) << 20;
  strangers_.emplace(folder, options, start_);
  forget_enrolled();
}

void Session::open_doors() {
  CameraOptions camera;
  camera.fps = tool_.settings.number("fps");
  sources_ = std::make_unique<Sources>(request_.sources, camera);
  has_own_clock_ = sources_->is_live() && !tool_.has_fixed_now();
  options_.follow.is_live = sources_->is_live();
  const auto threads = static_cast<int>(tool_.settings.number("threads"));
  options_.threads = threads > 0 ? threads : static_cast<int>(std::min(core_count(), kMostThreads));
  options_.follow.threads = options_.threads;
  if (request_.sources.size() > 1) {  // several share the time for what costs most
    options_.follow.company_seconds *= 2;
    options_.follow.full_seconds *= 2;
  }
  if (request_.pictures.any()) {  // boxes are to lie on their faces
    options_.follow.moving_seconds = 0.07;
    options_.follow.relaxed_sizes = 0.1F;
  }
  options_.keep_strangers = !tool_.settings.text("strangers").empty() && !tool_.dry_run;
  const WatchStages stages{stages_.video_detector(), stages_.encoder(),
                           [this]() -> EyeReader& { return stages_.eyes(); }};
  const std::string& given = tool_.settings.text("source");
  PictureOptions pictures = request_.pictures;
  pictures.fps = camera.fps >= 1 ? camera.fps : kUsualVideoRate;
  for (std::size_t i = 0; i < request_.sources.size(); ++i) {
    const std::string name = given.empty() ? sources_->name(i) : given;
    doors_.push_back(std::make_unique<Door>(i, name, stages, *gallery_, options_));
    if (pictures.any()) doors_.back()->pictures = std::make_unique<Pictures>(tool_, pictures, name, several_);
  }
}

void Session::take_news_of_people() {
  auto news = people_->take();
  if (!news) return;
  tool_.warn_all(news->warnings);
  if (!news->gallery) return;
  if (!tool_.group().empty()) {
    // A slip in the roster does not open the door to everybody: without the group its people remain who they were.
    try {
      news->gallery->restrict_to(tool_.group());
      group_is_there_ = true;
    } catch (const UsageError& e) {
      news->gallery->restrict_as(*gallery_);
      if (std::exchange(group_is_there_, false)) {
        tool_.warn(std::string(e.what()) + "; going on with the people of it known so far");
      }
    }
  }
  for (const auto& door : doors_) door->watcher.use(*news->gallery);
  gallery_ = std::move(news->gallery);
  tool_.note(fmt::format("people folder changed: {} people", gallery_->people().size()));
  forget_enrolled();
}

void Session::take_new_settings() {
  if (!cli::take_hangup()) return;
  try {
    const auto changed = tool_.reload_settings([this] { read_settings(); });
    for (const auto& key : changed) {
      if (key == "level" || key == "threshold" || key == "liveness") {
        for (const auto& door : doors_) door->watcher.use(options_.rule, options_.liveness);
      } else if (key == "keep_days" || key == "keep_mb") {
        if (strangers_) open_strangers();
      } else {
        tool_.warn(fmt::format("{} has changed; it takes effect when {} is started again", key, "faceatt-watch"));
      }
    }
    tool_.note(changed.empty() ? "settings read again: no change"
                               : fmt::format("settings read again: {} changed", fmt::join(changed, ", ")));
  } catch (const UsageError& e) {
    tool_.warn(std::string(e.what()) + "; going on with the settings as they were");
  }
}

void Session::forget_enrolled() {
  if (!strangers_) return;
  try {
    for (const auto& known : strangers_->forget_enrolled(*gallery_, options_.rule)) {
      tool_.note(fmt::format("{} of {} {} of {}, enrolled now: removed",
                             known.pictures == 1 ? "a picture" : fmt::format("{} pictures", known.pictures),
                             known.group, known.pictures == 1 ? "was" : "were", known.name));
    }
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

void Session::expire_strangers() {
  if (!strangers_ || Steady::now() - expired_ < kExpire) return;
  expired_ = Steady::now();
  try {
    strangers_->expire(tool_.clock()());
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

bool Session::is_over() const {
  if (request_.max_frames > 0 && frames_ >= request_.max_frames) return true;
  double seconds = 0;
  for (const auto& door : doors_) seconds = std::max(seconds, door->seconds);
  if (duration_ && seconds >= *duration_) return true;
  return until_ && now(seconds).unix_seconds >= until_->unix_seconds;
}

EventDetails Session::details_of(const Door& door, const char* name) const {
  EventDetails details;
  details.name = name;
  details.time = now(door.seconds);
  details.source = door.name;
  if (door.grabbed) details.lag = std::chrono::duration<double>(Steady::now() - *door.grabbed).count();
  return details;
}

void Session::process(Door& door, const Frame& frame) {
  ++frames_;
  ++door.frames;
  const double passed = frame.seconds - std::exchange(door.seconds, frame.seconds);
  if (passed > 0) door.shown_rate += 0.05 * (1 / passed - door.shown_rate);
  if (sources_->is_live()) door.grabbed = frame.grabbed;
  door.watcher.process(frame, [&](const WatchEvent& event) { report(door, event); });
  show(door, frame);
  if (door.grabbed) door.lag.add(std::chrono::duration<double>(Steady::now() - *door.grabbed).count());
  door.grabbed.reset();
}

void Session::lose(Door& door, const std::string& reason) {
  door.watcher.finish([&](const WatchEvent& event) { report(door, event); });
  door.lost = Steady::now();
  EventDetails details = details_of(door, "camera_lost");
  details.reason = reason;
  events_.write(details, nullptr, fmt::format("{}camera lost: {}", line_start(details, true), printable(reason)));
  if (door.pictures) door.pictures->show_lost(line_start(details, several_) + "camera lost: " + reason);
}

void Session::come_back(Door& door) {
  EventDetails details = details_of(door, "camera_back");
  if (door.lost) details.seconds = std::chrono::duration<double>(Steady::now() - *door.lost).count();
  door.lost.reset();
  events_.write(
      details, nullptr,
      fmt::format("{}camera back after {}", line_start(details, true), duration_text(details.seconds.value_or(0))));
}

void Session::report(Door& door, const WatchEvent& event) {
  EventDetails details = details_of(door, "track");
  if (event.kind == Kind::kRecognised) {
    const bool is_new = mark(door, event, details.time);  // the log first, then the record
    details.name = is_new ? "mark" : "already";
    details.status = "present";
    ++(is_new ? door.marked : door.already);
  } else if (event.kind == Kind::kAmbiguous) {
    details.name = "ambiguous";
  } else if (event.kind == Kind::kUnknown) {
    details.name = "unknown";
    ++door.unknown;
    keep_picture(door, event, details);
    if (event.outsider) {
      tool_.detail(fmt::format("track {} is enrolled, but not of group {}", event.track, tool_.group()));
    }
  }
  events_.write(details, &event, text_of(details, event, several_, tool_.group()));
}

bool Session::mark(const Door& door, const WatchEvent& event, const LocalTime& time) {
  const Votes::Tally& person = *event.identity;
  const AttendanceRow row = row_for({person.id, person.name, time, fs::path(door.name).filename().string(),
                                     person.best_score, name_of(event.liveness.verdict)});
  if (tool_.dry_run) return !log_->contains(row);
  const bool is_new = log_->append(row) == AttendanceLog::Outcome::kNew;
  auto repaired = log_->take_warnings();
  tool_.warn_all(repaired);
  return is_new;
}

void Session::keep_picture(const Door& door, const WatchEvent& event, EventDetails& details) {
  if (!strangers_ || event.picture.empty()) return;
  StrangerVisit visit;
  visit.time = details.time;
  visit.camera = fs::path(door.name).filename().string();
  visit.track = event.track;
  visit.seconds = event.since;
  visit.frames = event.frames;
  visit.quality = event.quality;
  if (event.nearest) {
    visit.closest_id = event.nearest->id;
    visit.closest_score = event.nearest->best_score;
  }
  visit.encoding = event.encoding;
  try {
    const auto added = strangers_->add(visit, event.picture, *gallery_);
    if (added.enrolled) {
      tool_.detail(fmt::format("track {}: no picture is kept, it may be {} ({:.2f})", event.track,
                               added.enrolled->person->name, added.enrolled->score));
      return;
    }
    details.file = added.file.string();
    details.group = added.group;
    if (added.visits_before > 0) {
      details.reason = fmt::format("visit {} since {}", added.visits_before + 1, added.first_seen.date());
    }
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

void Session::show(Door& door, const Frame& frame) {
  if (!door.pictures) return;
  const LocalTime time = now(frame.seconds);
  const std::string status =
      fmt::format("{}  {}  {} marked  {} unknown  {:.0f} fps", printable(fs::path(door.name).filename().string()),
                  time.iso8601().substr(11, 8), door.marked + door.already, door.unknown, door.shown_rate);
  door.pictures->show(frame, door.watcher.watched(), status);
}

void Session::end(Door& door) {
  door.watcher.finish([&](const WatchEvent& event) { report(door, event); });
  EventDetails details = details_of(door, "session_end");
  details.frames = door.frames;
  details.seconds = door.seconds;
  details.lag = door.lag.quantile(0.5);
  std::string text = line_start(details, false) + "session_end  " + printable(door.name);
  text += fmt::format(": {} marked, {}{} unknown in {}", door.marked,
                      door.already > 0 ? fmt::format("{} already marked, ", door.already) : "", door.unknown,
                      duration_text(door.seconds));
  events_.write(details, nullptr, text);

  const double took = std::chrono::duration<double>(Steady::now() - began_).count();
  const Watcher::Work work = door.watcher.work();
  tool_.detail(fmt::format("{}: {} frames, {:.1f} per second; {} full looks, {} glances, {} near faces, {} encodings",
                           door.name, door.frames, static_cast<double>(door.frames) / took, work.looks.full,
                           work.looks.glances, work.looks.near, work.encodings));
  if (const auto median = door.lag.quantile(0.5)) {
    const auto dropped = sources_->dropped(door.index);
    tool_.detail(fmt::format("{}: lag median {:.0f} ms, 95 % {:.0f} ms, 99.9 % {:.0f} ms; {} frames dropped", door.name,
                             *median * 1000, *door.lag.quantile(0.95) * 1000, *door.lag.quantile(0.999) * 1000,
                             dropped));
  }
}

}  // namespace

int run_watch(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request) {
  return Session(tool, out, events, request).run();
}

}  // namespace faceatt
