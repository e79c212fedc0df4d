// How old frames are when they have been dealt with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace faceatt {

// Quantiles of any number of durations, to the millisecond below, in fixed memory. What is over 10 s counts as 10 s.
class LagMeter {
 public:
  void add(double seconds);
  // Seconds that this share (0..1) of the durations was at most; empty when there is none.
  std::optional<double> quantile(double share) const;

 private:
  std::array<std::int64_t, 10'001> counts_{};  // by milliseconds
  std::int64_t count_ = 0;
};

}  // namespace faceatt
