#include "faceatt/liveness/blink.hpp"

#include <algorithm>
#include <vector>

namespace faceatt {
namespace {

constexpr double kBaselineQuantile = 0.8;
constexpr int kShutSamples = 2;
constexpr float kLeastBaseline = 0.35F;  // eyes that never look open say nothing

}  // namespace

std::optional<float> BlinkCounter::baseline() const {
  if (recent_.size() < 3 || recent_.back().seconds - recent_.front().seconds < options_.min_baseline_seconds)
    return std::nullopt;
  std::vector<float> values;
  values.reserve(recent_.size());
  for (const Sample& s : recent_) values.push_back(s.openness);
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(kBaselineQuantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  if (*at < kLeastBaseline) return std::nullopt;
  return *at;
}

// By time, not by samples: of closed eyes there may be more.
bool BlinkCounter::is_steady() const {
  const float open = options_.reopened * baseline_at_closing_;
  double low = 0, all = 0;
  for (std::size_t i = 0; i + 1 < recent_.size() && recent_[i + 1].seconds <= *closed_since_; ++i) {
    const double lasted = recent_[i + 1].seconds - recent_[i].seconds;
    all += lasted;
    if (recent_[i].openness < open) low += lasted;
  }
  return low <= options_.max_unsteady * all;
}

// How much a sample counts as one of shut eyes.
int BlinkCounter::shut_weight(float openness, float likeness) const {
  if (likeness >= options_.changed) return 0;
  const float part = openness / baseline_at_closing_;
  return part < options_.quite_shut ? kShutSamples : part < options_.shut ? 1 : 0;
}

bool BlinkCounter::add(double seconds, float openness, float likeness) {
  const Sample before = recent_.empty() ? Sample{seconds, openness} : recent_.back();
  if (seconds - before.seconds > options_.max_gap_seconds) closed_since_.reset();
  const auto open = baseline();
  recent_.push_back({seconds, openness});
  while (recent_.front().seconds < seconds - options_.baseline_seconds) recent_.pop_front();

  if (!closed_since_) {
    if (!open || openness >= options_.closed * *open) return false;
    baseline_at_closing_ = *open;
    closed_since_ = crossing(before, recent_.back());
    shut_samples_ = 0;
  }
  const float low = options_.closed * baseline_at_closing_;
  closed_until_ = openness < low ? seconds : before.openness < low ? crossing(before, recent_.back()) : closed_until_;
  shut_samples_ += shut_weight(openness, likeness);
  if (openness <= options_.reopened * baseline_at_closing_) return false;

  const double closed = closed_until_ - *closed_since_;
  const bool is_blink = closed >= options_.min_closed_seconds && closed <= options_.max_closed_seconds &&
                        shut_samples_ >= kShutSamples && can_count() && is_steady() &&
                        *closed_since_ - opened_ >= options_.min_open_seconds;
  opened_ = closed_until_;
  closed_since_.reset();
  blinks_ += is_blink;
  return is_blink;
}

// When the openness between two samples was where closing begins.
double BlinkCounter::crossing(const Sample& a, const Sample& b) const {
  const float low = options_.closed * baseline_at_closing_;
  const double part = std::clamp<double>((low - a.openness) / (b.openness - a.openness), 0, 1);
  return a.openness == b.openness ? b.seconds : a.seconds + part * (b.seconds - a.seconds);
}

bool BlinkCounter::is_open() const {
  const auto open = baseline();
  return !closed_since_ && open && recent_.back().openness > options_.reopened * *open;
}

double BlinkCounter::rate() const {
  if (recent_.size() < 3) return 0;
  const double passed = recent_.back().seconds - recent_.front().seconds;
  return passed > 0 ? static_cast<double>(recent_.size() - 1) / passed : 0;
}

}  // namespace faceatt
