// Stage: faces of one frame after the other -> tracks, each one face's stay in the picture.
#pragma once

#include <vector>

#include "faceatt/vision/face.hpp"

namespace faceatt {

struct TrackerOptions {
  double max_gap_seconds = 1.0;  // a face unseen for longer has left
  float min_overlap = 0.2F;      // IoU with the predicted box
};

class Tracker {
 public:
  explicit Tracker(const TrackerOptions& options = {}) : options_(options) {}

  // The track number (from 1, never reused) of each face, in the order given. `seconds` must not go back.
  std::vector<int> update(double seconds, const std::vector<Face>& faces);

  // Tracks that ended: unseen for too long at `seconds`. Each is returned once.
  std::vector<int> take_ended(double seconds);
  // Ends them all.
  std::vector<int> take_all();

 private:
  struct Track {
    int id;
    Box box;
    double seen;           // seconds
    float vx = 0, vy = 0;  // pixels per second of the box's centre
  };
  Box predicted(const Track& track, double seconds) const;

  TrackerOptions options_;
  std::vector<Track> tracks_;
  int next_id_ = 1;
};

}  // namespace faceatt
