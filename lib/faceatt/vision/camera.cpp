#include "faceatt/vision/camera.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <random>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

using Clock = Camera::Clock;

constexpr int kMostReaders = 4;          // threads, hanging ones included
constexpr std::size_t kMostChanges = 8;  // even: lost and back alternate
constexpr int kMostHalves = 5;           // half pictures in a row; what stays is no damage but part of the scene
constexpr int kSampleStep = 16;          // pixels between two that are compared
constexpr int kDark = 24;                // no sample brighter: at night a picture may be all black
constexpr double kWorthIt = 1;           // seconds that a connection delivers; the waits between two then begin anew
constexpr double kEarly = 0.01;          // seconds; a frame is still in time: no camera is exact
constexpr auto kGoodbye = std::chrono::milliseconds(500);

Clock::duration seconds(double s) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}
double seconds_of(Clock::time_point time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }
double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

// A few of the picture's bytes, and its size.
std::vector<int> sample_of(const cv::Mat& image) {
  std::vector<int> sample = {image.cols, image.rows};
  for (int y = 0; y < image.rows; y += kSampleStep) {
    const auto* row = image.ptr<unsigned char>(y);
    for (int x = 0; x < image.cols * image.channels(); x += kSampleStep) sample.push_back(row[x]);
  }
  return sample;
}

bool is_dark(const std::vector<int>& sample) {
  return std::all_of(sample.begin() + 2, sample.end(), [](int value) { return value < kDark; });
}

// Notices a picture that stays the same to the bit, which no sensor delivers. Remembers it from one connection to the
// next: a camera that comes back with the very same picture is not back.
class Freeze {
 public:
  explicit Freeze(double limit) : limit_(limit) {}
  void connected(Clock::time_point now) { since_ = now; }
  void look(const cv::Mat& image, Clock::time_point now) {
    if (limit_ <= 0) return;
    auto sample = sample_of(image);
    is_over_ = false;
    if (sample == last_ && !is_dark(sample)) {
      if (seconds_between(since_, now) < limit_) return;
      is_frozen_ = is_over_ = true;
    } else {
      is_frozen_ = false;
      last_ = std::move(sample);
    }
    since_ = now;
  }
  bool is_frozen() const { return is_frozen_; }
  bool is_over() const { return is_over_; }  // for the limit since connected() or the last change: connect anew

 private:
  double limit_;
  bool is_frozen_ = false, is_over_ = false;
  Clock::time_point since_;
  std::vector<int> last_;
};

}  // namespace

void Bell::ring() {
  {
    const std::lock_guard lock(mutex_);
    rang_ = true;
  }
  condition_.notify_one();
}

void Bell::wait_until(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  condition_.wait_until(lock, deadline, [this] { return rang_; });
  rang_ = false;
}

bool Pace::wants(double seconds) const { return !due_ || seconds >= *due_ - std::min(interval_ / 4, kEarly); }
void Pace::took(double seconds) { due_ = std::max(due_.value_or(seconds), seconds - interval_ / 2) + interval_; }

// Shared by the camera and its threads, which may outlive it. A thread whose `stop` was requested changes nothing any
// more; it is requested under the mutex.
struct Camera::State {
  State(Open o, const CameraOptions& given, std::shared_ptr<Bell> b)
      : open(std::move(o)), options(given), bell(std::move(b)), pace(given.fps), freeze(given.frozen_seconds) {}

  const Open open;
  const CameraOptions options;
  const std::shared_ptr<Bell> bell;

  std::mutex mutex;  // guards what follows
  std::condition_variable_any condition;
  int readers = 0;
  Clock::time_point deadline = Clock::time_point::max();  // when the thread at work has to show up next
  std::string overdue;                                    // the reason if it does not
  bool has_opened = false, is_lost = false;
  double retry = 0;   // seconds; 0 before the first failure
  double lasted = 0;  // seconds that this connection has delivered good frames
  std::deque<Change> changes;
  std::optional<Frame> newest;
  Clock::time_point waiting_since;
  std::int64_t dropped = 0;
  Pace pace;
  Freeze freeze;

  // The thread at work has until `limit` seconds from now. False when it is no longer wanted.
  bool expect(double limit, const std::string& reason, const std::stop_token& stop) {
    const std::lock_guard lock(mutex);
    if (stop.stop_requested()) return false;
    deadline = Clock::now() + seconds(limit);
    overdue = reason;
    return true;
  }

  // Waits before the next attempt to open. False when it is no longer wanted.
  bool pause(const std::stop_token& stop) {
    thread_local std::minstd_rand random(std::random_device{}());
    std::unique_lock lock(mutex);
    if (stop.stop_requested()) return false;
    deadline = Clock::time_point::max();
    const double jitter = std::uniform_real_distribution(0.8, 1.2)(random);
    condition.wait_for(lock, stop, seconds(retry * jitter), [] { return false; });
    return !stop.stop_requested();
  }

  // Called with the mutex held.
  void tell(Change change) {
    is_lost = change.is_lost;
    changes.push_back(std::move(change));
    if (changes.size() > kMostChanges) changes.erase(changes.begin(), changes.begin() + 2);
  }
  // The same.
  void lose(const std::string& reason) {
    retry = retry == 0 || lasted >= kWorthIt ? options.first_retry : std::min(2 * retry, options.longest_retry);
    lasted = 0;
    newest.reset();
    if (!is_lost) tell({true, reason});
  }
  void put(Frame frame) {
    if (is_lost) tell({false, {}});
    if (newest) {
      ++dropped;
    } else {
      waiting_since = frame.grabbed;
    }
    newest = std::move(frame);
  }

