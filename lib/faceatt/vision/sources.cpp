#include "faceatt/vision/sources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = SourceEvent::Kind;
using namespace std::chrono_literals;

constexpr std::size_t kAhead = 3;   // frames of a clip that are decoded before they are asked for
constexpr auto kLookAfter = 500ms;  // cameras that hang do not ring

}  // namespace

// A clip or folder, decoded ahead in a thread of its own.
class Sources::Clip {
 public:
  struct Item {
    double seconds;
    SourceEvent event;
  };

  Clip(std::unique_ptr<FrameSource> source, std::size_t index, double fps, std::shared_ptr<Bell> bell)
      : source_(std::move(source)),
        index_(index),
        pace_(fps),
        bell_(std::move(bell)),
        thread_([this](const std::stop_token& stop) { read(stop); }) {}

  // The time of the next item; empty when it is not known yet, or the clip is over.
  std::optional<double> next_seconds() {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    return items_.front().seconds;
  }
  bool is_over() {
    const std::lock_guard lock(mutex_);
    return items_.empty() && is_read_;
  }
  SourceEvent take() {
    std::unique_lock lock(mutex_);
    SourceEvent event = std::move(items_.front().event);
    items_.pop_front();
    lock.unlock();
    taken_.notify_one();
    return event;
  }

 private:
  void read(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      Item item{};
      item.event.source = index_;
      bool is_more = true;
      try {
        is_more = next(item);
      } catch (const std::exception& e) {
        item.event.kind = Kind::kFailed;
        item.event.reason = e.what();
      }
      std::unique_lock lock(mutex_);
      if (is_more && !taken_.wait(lock, stop, [this] { return items_.size() < kAhead; })) return;
      if (is_more) items_.push_back(std::move(item));
      is_read_ = !is_more;
      lock.unlock();
      bell_->ring();
      if (!is_more) return;
    }
  }

  bool next(Item& item) {
    while (source_->grab()) {
      item.seconds = source_->seconds();
      if (!pace_.wants(item.seconds)) continue;
      pace_.took(item.seconds);
      item.event.kind = Kind::kFrame;
      if (source_->retrieve(item.event.frame)) return true;
    }
    return false;
  }

  std::unique_ptr<FrameSource> source_;
  std::size_t index_;
  Pace pace_;
  std::shared_ptr<Bell> bell_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any taken_;
  std::deque<Item> items_;
  bool is_read_ = false;
  std::jthread thread_;  // last: it uses what is above
};

Sources::Sources(const std::vector<SourceSpec>& specs, const CameraOptions& options, Open open) : began_(Clock::now()) {
  if (specs.empty()) throw UsageError("no source; give a device number, a URL, a file or a folder");
  if (!open) open = &FrameSource::create;
  const auto is_live = [](const SourceSpec& source) { return is_live_spec(source.spec); };
  const auto live = std::find_if(specs.begin(), specs.end(), is_live);
  const auto file = std::find_if_not(specs.begin(), specs.end(), is_live);
  if (live != specs.end() && file != specs.end()) {
    throw UsageError(fmt::format("{} is a camera, {} is not: watch cameras, or clips and folders, not both at once",
                                 live->name, file->name));
  }
  for (const auto& source : specs) {
    names_.push_back(source.name);
    prefixes_.push_back(source_name(source.spec) + ": ");
  }
  if (file != specs.end()) {
    std::vector<std::unique_ptr<FrameSource>> opened;
    opened.reserve(specs.size());
    for (const auto& source : specs) opened.push_back(open(source.spec, {}));
    for (auto& source : opened) {
      clips_.push_back(std::make_unique<Clip>(std::move(source), clips_.size(), options.fps, bell_));
    }
    return;
  }
  for (const auto& source : specs) {
    cameras_.push_back(std::make_unique<Camera>(
        [open, spec = source.spec](std::stop_token stop) { return open(spec, std::move(stop)); }, options, bell_));
  }
  wait_for_a_camera();
}

Sources::~Sources() = default;

// Returns when one has been opened; throws when all have failed.
void Sources::wait_for_a_camera() {
  const auto has_opened = [](const auto& camera) { return camera->has_opened(); };
  while (std::none_of(cameras_.begin(), cameras_.end(), has_opened)) {
    collect_changes();
    if (changes_.size() < cameras_.size()) {  // each fails once
      bell_->wait_until(Clock::now() + kLookAfter);
      continue;
    }
    std::string reasons;
    for (const auto& change : changes_) {
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", name(change.source), change.reason);
    }
    throw Error(ErrorCode::kCannotRun, reasons);
  }
}

void Sources::collect_changes() {
  for (std::size_t i = 0; i < cameras_.size(); ++i) {
    cameras_[i]->check(Clock::now());
    while (auto change = cameras_[i]->take_change()) {
      SourceEvent event;
      event.kind = change->is_lost ? Kind::kLost : Kind::kBack;
      event.source = i;
      event.reason = std::move(change->reason);
      if (event.reason.starts_with(prefixes_[i])) event.reason.erase(0, prefixes_[i].size());
      changes_.push_back(std::move(event));
    }
  }
}

SourceEvent Sources::next(Clock::time_point deadline) {
  while (!is_woken_.exchange(false)) {
    if (auto event = is_live() ? next_of_cameras() : next_of_clips()) return std::move(*event);
    const auto now = Clock::now();
    if (now >= deadline) break;
    bell_->wait_until(is_live() ? std::min(deadline, now + kLookAfter) : deadline);
  }
  return {};
}

std::optional<SourceEvent> Sources::next_of_cameras() {
  collect_changes();
  if (!changes_.empty()) {
    SourceEvent event = std::move(changes_.front());
    changes_.pop_front();
    return event;
  }
  std::optional<std::size_t> first;
  Clock::time_point since = Clock::time_point::max();
  for (std::size_t i = 0; i < cameras_.size(); ++i) {
    const auto waiting = cameras_[i]->waiting_since();
    if (!waiting || *waiting >= since) continue;
    first = i;
    since = *waiting;
  }
  if (!first) return std::nullopt;
  auto frame = cameras_[*first]->take_frame();
  if (!frame) return std::nullopt;  // lost meanwhile
  frame->seconds = std::chrono::duration<double>(frame->grabbed - began_).count();
  frame->source = names_[*first];
  SourceEvent event;
  event.kind = Kind::kFrame;
  event.source = *first;
  event.frame = std::move(*frame);
  return event;
}

std::optional<SourceEvent> Sources::next_of_clips() {
  std::optional<std::size_t> first;
  double seconds = 0;
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    if (clips_[i]->is_over()) continue;
    const auto next = clips_[i]->next_seconds();
    if (!next) return std::nullopt;  // it may be the earliest
    if (first && *next >= seconds) continue;
    first = i;
    seconds = *next;
  }
  SourceEvent event;
  event.kind = Kind::kEnd;
  if (!first) return event;
  event = clips_[*first]->take();
  event.frame.source = names_[event.source];
  return event;
}

void Sources::try_all() {
  for (collect_changes(); !all_were_tried(); collect_changes()) bell_->wait_until(Clock::now() + kLookAfter);
}

bool Sources::all_were_tried() const {
  return std::all_of(cameras_.begin(), cameras_.end(), [](const auto& camera) { return camera->was_tried(); });
}

void Sources::wake() {
  is_woken_ = true;
  bell_->ring();
}

}  // namespace faceatt
