#include "faceatt/vision/quality.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <opencv2/imgproc.hpp>

using namespace faceatt;

namespace {

// A frontal face with its eyes `eyes` pixels apart, in a picture of random patches about as large as features are.
struct Drawing {
  Frame frame;
  Face face;
};

Drawing draw(float eyes = 60, double grey = 128, double contrast = 40, float patch = 1) {
  const float s = eyes / 35;
  Drawing d;
  const int side = static_cast<int>(160 * s);
  cv::Mat noise(static_cast<int>(static_cast<float>(side) / patch) + 1,
                static_cast<int>(static_cast<float>(side) / patch) + 1, CV_8UC3);
  cv::RNG random(5);
  random.fill(noise, cv::RNG::NORMAL, grey, contrast);
  cv::cvtColor(noise, noise, cv::COLOR_BGR2GRAY);
  cv::resize(noise, noise, {side, side}, 0, 0, cv::INTER_CUBIC);
  cv::cvtColor(noise, d.frame.image, cv::COLOR_GRAY2BGR);
  const auto at = [&](float x, float y) { return Point{(24 + x) * s, (24 + y) * s}; };
  d.face.landmarks = {at(38.3F, 51.6F), at(73.5F, 51.6F), at(55.9F, 73.2F), at(41.5F, 92.3F), at(70.3F, 92.3F)};
  d.face.box = {24 * s, 24 * s, 112 * s, 112 * s};
  return d;
}

Quality measured(const Drawing& d) { return measure_quality(d.frame, d.face); }

// Problem with the enrolment limits, or "fine".
std::string problem(const Drawing& d) { return quality_problem(measured(d), kEnrolmentLimits).value_or("fine"); }

}  // namespace

TEST_CASE("quality: a good picture is fine") {
  const Quality q = measured(draw());
  CHECK(q.inter_ocular == Approx(60).margin(1));
  CHECK(q.brightness == Approx(128).margin(10));
  CHECK(q.contrast > 15);
  CHECK(std::abs(q.yaw) < 0.02F);
  CHECK(std::abs(q.pitch) < 0.05F);
  CHECK(std::abs(q.roll) < 0.5F);
  CHECK(q.percent() >= 60);
  CHECK(problem(draw()) == "fine");
}

TEST_CASE("quality: too small") {
  CHECK_THAT(problem(draw(12)), Catch::StartsWith("face too small: eyes 12 px apart, 20 needed"));
  CHECK(measured(draw(12)).percent() < measured(draw(60)).percent());
  CHECK(measured(draw(4)).percent() < 20);
}

TEST_CASE("quality: too dark and overexposed") {
  CHECK_THAT(problem(draw(60, 12, 5)), Catch::StartsWith("too dark"));
  CHECK_THAT(problem(draw(60, 252, 5)), Catch::StartsWith("overexposed"));
  CHECK(measured(draw(60, 8, 3)).percent() < 20);
  CHECK(measured(draw(60, 253, 5)).percent() < 20);
}

TEST_CASE("quality: blur lowers the sharpness, light and contrast do not") {
  const float crisp = measured(draw(60)).sharpness;
  Drawing blurred = draw(60);
  cv::GaussianBlur(blurred.frame.image, blurred.frame.image, {}, 12);
  CHECK(measured(blurred).sharpness < 0.2F * crisp);
  CHECK_THAT(problem(blurred), Catch::StartsWith("blurred"));
  const float darker = measured(draw(60, 80, 40)).sharpness;
  const float flatter = measured(draw(60, 128, 20)).sharpness;
  CHECK(darker == Approx(crisp).epsilon(0.15));
  CHECK(flatter == Approx(crisp).epsilon(0.15));
}

TEST_CASE("quality: an even picture has no detail") {
  const Quality q = measured(draw(60, 128, 0));
  CHECK(q.sharpness == 0);
  CHECK(q.percent() == 0);
}

TEST_CASE("quality: a turned head") {
  Drawing left = draw(), right = draw();
  left.face.landmarks.nose.x -= 50;
  right.face.landmarks.nose.x += 50;
  CHECK(measured(left).yaw < -0.5F);
  CHECK(measured(right).yaw > 0.5F);
  CHECK_THAT(problem(left), Catch::StartsWith("turned away"));
  CHECK_THAT(problem(right), Catch::StartsWith("turned away"));
  CHECK(measured(right).percent() < 50);
}

TEST_CASE("quality: a nodding head") {
  Drawing up = draw();
  up.face.landmarks.nose.y -= 30;
  CHECK(measured(up).pitch < -0.2F);
  CHECK(measured(up).percent() < measured(draw()).percent());
}

TEST_CASE("quality: roll is the angle of the eyes, and changes nothing else") {
  const Drawing straight = draw();
  for (const float degrees : {-30.0F, 20.0F, 80.0F}) {
    Drawing d = straight;
    const float r = degrees / 57.29578F;
    const Point c = straight.face.landmarks.nose;
    auto& l = d.face.landmarks;
    for (Point* p : {&l.left_eye, &l.right_eye, &l.nose, &l.left_mouth, &l.right_mouth}) {
      const float x = p->x - c.x, y = p->y - c.y;
      *p = {c.x + std::cos(r) * x - std::sin(r) * y, c.y + std::sin(r) * x + std::cos(r) * y};
    }
    const Quality q = measured(d);
    CHECK(q.roll == Approx(degrees).margin(0.5));
    CHECK(std::abs(q.yaw) < 0.02F);
    CHECK(std::abs(q.pitch) < 0.05F);
  }
}

TEST_CASE("quality: landmarks that make no sense are no good and do no harm") {
  Drawing d = draw();
  const Point p = d.face.landmarks.nose;
  d.face.landmarks = {p, p, p, p, p};
  CHECK(measured(d).percent() == 0);
  CHECK(problem(d) != "fine");
  d.face.landmarks = {{-9000, 0}, {-8900, 0}, {-8950, 50}, {-8990, 90}, {-8910, 90}};
  CHECK(measured(d).percent() == 0);
}

TEST_CASE("quality limits grow weaker from enrolment to the gallery to a probe") {
  for (const float eyes : {9.0F, 15.0F}) {
    const Quality q = measured(draw(eyes));
    CHECK(quality_problem(q, kEnrolmentLimits));
    CHECK_FALSE(quality_problem(q, kProbeLimits));
  }
  CHECK(kGalleryLimits.min_inter_ocular >= kProbeLimits.min_inter_ocular);
}
