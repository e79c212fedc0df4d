#include "faceatt/vision/follow.hpp"

#include <algorithm>
#include <chrono>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "faceatt/vision/threads.hpp"

namespace faceatt {
namespace {

constexpr int kViewSide = 8;
// Grey levels, the mean difference of two views. From one look to the next a face changes by 1 to 8, by 25 when a hand
// passes; different faces differ by 25 to 80.
constexpr double kChangedLevels = 32;
constexpr double kChangedLevelsJumped = 18;

}  // namespace

Follower::Follower(Detector& detector, const FollowOptions& options)
    : detector_(detector), options_(options), tracker_(options.tracker) {}

// Whether the whole picture is to be looked at, too.
Follower::Whole Follower::due_of_whole(const Frame& frame, const Motion& motion,
                                       const std::vector<TrackedBox>& tracks) const {
  const double passed = frame.seconds - last_whole_;
  if (motion.cut || passed < 0) return Whole::kFull;
  if (passed < whole_cost_ / options_.whole_share) return Whole::kNone;
  if (is_crowd(tracks.size())) {
    const bool all_relaxed = std::all_of(tracks.begin(), tracks.end(), [&](const TrackedBox& track) {
      const auto state = followed_.find(track.id);
      return state != followed_.end() && state->second.interval > 0 && !state->second.closely;
    });
    const double wanted = !all_relaxed   ? options_.crowd_seconds
                          : motion.moved ? options_.relaxed_crowd_seconds
                                         : options_.relaxed_seconds;
    return passed >= wanted ? Whole::kFull : Whole::kNone;
  }
  if (search_for_ >= 0) {
    const auto longest = static_cast<float>(std::max(frame.image.cols, frame.image.rows));
    return search_for_ >= kGlanceMinFace * longest ? Whole::kGlance : Whole::kFull;
  }
  const double full = motion.moved ? options_.full_seconds : options_.idle_seconds;
  if (frame.seconds - last_full_ >= full) return Whole::kFull;
  const double glance = tracks.empty() ? options_.glance_seconds : options_.company_seconds;
  return motion.moved && passed >= glance ? Whole::kGlance : Whole::kNone;
}

bool Follower::is_near_due(const TrackedBox& track, const Followed& state, double seconds) const {
  const double passed = seconds - state.looked;
  if (state.missed) return passed >= options_.missed_seconds;
  if (state.interval <= 0 || state.closely) return passed >= state.interval;
  if (moved_ && !moved_before_) return true;  // how fast, nobody knows yet
  if (!moved_) return passed >= std::min(state.interval, options_.relaxed_seconds);
  const double calm = options_.relaxed_sizes / std::max(track.speed, 1e-3F);
  return passed >= std::min({state.interval, options_.moving_seconds, calm});
}

std::vector<Face> Follower::look_whole(const Frame& frame, Whole how) {
  const auto begin = std::chrono::steady_clock::now();
  const ThreadsPerCall threads(how == Whole::kFull ? options_.threads : 1);
  std::vector<Face> faces = how == Whole::kFull ? detector_.detect(frame) : detector_.glance(frame);
  ++(how == Whole::kFull ? looks_.full : looks_.glances);
  if (how == Whole::kFull) last_full_ = frame.seconds;
  last_whole_ = frame.seconds;
  search_for_ = -1;
  motion_.set_reference();
  if (options_.is_live) {
    whole_cost_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  return faces;
}

std::vector<Face> Follower::look_near(const Frame& frame, const std::vector<TrackedBox>& tracks) {
  std::vector<Face> faces;
  for (const TrackedBox& track : tracks) {
    Followed& state = followed_[track.id];
    if (!is_near_due(track, state, frame.seconds)) continue;
    state.looked = frame.seconds;
    if (state.closely && frame.seconds - state.detected < options_.carried_seconds) {
      if (const auto face = state.carried.find(frame, track.box.centre())) {
        ++looks_.carried;
        faces.push_back(*face);
        continue;
      }
    }
    state.detected = frame.seconds;
    const auto near = detector_.detect_near(frame, track.box, state.interval > 0 && !state.closely);
    ++looks_.near;
    const bool found = std::any_of(near.begin(), near.end(), [&](const Face& face) {
      return iou(face.box, track.box) >= options_.tracker.min_overlap;
    });
    if (!found && !std::exchange(state.missed, true)) {
      search_for_ = search_for_ < 0 ? track.box.width : std::min(search_for_, track.box.width);
    }
    faces.insert(faces.end(), near.begin(), near.end());
  }
  return without_doubles(std::move(faces));
}

// Against `view`, which becomes what it looks like now.
bool Follower::has_changed(const Frame& frame, const Face& face, bool jumped, cv::Mat& view) {
  const cv::Rect box(static_cast<int>(face.box.x), static_cast<int>(face.box.y), static_cast<int>(face.box.width),
                     static_cast<int>(face.box.height));
  const cv::Rect part = box & cv::Rect(0, 0, frame.image.cols, frame.image.rows);
  if (part.empty()) return false;
  cv::Mat now;
  cv::resize(frame.image(part), now, {kViewSide, kViewSide}, 0, 0, cv::INTER_AREA);
  std::swap(view, now);
  if (now.empty()) return false;
  return cv::norm(view, now, cv::NORM_L1) >
         (jumped ? kChangedLevelsJumped : kChangedLevels) * kViewSide * kViewSide * 3;
}

std::vector<FollowedFace> Follower::update(const Frame& frame) {
  const Motion motion = motion_.look(frame.image);
  saw_cut_ = motion.cut;
  moved_before_ = std::exchange(moved_, motion.moved);
  if (saw_cut_) tracker_.doubt_all();
  const std::vector<TrackedBox> tracks = tracker_.predict(frame.seconds);

  std::vector<Face> faces;
  if (!is_crowd(tracks.size())) faces = look_near(frame, tracks);
  if (const Whole whole = due_of_whole(frame, motion, tracks); whole != Whole::kNone) {
    // What was seen near is kept: the landmarks of two kinds of looks differ a little, and a still face would move.
    const std::size_t near = faces.size();
    for (const Face& face : look_whole(frame, whole)) {
      const bool is_known = std::any_of(faces.begin(), faces.begin() + static_cast<std::ptrdiff_t>(near),
                                        [&](const Face& known) { return is_same_face(known, face); });
      if (!is_known) faces.push_back(face);
    }
  }

  const auto of_faces = tracker_.update(frame.seconds, faces);
  std::vector<FollowedFace> followed;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (of_faces[i].id == 0) continue;
    Followed& state = followed_[of_faces[i].id];
    state.missed = false;
    const bool changed = has_changed(frame, faces[i], of_faces[i].jumped, state.view);
    if (state.closely && state.detected == frame.seconds) state.carried = CarriedFace(frame, faces[i]);
    followed.push_back({faces[i], of_faces[i].id, of_faces[i].doubtful || changed, changed});
  }
  return followed;
}

void Follower::relax(int track, double seconds) {
  followed_[track].interval = seconds;
  followed_[track].closely = false;
}

void Follower::watch_closely(int track, double seconds) {
  followed_[track].interval = seconds;
  followed_[track].closely = true;
}

std::optional<Box> Follower::place_of(int track, double seconds) const {
  const auto state = followed_.find(track);
  if (state != followed_.end() && state->second.missed) return std::nullopt;
  for (const TrackedBox& one : tracker_.predict(seconds)) {
    if (one.id == track) return one.box;
  }
  return std::nullopt;
}

std::vector<int> Follower::take_ended(double seconds) {
  auto ended = tracker_.take_ended(seconds);
  for (const int track : ended) followed_.erase(track);
  return ended;
}

std::vector<int> Follower::take_all() {
  followed_.clear();
  return tracker_.take_all();
}

}  // namespace faceatt
