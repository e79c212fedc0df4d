// Stage: faces of one frame after the other -> tracks, each one face's stay in the picture.
#pragma once

#include <vector>

#include "faceatt/vision/face.hpp"

namespace faceatt {

struct TrackerOptions {
  double max_gap_seconds = 1.0;  // a face unseen for longer has left
  float min_overlap = 0.2F;      // IoU with the predicted box
  float newcomer_score = 0;      // least Face::score of a face that begins a track
};

// Where a face is believed to be, by its speed.
struct TrackedBox {
  int id = 0;
  Box box;
  double seen = 0;  // seconds, when it was seen last
  float speed = 0;  // in its own sizes per second
};

struct TrackOfFace {
  int id;         // from 1, never reused; 0: of none, its score is too low to begin one
  bool doubtful;  // place alone does not tell whose face it is: it jumped, or met another
  bool jumped;    // it was out of sight, or is not where it should be
};

class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {}) : options_(options) {}

  // The track of each face, in the order given. `seconds` must not go back. Tracks that nobody looked for just stay
  // unseen.
  std::vector<TrackOfFace> update(double seconds, const std::vector<Face>& faces);

  // Tracks that have not ended, where they should be at `seconds`.
  std::vector<TrackedBox> predict(double seconds) const;

  // The scene has changed at once: every face seen next is doubtful.
  void doubt_all();

  // Tracks that ended: unseen for too long at `seconds`. Each is returned once.
  std::vector<int> take_ended(double seconds);
  // Ends them all.
  std::vector<int> take_all();

 private:
  struct Track {
    int id = 0;
    Box box;
    double seen = 0;       // seconds
    float vx = 0, vy = 0;  // pixels per second of the box's centre
    bool in_doubt = false;
  };
  Box predicted(const Track& track, double seconds) const;
  bool meets_another(const Track& track, double seconds) const;

  TrackerOptions options_;
  std::vector<Track> tracks_;
  int next_id_ = 1;
};

}  // namespace faceatt
