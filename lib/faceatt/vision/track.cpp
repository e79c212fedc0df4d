#include "faceatt/vision/track.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace faceatt {
namespace {

constexpr float kVelocityGain = 0.4F;       // exponential smoothing
constexpr float kJump = 2;                  // face widths
constexpr float kJumpRatio = 1.5F;          // of the widths before and after
constexpr double kMaxPredictSeconds = 0.5;  // how far ahead a velocity is believed
constexpr double kSureGapSeconds = 0.35;    // long enough for one person to step before another
constexpr float kSureOverlap = 0.3F;  // IoU; a face is seen every tenth of a second and hardly moves by half its size
constexpr float kMeeting = 0.15F;     // part of the smaller box that the other covers

}  // namespace

Box Tracker::predicted(const Track& track, double seconds) const {
  const float ahead = static_cast<float>(std::min(seconds - track.seen, kMaxPredictSeconds));
  return {track.box.x + track.vx * ahead, track.box.y + track.vy * ahead, track.box.width, track.box.height};
}

// Two faces that cover each other may come apart the other way round.
bool Tracker::meets_another(const Track& track, double seconds) const {
  return std::any_of(tracks_.begin(), tracks_.end(), [&](const Track& other) {
    if (other.id == track.id || seconds - other.seen > options_.max_gap_seconds) return false;
    const Box box = predicted(other, seconds);
    return intersection_area(track.box, box) > kMeeting * std::min(track.box.area(), box.area());
  });
}

std::vector<TrackOfFace> Tracker::update(double seconds, const std::vector<Face>& faces) {
  // Greedy: the pairs that overlap most first.
  std::vector<std::tuple<float, std::size_t, std::size_t>> pairs;
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    if (seconds - tracks_[t].seen > options_.max_gap_seconds) continue;
    const Box where = predicted(tracks_[t], seconds);
    for (std::size_t f = 0; f < faces.size(); ++f) {
      const float overlap = std::max(iou(where, faces[f].box), iou(tracks_[t].box, faces[f].box));
      if (overlap >= options_.min_overlap) pairs.emplace_back(overlap, t, f);
    }
  }
  const auto most_first = [](const auto& a, const auto& b) { return std::get<0>(a) > std::get<0>(b); };
  std::sort(pairs.begin(), pairs.end(), most_first);

  std::vector<TrackOfFace> result(faces.size(), {0, false, false});
  std::vector<bool> taken(tracks_.size(), false);
  const auto assign = [&](float overlap, std::size_t t, std::size_t f) {
    if (taken[t] || result[f].id != 0) return;
    taken[t] = true;
    Track& track = tracks_[t];
    const double passed = seconds - track.seen;
    const bool jumped = passed > kSureGapSeconds || overlap < kSureOverlap;
    result[f] = {track.id, jumped || std::exchange(track.in_doubt, false), jumped};
    if (passed > 0) {
      const Point was = track.box.centre(), is = faces[f].box.centre();
      track.vx += kVelocityGain * ((is.x - was.x) / static_cast<float>(passed) - track.vx);
      track.vy += kVelocityGain * ((is.y - was.y) / static_cast<float>(passed) - track.vy);
    }
    track.box = faces[f].box;
    track.seen = seconds;
  };
  for (const auto& [overlap, t, f] : pairs) assign(overlap, t, f);
  // Whoever started to run is farther on than expected: the nearest pairs of one size that are left.
  pairs.clear();
  for (std::size_t t = 0; t < tracks_.size(); ++t) {
    if (taken[t] || seconds - tracks_[t].seen > kSureGapSeconds) continue;
    for (std::size_t f = 0; f < faces.size(); ++f) {
      if (result[f].id != 0) continue;
      const Box &was = tracks_[t].box, &is = faces[f].box;
      const float size = std::max(was.width, 1.0F), ratio = is.width / size;
      const float far = std::hypot(is.centre().x - was.centre().x, is.centre().y - was.centre().y) / size;
      if (far <= kJump && ratio > 1 / kJumpRatio && ratio < kJumpRatio) pairs.emplace_back(-far, t, f);
    }
  }
  std::sort(pairs.begin(), pairs.end(), most_first);
  for (const auto& [nearness, t, f] : pairs) assign(0, t, f);
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (result[f].id != 0 || faces[f].score < options_.newcomer_score) continue;
    result[f].id = next_id_++;
    tracks_.push_back({result[f].id, faces[f].box, seconds});
  }
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (result[f].id == 0) continue;
    const auto track =
        std::find_if(tracks_.begin(), tracks_.end(), [&](const Track& one) { return one.id == result[f].id; });
    result[f].doubtful |= meets_another(*track, seconds);
  }
  return result;
}

std::vector<TrackedBox> Tracker::predict(double seconds) const {
  std::vector<TrackedBox> boxes;
  for (const Track& track : tracks_) {
    const float speed = std::hypot(track.vx, track.vy) / std::max(track.box.width, 1.0F);
    boxes.push_back({track.id, predicted(track, seconds), track.seen, speed});
  }
  return boxes;
}

void Tracker::doubt_all() {
  for (Track& track : tracks_) track.in_doubt = true;
}

std::vector<int> Tracker::take_ended(double seconds) {
  std::vector<int> ended;
  std::erase_if(tracks_, [&](const Track& track) {
    const bool gone = seconds - track.seen > options_.max_gap_seconds;
    if (gone) ended.push_back(track.id);
    return gone;
  });
  return ended;
}

std::vector<int> Tracker::take_all() {
  std::vector<int> ended;
  ended.reserve(tracks_.size());
  for (const Track& track : tracks_) ended.push_back(track.id);
  tracks_.clear();
  return ended;
}

}  // namespace faceatt
