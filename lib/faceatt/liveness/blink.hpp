// Blinks in a signal of eye openness over time.
#pragma once

#include <deque>
#include <optional>

namespace faceatt {

struct BlinkOptions {
  double baseline_seconds = 5;        // how far back the open-eye baseline looks
  double min_baseline_seconds = 0.4;  // open eyes must have been seen this long before a closing counts
  float closed = 0.60F;               // closing below this part of the baseline
  float shut = 0.45F;                 // a blink goes below this part of it in two samples at least,
  float quite_shut = 0.30F;           // or below this one in one
  float reopened = 0.75F;             // open again above this part of it
  float changed =
      0.965F;  // and in that moment makes the eyes look less than this like the open ones (EyeMemory::likeness)
  double min_closed_seconds = 0.05;  // between the samples interpolated: a single bad frame of 22 a second is no blink
  double max_closed_seconds = 0.6;   // longer is not a blink but closed eyes
  double min_open_seconds = 0.15;    // since the closing before: closed eyes that are misread flicker faster
  double max_unsteady = 0.45;  // part of the baseline's time before that may be below `reopened`: eyes that flicker are
                               // misread
  double max_gap_seconds = 0.15;  // between samples; a longer gap forgets the closing
  double min_rate = 8;            // samples per second: with fewer, a blink falls between two of them
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
  // Samples per second over the baseline's time; 0 when there are too few.
  double rate() const;
  // The eyes were as open as usual in the latest sample.
  bool is_open() const;
  // Blinks are counted: enough samples a second.
  bool can_count() const { return rate() >= options_.min_rate; }

 private:
  struct Sample {
    double seconds;
    float openness;
  };
  std::optional<float> baseline() const;
  bool is_steady() const;
  double crossing(const Sample& a, const Sample& b) const;
  int shut_weight(float openness, float likeness) const;

  BlinkOptions options_;
  std::deque<Sample> recent_;
  std::optional<double> closed_since_;
  double closed_until_ = 0;  // so far
  double opened_ = -1e9;     // seconds, when the closing before ended
  float baseline_at_closing_ = 0;
  int shut_samples_ = 0;  // in the closing under way
  int blinks_ = 0;
};

}  // namespace faceatt
