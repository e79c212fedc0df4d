// Which way a head is turned, from its five landmarks, as a measure that a flat picture cannot change.
#pragma once

#include <optional>

#include "faceatt/vision/face.hpp"

namespace faceatt {

// Where the nose is in the plane of eyes and mouth: an affine map of the picture changes neither number, so a print or
// a screen that is turned, tilted or held askew does not either. Only a nose that stands out of that plane moves in it.
struct HeadPose {
  // From the middle of the eyes along the line of the eyes, in distances of the eyes; about 0.0 straight ahead, 0.2 at
  // 25 degrees. Positive: the nose points to the right of the picture, which is the person's left.
  float yaw = 0;
  // From the line of the eyes down towards the mouth, 0 .. 1; about 0.55 straight ahead, more when the head is lowered.
  float pitch = 0;
};

// Empty when the mouth is not below the eyes.
std::optional<HeadPose> head_pose(const Landmarks& points);

}  // namespace faceatt
