#include "faceatt/vision/face.hpp"

#include <algorithm>
#include <cmath>

namespace faceatt {

float intersection_area(const Box& a, const Box& b) {
  const float width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const float height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

float iou(const Box& a, const Box& b) {
  const float both = intersection_area(a, b);
  const float either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0;
}

float Landmarks::inter_ocular() const { return std::hypot(right_eye.x - left_eye.x, right_eye.y - left_eye.y); }

}  // namespace faceatt
