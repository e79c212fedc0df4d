// Stage: face -> aligned chip, the square picture that an encoder looks at.
#pragma once

#include <array>
#include <opencv2/core/mat.hpp>

#include "faceatt/vision/face.hpp"

namespace faceatt {

// The usual five reference points (two eyes, nose, mouth corners) of a 112x112 chip.
constexpr int kUsualChip = 112;
constexpr std::array<std::array<float, 2>, 5> kUsualPoints = {
    {{38.29F, 51.70F}, {73.53F, 51.50F}, {56.03F, 71.74F}, {41.55F, 92.37F}, {70.73F, 92.20F}}};

// Rows of a 2x3 matrix: x' = a x - b y + tx, y' = b x + a y + ty (rotation, uniform scale, shift).
struct Similarity {
  float a = 1, b = 0, tx = 0, ty = 0;

  float scale() const;
};

// The similarity that brings `from` nearest to `to` in the least-squares sense (closed form; Umeyama 1991 without
// reflection).
Similarity fit_similarity(const std::array<Point, 5>& from, const std::array<std::array<float, 2>, 5>& to);

// A `size` x `size` chip of `image` (CV_8UC3) in which the landmarks lie at `reference`. Outside the image: black.
// Large faces are shrunk by area first, so that fine detail does not alias.
cv::Mat align_face(const cv::Mat& image, const Landmarks& landmarks,
                   const std::array<std::array<float, 2>, 5>& reference, int size);

}  // namespace faceatt
