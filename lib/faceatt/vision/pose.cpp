#include "faceatt/vision/pose.hpp"

namespace faceatt {
namespace {

constexpr float kLeastHeight = 0.1F;  // of the mouth below the eyes, in distances of the eyes

}  // namespace

std::optional<HeadPose> head_pose(const Landmarks& points) {
  const Point eyes{(points.left_eye.x + points.right_eye.x) / 2, (points.left_eye.y + points.right_eye.y) / 2};
  const Point across{points.right_eye.x - points.left_eye.x, points.right_eye.y - points.left_eye.y};
  const Point down{(points.left_mouth.x + points.right_mouth.x) / 2 - eyes.x,
                   (points.left_mouth.y + points.right_mouth.y) / 2 - eyes.y};
  const Point nose{points.nose.x - eyes.x, points.nose.y - eyes.y};
  // nose = yaw * across + pitch * down
  const float area = across.x * down.y - across.y * down.x;
  const float apart = points.inter_ocular();
  if (!(area > kLeastHeight * apart * apart)) return std::nullopt;
  return HeadPose{(nose.x * down.y - nose.y * down.x) / area, (across.x * nose.y - across.y * nose.x) / area};
}

}  // namespace faceatt
