// Where a face went in the moment since it was detected, by its picture alone: a twentieth of what a look costs.
#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"

namespace faceatt {

class CarriedFace {
 public:
  CarriedFace() = default;
  // A face that the detector saw in this frame.
  CarriedFace(const Frame& frame, const Face& face);

  // The face where it is in a later frame, moved as a whole: box, landmarks. Its brows, eyes and nose are looked for
  // within a third of the distance of its eyes round where it is expected. Empty when they are not there, or look
  // otherwise (turned, covered): then it takes a detector. 0.1 ms.
  std::optional<Face> find(const Frame& frame, Point expected_centre) const;

 private:
  Face face_;
  cv::Mat view_;      // CV_8U, the middle of the face; empty: none
  int shrink_ = 1;    // pixels of the frame to one of the view, each way
  cv::Point corner_;  // of the view in the frame, pixels
};

}  // namespace faceatt
