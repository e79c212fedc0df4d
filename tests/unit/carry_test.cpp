#include "faceatt/vision/carry.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

using namespace faceatt;

namespace {

constexpr float kApart = 80;  // pixels between the eyes

// A blurred pattern stands for a face; `at` is the point between its eyes.
Frame frame_with_face(cv::Point at, double noise = 0, double angle = 0) {
  cv::Mat pattern(240, 240, CV_8UC3);
  cv::RNG(7).fill(pattern, cv::RNG::UNIFORM, 0, 255);
  cv::GaussianBlur(pattern, pattern, {}, 9);
  cv::normalize(pattern, pattern, 30, 220, cv::NORM_MINMAX);
  cv::warpAffine(pattern, pattern, cv::getRotationMatrix2D({120, 96}, angle, 1), pattern.size(), cv::INTER_LINEAR,
                 cv::BORDER_REPLICATE);
  Frame frame;
  frame.image = cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(90));
  pattern.copyTo(frame.image(cv::Rect(at - cv::Point(120, 96), pattern.size())));
  cv::Mat grain(frame.image.size(), CV_8UC3);
  cv::RNG(11).fill(grain, cv::RNG::NORMAL, 0, noise);
  frame.image += grain;
  return frame;
}

Face face_at(Point at) {
  Face face;
  face.box = {at.x - 90, at.y - 80, 180, 220};
  face.landmarks = {{at.x - kApart / 2, at.y},
                    {at.x + kApart / 2, at.y},
                    {at.x, at.y + 40},
                    {at.x - 30, at.y + 80},
                    {at.x + 30, at.y + 80}};
  face.score = 0.9F;
  return face;
}

std::optional<Face> carried(const Frame& later, Point expected) {
  return CarriedFace(frame_with_face({300, 220}), face_at({300, 220})).find(later, face_at(expected).box.centre());
}

}  // namespace

TEST_CASE("carry: a face that moved is found with its box and landmarks, to a part of a pixel of the view") {
  for (const cv::Point moved : {cv::Point(0, 0), cv::Point(11, -7), cv::Point(-20, 16)}) {
    const auto face = carried(frame_with_face(cv::Point(300, 220) + moved, 3), {300, 220});
    REQUIRE(face);
    const auto x = static_cast<float>(300 + moved.x), y = static_cast<float>(220 + moved.y);
    CHECK(face->landmarks.left_eye.x == Approx(x - kApart / 2).margin(1));
    CHECK(face->landmarks.right_mouth.y == Approx(y + 80).margin(1));
    CHECK(face->box.x == Approx(x - 90).margin(1));
    CHECK(face->box.width == 180);
  }
}

TEST_CASE("carry: it is looked for where it is expected, however far that is") {
  const auto face = carried(frame_with_face({400, 250}), {392, 256});
  REQUIRE(face);
  CHECK(face->landmarks.left_eye.x == Approx(400 - kApart / 2).margin(1));
  CHECK_FALSE(carried(frame_with_face({400, 250}), {300, 220}));
}

TEST_CASE("carry: a face that turned, is covered or gone is left to the detector") {
  CHECK_FALSE(carried(frame_with_face({300, 220}, 0, 40), {300, 220}));
  Frame covered = frame_with_face({300, 220});
  cv::rectangle(covered.image, {290, 150, 100, 200}, cv::Scalar(140, 160, 200), cv::FILLED);
  CHECK_FALSE(carried(covered, {300, 220}));
  Frame empty;
  empty.image = cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(90));
  CHECK_FALSE(carried(empty, {300, 220}));
}

TEST_CASE("carry: nothing is found of a face at the edge, a flat one, or none at all") {
  CHECK_FALSE(CarriedFace().find(frame_with_face({300, 220}), {300, 220}));
  const Frame frame = frame_with_face({300, 220});
  CHECK_FALSE(CarriedFace(frame, face_at({30, 10})).find(frame, face_at({30, 10}).box.centre()));
  CHECK_FALSE(carried(frame, {630, 470}));
  Frame flat;
  flat.image = cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(90));
  CHECK_FALSE(CarriedFace(flat, face_at({300, 220})).find(flat, face_at({300, 220}).box.centre()));
}
