#include "faceatt/vision/carry.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace faceatt {
namespace {

constexpr float kEyesApart = 20;             // pixels of the view, about
constexpr float kWide = 1.9F, kHigh = 1.5F;  // the view, in distances of the eyes
constexpr float kReach = 0.35F;              // how far it is looked for, in distances of the eyes
constexpr float kAbove = 0.45F;              // part of the view above the line of the eyes
constexpr double kLeastLike = 0.95;          // normalised correlation
constexpr double kLeastDeviation = 4;        // grey levels; a view with less could be anywhere

// Grey, `shrink` times smaller.
cv::Mat shrunk(const cv::Mat& image, const cv::Rect& part, int shrink) {
  cv::Mat small, grey;
  cv::resize(image(part), small, {part.width / shrink, part.height / shrink}, 0, 0, cv::INTER_AREA);
  cv::cvtColor(small, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

// Where the highest of three neighbouring values lies between them: -0.5 .. 0.5.
float peak(float before, float top, float after) {
  const float bend = before - 2 * top + after;
  return bend < 0 ? std::clamp(0.5F * (before - after) / bend, -0.5F, 0.5F) : 0;
}

}  // namespace

CarriedFace::CarriedFace(const Frame& frame, const Face& face) : face_(face) {
  const float apart = face.landmarks.inter_ocular();
  shrink_ = std::max(1, static_cast<int>(std::lround(apart / kEyesApart)));
  const Point left = face.landmarks.left_eye, right = face.landmarks.right_eye;
  const auto whole = [this](float sizes, float of) { return static_cast<int>(sizes * of) / shrink_ * shrink_; };
  const int width = whole(kWide, apart), height = whole(kHigh, apart);
  corner_ = {static_cast<int>((left.x + right.x) / 2) - width / 2,
             static_cast<int>((left.y + right.y) / 2 - kAbove * static_cast<float>(height))};
  const cv::Rect part(corner_, cv::Size(width, height));
  if (part.empty() || (part & cv::Rect({0, 0}, frame.image.size())) != part) return;
  const cv::Mat view = shrunk(frame.image, part, shrink_);
  cv::Scalar mean, deviation;
  cv::meanStdDev(view, mean, deviation);
  if (deviation[0] >= kLeastDeviation) view_ = view;
}

std::optional<Face> CarriedFace::find(const Frame& frame, Point expected_centre) const {
  if (view_.empty()) return std::nullopt;
  const Point was = face_.box.centre();
  const int reach = static_cast<int>(kReach * face_.landmarks.inter_ocular()) / shrink_ + 1;  // pixels of the view
  const auto steps = [this](float pixels) {
    return static_cast<int>(std::lround(pixels / static_cast<float>(shrink_)));
  };
  const int dx = steps(expected_centre.x - was.x), dy = steps(expected_centre.y - was.y);
  const cv::Rect part(corner_.x + (dx - reach) * shrink_, corner_.y + (dy - reach) * shrink_,
                      (view_.cols + 2 * reach) * shrink_, (view_.rows + 2 * reach) * shrink_);
  if ((part & cv::Rect({0, 0}, frame.image.size())) != part) return std::nullopt;
  cv::Mat map;
  cv::matchTemplate(shrunk(frame.image, part, shrink_), view_, map, cv::TM_CCOEFF_NORMED);
  double most = 0;
  cv::Point at;
  cv::minMaxLoc(map, nullptr, &most, nullptr, &at);
  const bool is_inside = at.x > 0 && at.y > 0 && at.x + 1 < map.cols && at.y + 1 < map.rows;
  if (!(most >= kLeastLike) || !is_inside) return std::nullopt;
  const auto value = [&](int x, int y) { return map.at<float>(at.y + y, at.x + x); };
  const auto pixels = [&](int whole, float rest) {
    return (static_cast<float>(whole - reach) + rest) * static_cast<float>(shrink_);
  };
  const float x = pixels(dx + at.x, peak(value(-1, 0), value(0, 0), value(1, 0)));
  const float y = pixels(dy + at.y, peak(value(0, -1), value(0, 0), value(0, 1)));
  Face face = face_;
  face.box.x += x;
  face.box.y += y;
  auto& points = face.landmarks;
  for (Point* point : {&points.left_eye, &points.right_eye, &points.nose, &points.left_mouth, &points.right_mouth}) {
    point->x += x;
    point->y += y;
  }
  return face;
}

}  // namespace faceatt
