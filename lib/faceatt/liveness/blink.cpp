#include "faceatt/liveness/blink.hpp"

#include <algorithm>
#include <vector>

namespace faceatt {
namespace {

constexpr double kBaselineQuantile = 0.8;
constexpr float kLeastBaseline = 0.35F;  // eyes that never look open say nothing

}  // namespace

std::optional<float> BlinkCounter::baseline() const {
  if (recent_.size() < 3 || recent_.back().seconds - recent_.front().seconds < options_.min_baseline_seconds)
    return std::nullopt;
  std::vector<float> values;
  for (const Sample& s : recent_) values.push_back(s.openness);
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(kBaselineQuantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  if (*at < kLeastBaseline) return std::nullopt;
  return *at;
}

bool BlinkCounter::is_steady(float baseline) const {
  const auto low = std::count_if(recent_.begin(), recent_.end(),
                                 [&](const Sample& s) { return s.openness < options_.reopened * baseline; });
  return static_cast<double>(low) <= options_.max_unsteady * static_cast<double>(recent_.size());
}

bool BlinkCounter::is_shut(float openness, float likeness) const {
  return openness < options_.shut * baseline_at_closing_ && likeness < options_.changed;
}

bool BlinkCounter::add(double seconds, float openness, float likeness) {
  const double before = recent_.empty() ? seconds : recent_.back().seconds;
  if (!recent_.empty() && seconds - recent_.back().seconds > options_.max_gap_seconds) closed_since_.reset();
  const auto open = baseline();
  recent_.push_back({seconds, openness});
  while (recent_.front().seconds < seconds - options_.baseline_seconds) recent_.pop_front();

  if (closed_since_) {
    was_shut_ = was_shut_ || is_shut(openness, likeness);
    if (openness > options_.reopened * baseline_at_closing_) {
      const double closed = seconds - *closed_since_;
      const bool is_blink = closed >= options_.min_closed_seconds && closed <= options_.max_closed_seconds &&
                            was_shut_ && is_steady(baseline_at_closing_);
      closed_since_.reset();
      blinks_ += is_blink;
      return is_blink;
    }
  } else if (open && openness < options_.closed * *open) {
    closed_since_ = before;
    baseline_at_closing_ = *open;
    was_shut_ = is_shut(openness, likeness);
  }
  return false;
}

double BlinkCounter::rate() const {
  if (recent_.size() < 3) return 0;
  const double passed = recent_.back().seconds - recent_.front().seconds;
  return passed > 0 ? static_cast<double>(recent_.size() - 1) / passed : 0;
}

}  // namespace faceatt
