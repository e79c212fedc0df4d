#include "watch_door.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {

namespace fs = std::filesystem;
using Kind = WatchEvent::Kind;
using Steady = std::chrono::steady_clock;

Door::Door(DoorContext& context, std::string name, WatchStages stages, const WatchOptions& options)
    : context_(context), name_(std::move(name)), watcher_(std::move(stages), context.people.gallery(), options) {}

std::string Door::camera() const { return fs::path(name_).filename().string(); }

void Door::begin() {
  const EventDetails details = details_of("session_start");
  context_.events.write(details, nullptr, line_start(details, false) + "session_start  " + printable(name_));
}

EventDetails Door::details_of(const char* event) const {
  EventDetails details;
  details.name = event;
  details.time = context_.now(seconds_);
  details.source = name_;
  if (grabbed_) details.lag = std::chrono::duration<double>(Steady::now() - *grabbed_).count();
  return details;
}

void Door::process(const Frame& frame) {
  ++frames_;
  const double passed = frame.seconds - std::exchange(seconds_, frame.seconds);
  if (passed > 0) shown_rate_ += 0.05 * (1 / passed - shown_rate_);
  if (context_.live) grabbed_ = frame.grabbed;
  watcher_.process(frame, [&](const WatchEvent& event) { report(event); });
  show(frame);
  if (grabbed_) lag_.add(std::chrono::duration<double>(Steady::now() - *grabbed_).count());
  grabbed_.reset();
}

void Door::lose(const std::string& reason) {
  watcher_.finish([&](const WatchEvent& event) { report(event); });
  lost_ = Steady::now();
  EventDetails details = details_of("camera_lost");
  details.reason = reason;
  context_.events.write(details, nullptr,
                        fmt::format("{}camera lost: {}", line_start(details, true), printable(reason)));
  if (pictures_) pictures_->show_lost(line_start(details, context_.several) + "camera lost: " + reason);
}

void Door::come_back() {
  EventDetails details = details_of("camera_back");
  if (lost_) details.seconds = std::chrono::duration<double>(Steady::now() - *lost_).count();
  lost_.reset();
  context_.events.write(
      details, nullptr,
      fmt::format("{}camera back after {}", line_start(details, true), duration_text(details.seconds.value_or(0))));
}

void Door::report(const WatchEvent& event) {
  EventDetails details = details_of("track");
  if (event.kind == Kind::kRecognised) {
    const bool is_new = mark(event, details.time);  // the log first, then the record
    details.name = is_new ? "mark" : "already";
    details.status = "present";
    ++(is_new ? marked_ : already_);
  } else if (event.kind == Kind::kPrompt) {
    details.name = "prompt";
  } else if (event.kind == Kind::kSpoof) {
    details.name = "spoof";
  } else if (event.kind == Kind::kAmbiguous) {
    details.name = "ambiguous";
  } else if (event.kind == Kind::kUnknown) {
    details.name = "unknown";
    ++unknown_;
    if (context_.strangers) context_.strangers->keep(event, camera(), context_.people.gallery(), details);
    if (event.outsider) {
      context_.tool.detail(
          fmt::format("track {} is enrolled, but not of group {}", event.track, context_.tool.group()));
    }
  }
  context_.events.write(details, &event, text_of(details, event, context_.several, context_.tool.group()));
}

bool Door::mark(const WatchEvent& event, const LocalTime& time) {
  const Votes::Tally& person = *event.identity;
  const AttendanceRow row =
      row_for({person.id, person.name, time, camera(), person.best_score, name_of(event.liveness.verdict)});
  if (context_.tool.dry_run) return !context_.log->contains(row);
  const bool is_new = context_.log->append(row) == AttendanceLog::Outcome::kNew;
  auto repaired = context_.log->take_warnings();
  context_.tool.warn_all(repaired);
  return is_new;
}

void Door::show(const Frame& frame) {
  if (!pictures_) return;
  const LocalTime time = context_.now(frame.seconds);
  const std::string status = fmt::format("{}  {}  {} marked  {} unknown  {:.0f} fps", printable(camera()),
                                         time.iso8601().substr(11, 8), marked_ + already_, unknown_, shown_rate_);
  pictures_->show(frame, watcher_.watched(), status);
}

void Door::end() {
  watcher_.finish([&](const WatchEvent& event) { report(event); });
  EventDetails details = details_of("session_end");
  details.frames = frames_;
  details.seconds = seconds_;
  details.lag = lag_.quantile(0.5);
  std::string text = line_start(details, false) + "session_end  " + printable(name_);
  text +=
      fmt::format(": {} marked, {}{} unknown in {}", marked_,
                  already_ > 0 ? fmt::format("{} already marked, ", already_) : "", unknown_, duration_text(seconds_));
  context_.events.write(details, nullptr, text);
}

void Door::describe_work(double seconds, std::int64_t dropped) const {
  const Watcher::Work work = watcher_.work();
  context_.tool.detail(fmt::format(
      "{}: {} frames, {:.1f} per second; {} full looks, {} glances, {} near faces, {} carried along, {} encodings",
      name_, frames_, static_cast<double>(frames_) / seconds, work.looks.full, work.looks.glances, work.looks.near,
      work.looks.carried, work.encodings));
  if (const auto median = lag_.quantile(0.5)) {
    context_.tool.detail(fmt::format("{}: lag median {:.0f} ms, 95 % {:.0f} ms, 99.9 % {:.0f} ms; {} frames dropped",
                                     name_, *median * 1000, *lag_.quantile(0.95) * 1000, *lag_.quantile(0.999) * 1000,
                                     dropped));
  }
}

}  // namespace faceatt
