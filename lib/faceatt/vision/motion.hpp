// Whether anything happens before a camera, for a fraction of what looking for faces costs.
#pragma once

#include <opencv2/core/mat.hpp>
#include <span>

namespace faceatt {

struct Motion {
  bool moved = true;  // something differs from the reference, more than noise and a change of exposure do
  bool cut = false;   // another scene than in the frame before: a cut of a clip, a camera that was turned
};

// Compares pictures of 64x36 cells, whatever the size of the frames.
class MotionGate {
 public:
  static constexpr int kColumns = 64, kRows = 36;

  // The frame against the reference and the frame before it. The first frame, and one of another size, has moved.
  Motion look(const cv::Mat& image);
  // The frame looked at last is the reference from now on.
  void set_reference() { reference_ = last_; }
  // The frame looked at last, row by row: grey levels relative to their mean.
  std::span<const float> cells() const { return {last_.ptr<float>(), last_.total()}; }

 private:
  cv::Mat reference_, last_;  // CV_32F, grey levels relative to their mean; empty: none
  cv::Size size_;
};

}  // namespace faceatt
