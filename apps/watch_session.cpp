#include "watch_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/logs.hpp"
#include "cli/matching.hpp"
#include "cli/signals.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "watch_door.hpp"
#include "watch_people.hpp"
#include "watch_settings.hpp"
#include "watch_strangers.hpp"
#include "watch_timetable.hpp"

namespace faceatt {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kIdle = std::chrono::milliseconds(500);       // between two looks at signals, settings and the clock
constexpr auto kIdleWindow = std::chrono::milliseconds(50);  // with a window to keep alive

class Session {
 public:
  Session(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request, ServiceNotifier& service)
      : tool_(tool),
        out_(out),
        events_(events),
        request_(request),
        service_(service),
        stages_(
            {tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder"), tool.seal()}),
        start_(tool.clock()()),
        limits_(request, start_) {}

  int run();

 private:
  void describe_matching() const;
  void open_strangers();
  void open_sources();
  void open_doors();
  void take(const SourceEvent& event);
  void name_unread_sources();
  int end();
  void take_news_of_people();
  void tend_log();
  void take_new_settings();
  void tell_manager();
  void answer(char key);
  bool is_over() const;

  LocalTime now(double seconds) const { return has_own_clock_ ? tool_.clock()() : start_.after(seconds); }

  cli::Tool& tool_;
  cli::Output& out_;
  EventWriter& events_;
  const WatchRequest& request_;
  ServiceNotifier& service_;
  Stages stages_;
  std::optional<WatchedSettings> settings_;
  std::optional<WatchedPeople> people_;
  std::optional<StrangerBook> strangers_;
  std::unique_ptr<Sources> sources_;
  std::unique_ptr<AttendanceLog> log_;
  std::optional<WatchedTimetable> timetable_;
  std::optional<DoorContext> context_;
  std::vector<std::unique_ptr<Door>> doors_;

  LocalTime start_;
  WatchLimits limits_;
  bool has_own_clock_ = false;                // events happen when the clock says, not when the clip does
  Steady::time_point began_ = Steady::now();  // of the first frame
  std::int64_t frames_ = 0;
  std::size_t failed_ = 0;
  bool told_to_end_ = false;  // in the window
  bool is_ready_ = false;     // as the service manager was told
  ClockWatch clock_;
};

int Session::run() {
  if (request_.user) {
    open_sources();
    sources_->try_all();
    request_.user->become();
  }
  settings_.emplace(tool_, stages_.encoder_model());
  timetable_.emplace(tool_);
  events_.open();
  people_.emplace(tool_, stages_);
  describe_matching();
  cli::catch_signals();
  cli::catch_hangup();
  log_ = cli::log_of(tool_, true);
  open_doors();
  open_strangers();
  out_.open(cli::logs_of(tool_));
  for (const auto& door : doors_) door->begin();

  began_ = Steady::now();
  while (cli::stop_signal() == 0 && !out_.closed() && !told_to_end_ && !is_over()) {
    const auto wait = request_.pictures.window ? kIdleWindow : kIdle;
    const SourceEvent event = sources_->next(Steady::now() + wait);
    if (event.kind == SourceEvent::Kind::kEnd) {
      name_unread_sources();
      break;
    }
    take(event);
    for (const auto& one : doors_) {
      const auto key = one->pictures() != nullptr ? one->pictures()->key() : std::nullopt;
      if (key) answer(*key);
    }
    for (const auto& one : doors_) one->keep_hours();
    timetable_->take_news();
    tend_log();
    if (has_own_clock_) clock_.watch(tool_);
    take_news_of_people();
    take_new_settings();
    if (strangers_) strangers_->expire();
    events_.warn_of_problems();
    tell_manager();
  }
  service_.stopping();
  return end();
}

void Session::take(const SourceEvent& event) {
  Door& door = *doors_.at(event.source);
  switch (event.kind) {
    case SourceEvent::Kind::kFrame:
      ++frames_;
      door.process(event.frame);
      break;
    case SourceEvent::Kind::kLost:
      door.lose(event.reason);
      break;
    case SourceEvent::Kind::kBack:
      door.come_back();
      break;
    case SourceEvent::Kind::kFailed:
      tool_.error(event.reason);
      ++failed_;
      break;
    case SourceEvent::Kind::kIdle:
      if (!request_.pictures.window) break;
      for (const auto& one : doors_) one->pictures()->idle();
      break;
    case SourceEvent::Kind::kEnd:
      break;
  }
}

// At the end, when nothing else was wrong with them.
void Session::name_unread_sources() {
  if (failed_ > 0) return;
  for (const auto& door : doors_) {
    if (door->frames() > 0) continue;
    tool_.error(door->name() + ": not a single frame can be read");
    ++failed_;
  }
}

// The exit status.
int Session::end() {
  for (std::size_t i = 0; i < doors_.size(); ++i) {
    doors_[i]->end();
    doors_[i]->describe_work(std::chrono::duration<double>(Steady::now() - began_).count(), sources_->dropped(i));
  }
  events_.finish();
  bool recognised = false;
  for (const auto& door : doors_) {
    if (door->pictures() != nullptr && !door->pictures()->finish()) ++failed_;
    recognised |= door->has_recognised();
  }
  if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
  return failed_ > 0 ? cli::kSomeFailed : recognised ? cli::kDone : cli::kNothingFound;
}

void Session::open_sources() {
  CameraOptions camera;
  camera.fps = tool_.settings.number("fps");
  sources_ = std::make_unique<Sources>(request_.sources, camera);
}

void Session::open_doors() {
  if (!sources_) open_sources();
  has_own_clock_ = sources_->is_live() && !tool_.has_fixed_now();
  WatchOptions options = watch_options(tool_, request_, sources_->is_live());
  options.rule = settings_->rule();
  options.liveness = settings_->liveness();
  const PictureOptions pictures = picture_options(tool_, request_);
  const WatchStages stages = watch_stages(stages_);
  const std::string& given = tool_.settings.text("source");
  const bool several = request_.has_several();
  context_.emplace(DoorContext{tool_, events_, *people_, strangers_, *log_, timetable_->rules(),
                               [this](double seconds) { return now(seconds); }, several, sources_->is_live()});
  for (std::size_t i = 0; i < request_.sources.size(); ++i) {
    const std::string name = given.empty() ? sources_->name(i) : given;
    doors_.push_back(std::make_unique<Door>(*context_, name, stages, options));
    if (pictures.any()) doors_.back()->draw_on(std::make_unique<Pictures>(tool_, pictures, name, several));
  }
}

void Session::describe_matching() const {
  const std::size_t people = people_->gallery().people().size();
  cli::describe_rule(tool_, stages_.encoder_model(), settings_->rule(), people);
  tool_.detail(fmt::format("{} people, threshold {:.3f}, margin {:.3f}", people, settings_->rule().threshold,
                           settings_->rule().margin));
}

void Session::open_strangers() {
  if (keeps_strangers(tool_)) strangers_.emplace(tool_, stages_, people_->gallery(), settings_->rule());
}

void Session::take_news_of_people() {
  const bool changed = people_->take_news([this](const Gallery& gallery) {
    for (const auto& door : doors_) door->watcher().use(gallery);
  });
  if (changed && strangers_) strangers_->forget_enrolled(people_->gallery(), settings_->rule());
}

void Session::tend_log() {
  if (!tool_.dry_run) log_->tend();
  auto news = log_->take_warnings();
  tool_.warn_all(news);
}

void Session::take_new_settings() {
  if (!cli::take_hangup()) return;
  service_.reloading();
  settings_->read_again([this](const MatchRule& rule, LivenessMode liveness) {
    for (const auto& door : doors_) door->watcher().use(rule, liveness);
  });
  if (strangers_) strangers_->use_settings();
  if (is_ready_) service_.ready();
}

// Only from the loop: when that hangs, the manager is to know.
void Session::tell_manager() {
  if (!is_ready_ && sources_->all_were_tried()) {
    is_ready_ = true;
    service_.ready();
  }
  service_.turn();
  std::int64_t marks = 0;
  std::string lost;
  for (const auto& door : doors_) {
    marks += door->marked();
    if (door->is_lost()) lost += fmt::format("{}{}", lost.empty() ? "" : ", ", door->name());
  }
  service_.status(fmt::format("{} people, {} source{}{}, {} marked", people_->gallery().people().size(), doors_.size(),
                              doors_.size() == 1 ? "" : "s", lost.empty() ? "" : " (lost: " + lost + ")", marks));
}

// What was pressed in the window.
void Session::answer(char key) {
  if (key == 'q') told_to_end_ = true;
  if (key != 'e') return;
  bool has_ended = false;
  for (const auto& door : doors_) has_ended |= door->end_sessions();
  told_to_end_ |= !has_ended;
}

bool Session::is_over() const {
  double seconds = 0;
  for (const auto& door : doors_) seconds = std::max(seconds, door->seconds());
  return limits_.are_reached(frames_, seconds, now(seconds));
}

}  // namespace

int run_watch(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request,
              ServiceNotifier& service) {
  return Session(tool, out, events, request, service).run();
}

}  // namespace faceatt
