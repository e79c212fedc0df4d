// Does a face repeat what it did before, to the grey level? A recording shown over and over does; nobody else can.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/motion.hpp"

namespace faceatt {

struct LoopOptions {
  double memory_seconds = 12;   // longer loops are not seen
  double look_seconds = 0.09;   // between two looks
  double least_lag = 0.5;       // seconds after which it comes again, at least
  double least_run = 2.0;       // seconds that have to be the same
  float same_levels = 0.9F;     // mean difference of two frames of one picture, grey levels: noise
  float moved_levels = 4.0F;    // it went so far meanwhile: who keeps still repeats nothing
  double longest_still = 4.0;   // seconds; a repetition has moved since
  double lag_tolerance = 0.04;  // seconds; cameras drop frames
  double most_missing = 0.15;   // seconds in which it need not be seen: the frame of then was dropped
  double longest_gap = 0.35;    // seconds between two looks at a repetition
};

// The latest frames of one camera, as cells of MotionGate.
class RecentFrames {
 public:
  explicit RecentFrames(const LoopOptions& options = {}) : options_(options) {}
  void add(double seconds, std::span<const float> cells);

 private:
  friend class LoopCounter;
  struct Past {
    double seconds;
    std::vector<float> cells;
  };
  LoopOptions options_;
  std::deque<Past> frames_;
};

// Of one face.
class LoopCounter {
 public:
  // The frame added last, in which the face is at `box`; `width` and `height` of the frame in pixels. Returns whether a
  // repetition is under way. Looks at every third frame of 30 a second or so; 0.4 ms at most, when nothing moves.
  bool look(const RecentFrames& recent, const Box& box, int width, int height);
  // Seconds that were repetitions of earlier ones.
  double repeated_seconds() const { return repeated_; }

 private:
  struct Repetition {
    double lag;    // seconds after which it came again; the same all the time
    double since;  // seconds when that began
    double seen;   // when it was so last
  };
  std::vector<Repetition> under_way_;
  double last_ = -1e9, repeated_ = 0;
  bool repeats_ = false;
};

}  // namespace faceatt
