#include "faceatt/vision/bars.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

using namespace faceatt;

namespace {

// Noise of a dark sensor, and brighter things where the picture is.
cv::Mat frame_with(const cv::Rect& picture) {
  cv::Mat frame = cv::Mat::zeros(480, 640, CV_8UC3);
  cv::RNG(3).fill(frame(picture), cv::RNG::UNIFORM, 6, 200);
  return frame;
}

}  // namespace

TEST_CASE("bars: a picture without any is the whole frame") {
  CHECK(without_bars(frame_with({0, 0, 640, 480})) == cv::Rect(0, 0, 640, 480));
}

TEST_CASE("bars: those at the sides, above and below are left out, and hardly more") {
  for (const cv::Rect picture : {cv::Rect(64, 0, 512, 480), cv::Rect(0, 60, 640, 360), cv::Rect(150, 0, 340, 480)}) {
    const cv::Rect found = without_bars(frame_with(picture));
    CHECK((found & picture) == found);
    CHECK(found.area() > 0.85 * picture.area());
  }
}

TEST_CASE("bars: a dark room is no bar, a black frame keeps its middle") {
  cv::Mat dark(480, 640, CV_8UC3);
  cv::RNG(3).fill(dark, cv::RNG::UNIFORM, 0, 14);
  CHECK(without_bars(dark) == cv::Rect(0, 0, 640, 480));
  CHECK(without_bars(cv::Mat::zeros(480, 640, CV_8UC3)).area() > 0.2 * 640 * 480);
}
