// Stage: frames -> faces with their tracks. Looks at the whole picture now and then, and in between only where faces
// are: that costs a tenth.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "faceatt/vision/carry.hpp"
#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/motion.hpp"
#include "faceatt/vision/track.hpp"

namespace faceatt {

struct FollowOptions {
  TrackerOptions tracker{1.0, 0.2F, 0.7F};
  // Seconds between two looks. Newcomers are looked for with glances, small ones with a full look now and then; all of
  // it rarely while nothing moves.
  double glance_seconds = 0.2;
  double company_seconds = 0.4;  // between two glances while somebody is followed already
  double full_seconds = 1.0;
  double idle_seconds = 2.0;
  // At most, between two looks at a face that need not be seen in every frame: while nothing moves, while something
  // does, and it should not have moved by more of its size.
  double relaxed_seconds = 0.3;
  double moving_seconds = 0.15;
  float relaxed_sizes = 0.25F;
  double missed_seconds = 0.2;  // at a face that was not where it should be
  // A face that is watched closely is detected so often, in between it is carried along by its picture.
  double carried_seconds = 0.25;
  // So many faces cost more to look for one by one than all together: then the whole picture is looked at instead.
  int crowd = 8;
  double crowd_seconds = 0.06;
  double relaxed_crowd_seconds = 0.2;  // while something moves and no face has to be seen in every frame
  int threads = 1;                     // of the processor, for a full look
  // A camera must not fall behind: the looks at the whole picture take at most this part of the time.
  bool is_live = false;
  double whole_share = 0.35;
};

struct FollowedFace {
  Face face;
  int track = 0;
  bool doubtful = false;  // as TrackOfFace, or `changed`
  bool changed = false;   // it looks quite different from when it was seen last
};

class Follower {
 public:
  // The detector must outlive the follower.
  Follower(Detector& detector, const FollowOptions& options);

  // The faces seen in this frame. Tracks are not looked for in every frame, see relax().
  std::vector<FollowedFace> update(const Frame& frame);
  // The frame looked at last was of another scene than the one before: every face in it is doubtful.
  bool saw_cut() const { return saw_cut_; }
  // The frame looked at last, see MotionGate::cells().
  std::span<const float> cells() const { return motion_.cells(); }
  // It is enough to see this face so often, in seconds, or `relaxed_seconds` if that is less: roughly, to know where it
  // is. 0: in every frame, as new ones are.
  void relax(int track, double seconds);
  // It is to be seen so often, in seconds, and exactly.
  void watch_closely(int track, double seconds);

  // Where the face of a track should be; empty when it was missed there or the track has ended.
  std::optional<Box> place_of(int track, double seconds) const;

  // As of the tracker.
  std::vector<int> take_ended(double seconds);
  std::vector<int> take_all();

  struct Looks {
    int full = 0, glances = 0, near = 0, carried = 0;
  };
  const Looks& looks() const { return looks_; }

 private:
  struct Followed {
    double looked = -1e9;    // seconds, when it was looked for last
    double interval = 0;     // seconds between two looks, 0: every frame
    bool closely = false;    // the interval is not to be stretched, and landmarks are wanted
    bool missed = false;     // it was not where it should be
    double detected = -1e9;  // seconds, when it was looked for last with the detector
    CarriedFace carried;     // of then, of those that are watched closely
    cv::Mat view;            // what it looked like when it was seen last, 8x8 in colour
  };
  enum class Whole { kNone, kGlance, kFull };
  Whole due_of_whole(const Frame& frame, const Motion& motion, const std::vector<TrackedBox>& tracks) const;
  bool is_near_due(const TrackedBox& track, const Followed& state, double seconds) const;
  bool is_crowd(std::size_t faces) const { return std::cmp_greater_equal(faces, options_.crowd); }
  static bool has_changed(const Frame& frame, const Face& face, bool jumped, cv::Mat& view);
  std::vector<Face> look_near(const Frame& frame, const std::vector<TrackedBox>& tracks);
  std::vector<Face> look_whole(const Frame& frame, Whole how);

  Detector& detector_;
  FollowOptions options_;
  Tracker tracker_;
  MotionGate motion_;
  std::map<int, Followed> followed_;  // by track
  float search_for_ = -1;             // width of the smallest face missed just now; negative: none
  double last_full_ = -1e9, last_whole_ = -1e9;
  double whole_cost_ = 0;  // seconds, of a camera only
  bool saw_cut_ = false, moved_ = true, moved_before_ = true;
  Looks looks_;
};

}  // namespace faceatt
