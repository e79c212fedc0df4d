#include "watch_door.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "faceatt/core/text.hpp"

namespace faceatt {

namespace fs = std::filesystem;
using Kind = WatchEvent::Kind;
using Steady = std::chrono::steady_clock;

Door::Door(DoorContext& context, std::string name, WatchStages stages, const WatchOptions& options)
    : context_(context),
      name_(std::move(name)),
      watcher_(std::move(stages), context.people.gallery(), options),
      hours_(to_nfc(camera())) {}

std::string Door::camera() const { return fs::path(name_).filename().string(); }

void Door::begin() {
  if (context_.rules.schedule() != nullptr) {
    const LocalTime now = context_.now(seconds_);
    if (!context_.rules.schedule()->knows_location(to_nfc(camera()), now.unix_seconds)) {
      context_.tool.detail(fmt::format("{}: no session has this location; all are marked here", name_));
    }
    keep_hours();
    if (hours_.open().empty()) context_.tool.note(fmt::format("{}: {}", name_, hours_.text()));
    return;
  }
  const EventDetails details = details_of("session_start");
  context_.events.write(details, nullptr, line_start(details, false) + "session_start  " + printable(name_));
}

void Door::keep_hours() {
  if (context_.rules.schedule() == nullptr) return;
  const auto changes = hours_.update(context_.rules, context_.log, context_.now(seconds_));
  for (const auto& [kind, meeting] : changes) {
    if (kind == OpeningHours::Change::Kind::kOpened) {
      open(meeting);
    } else {
      close(meeting, kind == OpeningHours::Change::Kind::kEndedByHand ? "ended by hand" : "");
    }
  }
  if (!changes.empty()) mark_for_others();
}

// Who is in the picture while sessions open and close is marked for what is theirs now.
void Door::mark_for_others() {
  if (context_.rules.direction() == Direction::kOut) return;
  const LocalTime now = context_.now(seconds_);
  std::vector<WatchEvent> again;
  for (const auto& [track, person] : recognised_) {
    const Ruling ruling = rule(person.event, now);
    if (ruling.row && ruling.row->session != person.session) again.push_back(person.event);
  }
  for (const WatchEvent& event : again) report(event);
}

bool Door::end_sessions() {
  if (context_.rules.schedule() == nullptr) return false;
  for (const Meeting& meeting : hours_.open()) {
    AttendanceRow row = end_row(meeting, context_.now(seconds_), "manual:" + printable(camera()));
    row.note = "ended at the camera";
    if (!context_.tool.dry_run) append(row);
  }
  return true;
}

void Door::open(const Meeting& meeting) {
  counts_[meeting.session] = {};
  EventDetails details = details_of("session_start");
  details.session = meeting.session;
  const auto clock = [&](std::int64_t seconds) {
    return context_.rules.schedule()->zone().at(seconds).iso8601().substr(11, 5);
  };
  context_.events.write(details, nullptr,
                        fmt::format("{}session_start  {} from {} to {}", line_start(details, context_.several),
                                    printable(meeting.session), clock(meeting.start), clock(meeting.end)));
}

void Door::close(const Meeting& meeting, const char* how) {
  const Counts counts = counts_[meeting.session];
  counts_.erase(meeting.session);
  EventDetails details = details_of("session_end");
  details.session = meeting.session;
  details.reason = how;
  details.frames = frames_;
  details.seconds = seconds_;
  details.lag = lag_.quantile(0.5);
  context_.events.write(
      details, nullptr,
      fmt::format("{}session_end  {}{}: {} marked, {}{} unknown", line_start(details, context_.several),
                  printable(meeting.session), *how != '\0' ? fmt::format(", {}", how) : "", counts.marked,
                  counts.already > 0 ? fmt::format("{} already marked, ", counts.already) : "", counts.unknown));
}

EventDetails Door::details_of(const char* event) const {
  EventDetails details;
  details.name = event;
  details.time = context_.now(seconds_);
  details.source = name_;
  if (context_.rules.schedule() == nullptr) details.session = kDaySession;
  if (hours_.open().size() == 1) details.session = hours_.open().front().session;
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
    mark(event, details);  // the log first, then the record
    recognised_[event.track] = {event, details.session};
  } else if (event.kind == Kind::kPrompt) {
    details.name = "prompt";
  } else if (event.kind == Kind::kSpoof) {
    details.name = "spoof";
  } else if (event.kind == Kind::kAmbiguous) {
    details.name = "ambiguous";
  } else if (event.kind == Kind::kUnknown) {
    details.name = "unknown";
    ++unknown_;
    for (auto& [session, counts] : counts_) ++counts.unknown;
    if (context_.strangers) context_.strangers->keep(event, camera(), context_.people.gallery(), details);
    if (event.outsider) {
      context_.tool.detail(
          fmt::format("track {} is enrolled, but not of group {}", event.track, context_.tool.group()));
    }
  }
  if (event.kind == Kind::kTrackEnd) recognised_.erase(event.track);
  context_.events.write(
      details, &event,
      text_of(details, event, {context_.several, context_.rules.schedule() != nullptr, context_.tool.group()}));
}

Ruling Door::rule(const WatchEvent& event, const LocalTime& time) const {
  const Votes::Tally& who = *event.identity;
  const Person* person = context_.people.gallery().find(who.id);
  return context_.rules.rule({who.id, who.name, time, camera(), who.best_score, name_of(event.liveness.verdict),
                              person != nullptr ? person->groups : std::vector<std::string>{}, to_nfc(camera())},
                             context_.log);
}

void Door::mark(const WatchEvent& event, EventDetails& details) {
  const Ruling ruling = rule(event, details.time);
  details.name = "closed";
  if (!ruling.row) {
    details.session.clear();
    details.reason = ruling.reason;
    ++closed_;
    return;
  }
  details.session = ruling.row->session;
  const AttendanceLog::Outcome outcome = append(*ruling.row);
  if (outcome == AttendanceLog::Outcome::kAfterEnd) {
    details.reason = fmt::format("{} was ended by hand", ruling.row->session);
    ++closed_;
    return;
  }
  if (const auto why = context_.log.waits_because()) details.reason = "waits here: " + *why;
  const bool is_new = outcome == AttendanceLog::Outcome::kNew;
  details.name = is_new ? "mark" : "already";
  details.status = ruling.row->status;
  details.late_minutes = ruling.late_minutes;
  ++(is_new ? marked_ : already_);
  if (const auto counts = counts_.find(details.session); counts != counts_.end()) {
    ++(is_new ? counts->second.marked : counts->second.already);
  }
}

AttendanceLog::Outcome Door::append(const AttendanceRow& row) {
  if (context_.tool.dry_run) return context_.log.check(row);
  const AttendanceLog::Outcome outcome = context_.log.append(row);
  auto repaired = context_.log.take_warnings();
  context_.tool.warn_all(repaired);
  return outcome;
}

void Door::show(const Frame& frame) {
  if (!pictures_) return;
  const LocalTime time = context_.now(frame.seconds);
  const std::string hours = context_.rules.schedule() != nullptr ? hours_.text() + "  " : "";
  const std::string status =
      fmt::format("{}  {}  {}{} marked  {} unknown  {:.0f} fps", printable(camera()), time.iso8601().substr(11, 8),
                  hours, marked_ + already_, unknown_, shown_rate_);
  pictures_->show(frame, watcher_.watched(), status);
}

void Door::end() {
  watcher_.finish([&](const WatchEvent& event) { report(event); });
  if (context_.rules.schedule() != nullptr) {
    for (const Meeting& meeting : hours_.open()) close(meeting, "");
    return;
  }
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
