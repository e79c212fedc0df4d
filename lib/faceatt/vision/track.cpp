#include "faceatt/vision/track.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace faceatt {
namespace {

constexpr float kVelocityGain = 0.3F;       // exponential smoothing
constexpr double kMaxPredictSeconds = 0.5;  // how far ahead a velocity is believed

}  // namespace

Box Tracker::predicted(const Track& track, double seconds) const {
  const float ahead = static_cast<float>(std::min(seconds - track.seen, kMaxPredictSeconds));
  return {track.box.x + track.vx * ahead, track.box.y + track.vy * ahead, track.box.width, track.box.height};
}

std::vector<int> Tracker::update(double seconds, const std::vector<Face>& faces) {
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
  std::sort(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return std::get<0>(a) > std::get<0>(b); });

  std::vector<int> ids(faces.size(), 0);
  std::vector<bool> taken(tracks_.size(), false);
  for (const auto& [overlap, t, f] : pairs) {
    if (taken[t] || ids[f] != 0) continue;
    taken[t] = true;
    Track& track = tracks_[t];
    ids[f] = track.id;
    const auto passed = static_cast<float>(seconds - track.seen);
    if (passed > 0) {
      const Point was = track.box.centre(), is = faces[f].box.centre();
      track.vx += kVelocityGain * ((is.x - was.x) / passed - track.vx);
      track.vy += kVelocityGain * ((is.y - was.y) / passed - track.vy);
    }
    track.box = faces[f].box;
    track.seen = seconds;
  }
  for (std::size_t f = 0; f < faces.size(); ++f) {
    if (ids[f] != 0) continue;
    ids[f] = next_id_++;
    tracks_.push_back({ids[f], faces[f].box, seconds});
  }
  return ids;
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
  for (const Track& track : tracks_) ended.push_back(track.id);
  tracks_.clear();
  return ended;
}

}  // namespace faceatt
