#include "faceatt/vision/motion.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

using namespace faceatt;

namespace {

// A wall with a door, under a camera's noise.
cv::Mat room(int noise_seed, double light = 0, double noise = 6) {
  cv::Mat image(480, 640, CV_8UC3, cv::Scalar(90, 100, 110));
  cv::rectangle(image, {400, 100, 120, 300}, cv::Scalar(40, 60, 80), cv::FILLED);
  cv::Mat grain(image.size(), CV_16SC3), sum;
  cv::RNG random(static_cast<std::uint64_t>(noise_seed));
  random.fill(grain, cv::RNG::NORMAL, light, noise);
  cv::add(image, grain, sum, cv::noArray(), CV_8UC3);
  return sum;
}

}  // namespace

TEST_CASE("motion: the first frame has moved, a still room has not") {
  MotionGate gate;
  CHECK(gate.look(room(1)).moved);
  gate.set_reference();
  for (int i = 2; i < 40; ++i) {
    const Motion motion = gate.look(room(i));
    CHECK_FALSE(motion.moved);
    CHECK_FALSE(motion.cut);
  }
}

TEST_CASE("motion: a change of exposure is no motion") {
  MotionGate gate;
  gate.look(room(1));
  gate.set_reference();
  for (int i = 0; i <= 20; ++i) CHECK_FALSE(gate.look(room(i, i)).moved);
}

TEST_CASE("motion: somebody at the far end of the room is") {
  MotionGate gate;
  gate.look(room(1));
  gate.set_reference();
  cv::Mat image = room(2);
  cv::rectangle(image, {300, 200, 25, 50}, cv::Scalar(150, 170, 220), cv::FILLED);
  const Motion motion = gate.look(image);
  CHECK(motion.moved);
  CHECK_FALSE(motion.cut);
  CHECK(gate.look(image).moved);  // until it is the reference
  gate.set_reference();
  CHECK_FALSE(gate.look(image).moved);
}

TEST_CASE("motion: another scene is a cut, once") {
  MotionGate gate;
  CHECK_FALSE(gate.look(room(1)).cut);
  cv::Mat other;
  cv::flip(room(2), other, 1);
  other(cv::Rect(0, 0, 640, 240)) = cv::Scalar(220, 220, 220);
  CHECK(gate.look(other).cut);
  CHECK_FALSE(gate.look(other).cut);
}

TEST_CASE("motion: a frame of another size is another scene, a dark picture is none") {
  MotionGate gate;
  gate.look(room(1));
  gate.set_reference();
  cv::Mat large;
  cv::resize(room(2), large, {1280, 720});
  const Motion motion = gate.look(large);
  CHECK(motion.cut);
  CHECK(motion.moved);
  gate.set_reference();
  CHECK_FALSE(gate.look(large).moved);

  MotionGate dark;
  dark.look(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(2)));
  dark.set_reference();
  CHECK_FALSE(dark.look(cv::Mat(480, 640, CV_8UC3, cv::Scalar::all(5))).moved);
}
