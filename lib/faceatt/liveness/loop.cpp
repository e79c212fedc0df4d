#include "faceatt/liveness/loop.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace faceatt {
namespace {

// Cells of a face and its surroundings.
struct Part {
  int left, top, right, bottom;

  static Part of(const Box& box, int width, int height) {
    const auto cell = [](float at, int pixels, int cells) {
      return std::clamp(static_cast<int>(at / static_cast<float>(pixels) * static_cast<float>(cells)), 0, cells);
    };
    Part part{cell(box.x, width, MotionGate::kColumns), cell(box.y, height, MotionGate::kRows),
              cell(box.x + box.width, width, MotionGate::kColumns) + 1,
              cell(box.y + box.height, height, MotionGate::kRows) + 1};
    part.right = std::min(part.right, MotionGate::kColumns);
    part.bottom = std::min(part.bottom, MotionGate::kRows);
    return part;
  }
  int cells() const { return (right - left) * (bottom - top); }
};

// Mean difference of two frames in a part of them; any number over `most` as soon as it is over that.
float difference(const std::vector<float>& a, const std::vector<float>& b, const Part& part, float most) {
  const float enough = most * static_cast<float>(part.cells());
  float sum = 0;
  for (int y = part.top; y < part.bottom && sum <= enough; ++y) {
    const auto row = static_cast<std::size_t>(y) * MotionGate::kColumns;
    for (auto x = row + static_cast<std::size_t>(part.left); x < row + static_cast<std::size_t>(part.right); ++x) {
      sum += std::abs(a[x] - b[x]);
    }
  }
  return sum / static_cast<float>(part.cells());
}

}  // namespace

void RecentFrames::add(double seconds, std::span<const float> cells) {
  if (!frames_.empty() && seconds < frames_.back().seconds) frames_.clear();  // a clip that begins anew
  frames_.push_back({seconds, {cells.begin(), cells.end()}});
  while (frames_.front().seconds < seconds - options_.memory_seconds) frames_.pop_front();
}

bool LoopCounter::look(const RecentFrames& recent, const Box& box, int width, int height) {
  const LoopOptions& options = recent.options_;
  const Part part = Part::of(box, width, height);
  if (recent.frames_.empty() || part.cells() <= 0) return false;
  const auto& now = recent.frames_.back();
  if (now.seconds >= last_ && now.seconds - last_ < options.look_seconds) return repeats_;
  const double passed = now.seconds - std::exchange(last_, now.seconds);
  if (passed < 0 || passed > options.longest_gap) under_way_.clear();

  std::vector<Repetition> same;  // from the latest to the oldest
  double moved_at = -1e9;        // when the picture was last quite another
  repeats_ = false;
  for (auto earlier = recent.frames_.rbegin(); earlier != recent.frames_.rend(); ++earlier) {
    const float differs = difference(now.cells, earlier->cells, part, options.moved_levels);
    if (differs >= options.moved_levels) moved_at = std::max(moved_at, earlier->seconds);
    const double lag = now.seconds - earlier->seconds;
    if (lag > options.longest_still && moved_at < 0) break;  // who keeps still so long repeats nothing now
    if (lag < options.least_lag || differs > options.same_levels) continue;
    Repetition repetition{lag, now.seconds, now.seconds};
    for (const Repetition& one : under_way_) {
      if (std::abs(one.lag - lag) <= options.lag_tolerance && one.since < repetition.since) repetition = one;
    }
    repetition.seen = now.seconds;
    same.push_back(repetition);
    repeats_ |= now.seconds - repetition.since >= options.least_run && moved_at >= repetition.since;
  }
  for (const Repetition& one : under_way_) {
    if (one.seen < now.seconds && now.seconds - one.seen <= options.most_missing) same.push_back(one);
  }
  under_way_ = std::move(same);
  if (repeats_) repeated_ += passed;
  return repeats_;
}

}  // namespace faceatt
