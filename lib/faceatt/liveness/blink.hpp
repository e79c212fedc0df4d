// Blinks in a signal of eye openness over time.
#pragma once

#include <deque>
#include <optional>

namespace faceatt {

struct BlinkOptions {
  double baseline_seconds = 5;        // how far back the open-eye baseline looks
  double min_baseline_seconds = 0.4;  // open eyes must have been seen this long before a closing counts
  float closed = 0.60F;               // closing below this part of the baseline
  float shut = 0.45F;                 // a blink goes below this part of it at least once
  float reopened = 0.75F;             // open again above this part of it
  float changed =
      0.94F;  // and in that moment makes the eyes look less than this like the open ones (EyeMemory::likeness)
  double min_closed_seconds = 0.09;  // from the last open sample to the next one: a single bad frame is no blink
  double max_closed_seconds = 0.6;   // longer is not a blink but closed eyes
  double max_unsteady =
      0.35;  // part of the baseline's time that may be below `reopened`: eyes that flicker are misread
  double max_gap_seconds = 0.2;  // between samples; a longer gap forgets the closing
};

// Time-based, so that it does not depend on the frame rate: eyes that were open, close and open again within a blink's
// time. The baseline is a high quantile of the openness of the last seconds: narrow eyes or glasses lower it, not the
// count.
class BlinkCounter {
 public:
  explicit BlinkCounter(const BlinkOptions& options = {}) : options_(options) {}

  // One sample; `seconds` must not go back. Returns true when it completes a blink. `likeness` to the open eyes is not
  // asked for when it is 0.
  bool add(double seconds, float openness, float likeness = 0);
  // The eyes could not be read: a closing under way is forgotten.
  void interrupt() { closed_since_.reset(); }

  int blinks() const { return blinks_; }
  // Samples per second over the baseline's time; 0 when there are too few. Below about 8 blinks are missed.
  double rate() const;

 private:
  struct Sample {
    double seconds;
    float openness;
  };
  std::optional<float> baseline() const;
  bool is_steady(float baseline) const;
  bool is_shut(float openness, float likeness) const;

  BlinkOptions options_;
  std::deque<Sample> recent_;
  std::optional<double> closed_since_;
  float baseline_at_closing_ = 0;
  bool was_shut_ = false;  // in the closing under way
  int blinks_ = 0;
};

}  // namespace faceatt
