// Stage: face -> how much its picture can be trusted.
#pragma once

#include <optional>
#include <string>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"

namespace faceatt {

// How much of a face is hidden, 0 not .. 1 surely; at 0.5 hardly one ordinary face in 300 is, per part.
struct Occlusion {
  float outside = 0;  // the picture's edge cuts the face
  float mouth = 0;    // a mask, a dark spot
  float eyes = 0;     // sunglasses, a bar, hair or a hand over an eye
};

struct Quality {
  float inter_ocular = 0;  // distance of the eyes in pixels of the frame
  float sharpness = 0;     // 0..1, detail lost by blurring: 0.25 to 0.6 for crisp faces, under 0.2 for blurred ones
  float brightness = 0;    // mean of the chip's grey values, 0..255
  float contrast = 0;      // their standard deviation
  // Of head_pose(): 0 frontal, about 0.5 at 45 degrees; pitch minus the frontal 0.55.
  float yaw = 0, pitch = 0;
  float roll = 0;       // degrees, picture plane
  Occlusion occlusion;  // zero until measure_occlusion() is asked

  // 0..100, the worst of the components but occlusion; below 20 nothing should be concluded from the face.
  int percent() const;
};

struct QualityLimits {
  float min_inter_ocular;
  float min_sharpness;
  float min_brightness, max_brightness;
  float max_yaw;
  float max_occlusion;  // of each part; 1 and more: not looked at
};

// A new photo offered for enrolment; one that lies in the people folder already (somebody put it there: only what would
// harm the others is left out); a face to be recognised now.
constexpr QualityLimits kEnrolmentLimits{20, 0.22F, 30, 235, 0.6F, 0.5F};
constexpr QualityLimits kGalleryLimits{10, 0.10F, 15, 248, 1.5F, 1};
constexpr QualityLimits kProbeLimits{8, 0.08F, 12, 250, 1.5F, 1};

Quality measure_quality(const Frame& frame, const Face& face);

// Under a millisecond, and only wanted where a photo is to be enrolled. `face` with refined landmarks
// (Detector::refine). Finds masks, sunglasses, bars and faces cut off in nearly every picture, one hidden eye in most.
// A hand over the mouth it takes for one. Glasses and beards are
// no occlusion. Shares measured: docs/accuracy.md.
Occlusion measure_occlusion(const Frame& frame, const Face& face);

// Why the face is not good enough, with the number and the limit; empty when it is.
std::optional<std::string> quality_problem(const Quality& quality, const QualityLimits& limits);

}  // namespace faceatt
