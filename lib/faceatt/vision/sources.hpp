// Frames of one or several sources, as a program's one loop takes them: cameras, always the newest frame of each, or
// clips and folders, every frame in the order of time.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "faceatt/vision/camera.hpp"
#include "faceatt/vision/source_spec.hpp"

namespace faceatt {

struct SourceEvent {
  enum class Kind {
    kFrame,
    kLost,    // a camera delivers nothing any more; it is opened again and again
    kBack,    // it does again
    kFailed,  // an image of a folder cannot be read; the next can
    kIdle,    // nothing until the deadline, or wake() was called
    kEnd,     // all clips and folders are over; never of cameras
  };
  Kind kind = Kind::kIdle;
  std::size_t source = 0;  // its index; of kIdle and kEnd 0
  Frame frame;             // of kFrame. `seconds`: of cameras since Sources began, also after a loss
  std::string reason;      // kLost: without the camera's name; kFailed: the whole message, with the file's name
};

// One thread calls, but for wake().
class Sources {
 public:
  // For tests; else FrameSource::create().
  using Open = std::function<std::unique_ptr<FrameSource>(const std::string& spec, std::stop_token stop)>;

  // Opens them. Of several cameras one that opens is enough: the others are reported lost, and tried again. Throws
  // UsageError for cameras together with clips or folders, Error(kCannotRun) when no camera, or one of the clips and
  // folders, cannot be opened. Of the options, `fps` is for clips and folders too.
  explicit Sources(const std::vector<SourceSpec>& specs, const CameraOptions& options = {}, Open open = {});
  ~Sources();  // at once, but for half a second for each camera that hangs
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // What happened, waiting for it until `deadline`. Cameras: losses first, then the frame of the one that waits
  // longest. Clips and folders: each frame and failure, by time and, at the same time, by index.
  SourceEvent next(std::chrono::steady_clock::time_point deadline);
  // Makes next() return kIdle, the one under way or else the coming one. Any thread may call, but no signal handler.
  void wake();

  // Waits until each has been opened, or could not be.
  void try_all();
  // Whether that is so.
  bool all_were_tried() const;
  bool is_live() const { return !cameras_.empty(); }
  const std::string& name(std::size_t source) const { return names_.at(source); }
  // Frames of a camera that were overwritten by newer ones before next() came for them.
  std::int64_t dropped(std::size_t source) const { return is_live() ? cameras_.at(source)->dropped() : 0; }

 private:
  class Clip;
  void wait_for_a_camera();
  void collect_changes();
  std::optional<SourceEvent> next_of_cameras();
  std::optional<SourceEvent> next_of_clips();

  std::vector<std::string> names_, prefixes_;  // prefixes: what messages about opening begin with
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
  std::atomic<bool> is_woken_ = false;
  std::chrono::steady_clock::time_point began_;
  std::vector<std::unique_ptr<Camera>> cameras_;
  std::deque<SourceEvent> changes_;  // of cameras, not handed over yet
  std::vector<std::unique_ptr<Clip>> clips_;
};

}  // namespace faceatt
