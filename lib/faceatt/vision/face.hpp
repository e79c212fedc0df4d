// A detected face. Coordinates are pixels of the upright frame, origin top left; boxes may reach outside the frame.
#pragma once

#include <array>

namespace faceatt {

struct Point {
  float x = 0, y = 0;
};

struct Box {
  float x = 0, y = 0, width = 0, height = 0;

  float area() const { return width > 0 && height > 0 ? width * height : 0; }
  Point centre() const { return {x + width / 2, y + height / 2}; }
};

float intersection_area(const Box& a, const Box& b);
// Intersection over union, 0..1.
float iou(const Box& a, const Box& b);

// In the order of the usual five reference points. "Left" and "right" are as seen in the picture.
struct Landmarks {
  Point left_eye, right_eye, nose, left_mouth, right_mouth;

  std::array<Point, 5> points() const { return {left_eye, right_eye, nose, left_mouth, right_mouth}; }
  float inter_ocular() const;  // distance of the eye points in pixels
};

struct Face {
  Box box;
  Landmarks landmarks;
  float score = 0;  // the detector's confidence, 0..1
};

}  // namespace faceatt