  bool is_wanted(Clock::time_point time) {
    const std::lock_guard lock(mutex);
    return pace.wants(seconds_of(time));
  }

  // Reads until there is no use in reading on, and says why.
  std::string read(FrameSource& source, const std::stop_token& stop) {
    const std::string silent = fmt::format("no frame for {:g} s", options.stall_seconds);
    const auto begun = Clock::now();
    auto last = begun, damaged_since = begun;
    bool was_good = true;
    int halves = 0;
    while (expect(options.stall_seconds, silent, stop)) {
      if (!source.grab()) {
        return seconds_between(last, Clock::now()) < 0.9 * options.stall_seconds ? "it delivers no more frames"
                                                                                 : silent;
      }
      last = Clock::now();
      if (!is_wanted(last)) continue;
      Frame frame;
      bool is_good = source.retrieve(frame);
      if (is_good) {
        halves = is_cut_short(frame.image) ? halves + 1 : 0;
        is_good = halves == 0 || halves > kMostHalves;
      }
      if (std::exchange(was_good, is_good) && !is_good) damaged_since = last;
      if (!is_good) {
        if (seconds_between(damaged_since, last) > options.damaged_seconds) return "it delivers damaged pictures only";
        continue;
      }
      frame.grabbed = last;
      const std::lock_guard lock(mutex);
      if (stop.stop_requested()) break;
      freeze.look(frame.image, last);
      if (freeze.is_over()) return fmt::format("the picture is frozen for {:g} s", options.frozen_seconds);
      if (freeze.is_frozen()) continue;
      lasted = seconds_between(begun, last);
      put(std::move(frame));
      bell->ring();
    }
    return {};
  }
};

void Camera::read(const std::shared_ptr<State>& state, const std::stop_token& stop) {
  while (state->pause(stop)) {
    std::string reason;
    try {
      const std::string late = fmt::format("it cannot be opened: no answer for {:g} s", state->options.open_seconds);
      if (!state->expect(state->options.open_seconds, late, stop)) return;
      const auto source = state->open(stop);
      {
        const std::lock_guard lock(state->mutex);
        if (stop.stop_requested()) return;
        state->has_opened = true;
        state->freeze.connected(Clock::now());
      }
      state->bell->ring();
      reason = state->read(*source, stop);
    } catch (const std::exception& e) {
      reason = e.what();
    }
    const std::lock_guard lock(state->mutex);
    if (stop.stop_requested()) return;
    state->lose(reason);
    state->bell->ring();
  }
}

Camera::Camera(Open open, const CameraOptions& options, std::shared_ptr<Bell> bell)
    : state_(std::make_shared<State>(std::move(open), options, std::move(bell))) {
  const std::lock_guard lock(state_->mutex);
  start();
}

Camera::~Camera() {
  std::unique_lock lock(state_->mutex);
  stop_.request_stop();
  state_->condition.wait_for(lock, kGoodbye, [this] { return state_->readers == 0; });
}

// With the mutex held.
void Camera::start() {
  stop_ = std::stop_source();
  std::thread([state = state_, stop = stop_.get_token()] {
    read(state, stop);
    {
      const std::lock_guard lock(state->mutex);
      --state->readers;
    }
    state->condition.notify_all();
  }).detach();
  ++state_->readers;
}

bool Camera::has_opened() const {
  const std::lock_guard lock(state_->mutex);
  return state_->has_opened;
}

bool Camera::was_tried() const {
  const std::lock_guard lock(state_->mutex);
  return state_->has_opened || state_->is_lost;
}

std::optional<Camera::Change> Camera::take_change() {
  const std::lock_guard lock(state_->mutex);
  if (state_->changes.empty()) return std::nullopt;
  Change change = std::move(state_->changes.front());
  state_->changes.pop_front();
  return change;
}

std::optional<Clock::time_point> Camera::waiting_since() const {
  const std::lock_guard lock(state_->mutex);
  if (!state_->newest) return std::nullopt;
  return state_->waiting_since;
}

std::optional<Frame> Camera::take_frame() {
  const std::lock_guard lock(state_->mutex);
  if (state_->newest) state_->pace.took(seconds_of(state_->newest->grabbed));
  return std::exchange(state_->newest, std::nullopt);
}

std::int64_t Camera::dropped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->dropped;
}

void Camera::check(Clock::time_point now) {
  const std::lock_guard lock(state_->mutex);
  if (now <= state_->deadline) return;
  if (!stop_.stop_requested()) {
    stop_.request_stop();
    state_->lose(state_->overdue);
  }
  // Not a thread more for each failure of a driver that never answers: then one of them has to come back first.
  state_->deadline = now + seconds(1);
  if (state_->readers >= kMostReaders) return;
  try {
    start();
  } catch (const std::system_error&) {  // no threads left: later
  }
}

bool is_cut_short(const cv::Mat& image) {
  const int height = image.rows;
  if (height < 8 || image.cols < 8 || image.type() != CV_8UC3) return false;
  const auto* last = image.ptr<unsigned char>(height - 1);
  const auto size = static_cast<std::size_t>(image.cols) * 3;
  const auto repeats = [&](int y) { return std::equal(last, last + size, image.ptr<unsigned char>(y)); };
  for (int y = height - height / 8; y < height; ++y) {
    if (!repeats(y)) return false;
  }
  const bool is_bar =
      (*last == 0 || *last == 255) && std::count(last, last + size, *last) == std::ptrdiff_t{image.cols} * 3;
  return !is_bar && !repeats(0);
}

}  // namespace faceatt
