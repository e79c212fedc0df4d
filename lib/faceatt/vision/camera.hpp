// A live source that is kept alive for months: read in a thread of its own, always the newest frame, opened again
// whenever it is lost.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "faceatt/vision/video.hpp"

namespace faceatt {

// Lets one thread wait for news from several. Any thread may call.
class Bell {
 public:
  void ring();
  // Until it rings (also if it rang since the last call) or `deadline`.
  void wait_until(std::chrono::steady_clock::time_point deadline);

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  bool rang_ = false;
};

// Holds a sequence of times down to `rate` per second on the average: a late one may be followed by one sooner.
class Pace {
 public:
  explicit Pace(double rate = 0) : interval_(rate > 0 ? 1 / rate : 0) {}  // 0: all
  bool wants(double seconds) const;
  void took(double seconds);

 private:
  double interval_;
  std::optional<double> due_;
};

struct CameraOptions {
  double fps = 0;               // frames per second of a source to hand over at most; 0: all
  double open_seconds = 15;     // an attempt to open that takes longer hangs
  double stall_seconds = 5;     // without a frame: lost
  double damaged_seconds = 30;  // without an undamaged one: lost
  double frozen_seconds = 30;   // the same picture, to the bit (but for a dark one), for so long: lost; 0: never
  double first_retry = 0.5;     // seconds before it is opened again, doubled after each failure...
  double longest_retry = 30;    // ...up to this
};

// One thread calls; what it calls never waits for the camera.
class Camera {
 public:
  using Clock = std::chrono::steady_clock;
  // Opens the source, in a thread of the camera; may throw, or hang. It may outlive the camera, and so may a source
  // that hangs.
  using Open = std::function<std::unique_ptr<FrameSource>(std::stop_token)>;
  struct Change {
    bool is_lost;        // else it is back: a good frame has come
    std::string reason;  // of the loss
  };

  // Begins to open it. `bell` rings when there is something to take.
  Camera(Open open, const CameraOptions& options, std::shared_ptr<Bell> bell);
  ~Camera();  // waits 0.5 s for the camera's thread, then leaves it behind
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  // True once it has been opened for the first time.
  bool has_opened() const;
  // True once it has been opened, or could not be.
  bool was_tried() const;
  // The oldest change not taken yet. A camera begins neither lost nor back. Of a caller that takes none for long only
  // the newest are kept.
  std::optional<Change> take_change();
  // Since when a frame waits to be taken; empty when none does.
  std::optional<Clock::time_point> waiting_since() const;
  // The newest frame that nobody took yet; none after a loss. Frame::seconds is not set.
  std::optional<Frame> take_frame();
  // Frames that were overwritten by newer ones before anybody took them.
  std::int64_t dropped() const;
  // The watchdog: gives up a thread that hangs and starts another. To be called every second or so.
  void check(Clock::time_point now);

 private:
  struct State;
  static void read(const std::shared_ptr<State>& state, const std::stop_token& stop);
  void start();

  std::shared_ptr<State> state_;
  std::stop_source stop_;  // of the thread at work
};

// Whether the rows of the lowest eighth of an 8-bit BGR picture are all the same, to the bit: what libjpeg makes of a
// JPEG that was cut short. Black and white rows do not count, bars and lamps are so; nor does a picture that is so up
// to its top.
bool is_cut_short(const cv::Mat& image);

}  // namespace faceatt
