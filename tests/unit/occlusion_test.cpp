#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/vision/align.hpp"
#include "faceatt/vision/quality.hpp"

using namespace faceatt;

namespace {

constexpr int kScale = 2, kBorder = 20;  // pixels of the drawing per pixel of the chip; chip pixels round it

int on_canvas(int chip) { return kScale * (chip + kBorder); }

void fill(cv::Mat& image, const cv::Rect& part, double grey) {
  cv::rectangle(image, {on_canvas(part.x), on_canvas(part.y), kScale * part.width, kScale * part.height},
                cv::Scalar::all(grey), cv::FILLED);
}

struct Drawing {
  Frame frame;
  Face face;
};

// A face of flat skin with what faces have: brows, whites of the eyes, irises, nostrils and a mouth.
Drawing draw() {
  Drawing d;
  d.frame.image = cv::Mat(on_canvas(132), on_canvas(132), CV_8UC3, cv::Scalar::all(170));
  cv::Mat& image = d.frame.image;
  for (const int eye : {38, 74}) {
    fill(image, {eye - 11, 42, 22, 4}, 80);
    fill(image, {eye - 8, 49, 16, 6}, 215);
    fill(image, {eye - 3, 48, 6, 7}, 40);
    fill(image, {eye - 9, 47, 18, 2}, 60);
  }
  fill(image, {50, 76, 4, 2}, 90);
  fill(image, {58, 76, 4, 2}, 90);
  fill(image, {42, 89, 28, 6}, 125);
  fill(image, {42, 92, 28, 2}, 60);
  cv::GaussianBlur(image, image, {}, kScale);
  std::array<Point, 5> p;
  for (std::size_t i = 0; i < 5; ++i)
    p[i] = {kScale * (kUsualPoints[i][0] + kBorder), kScale * (kUsualPoints[i][1] + kBorder)};
  d.face.landmarks = {p[0], p[1], p[2], p[3], p[4]};
  return d;
}

Occlusion of(const Drawing& d) { return measure_occlusion(d.frame, d.face); }

std::string problem(const Occlusion& occlusion, const QualityLimits& limits) {
  Quality fine;
  fine.inter_ocular = 60;
  fine.sharpness = 0.5F;
  fine.brightness = 128;
  fine.occlusion = occlusion;
  return quality_problem(fine, limits).value_or("fine");
}

}  // namespace

TEST_CASE("occlusion: a face that shows is not covered") {
  const Occlusion o = of(draw());
  CHECK(o.outside == 0);
  CHECK(o.mouth < 0.4F);
  CHECK(o.eyes < 0.4F);
  CHECK(problem(o, kEnrolmentLimits) == "fine");
}

TEST_CASE("occlusion: light does not count") {
  for (const double gain : {0.4, 1.15}) {
    Drawing d = draw();
    d.frame.image.convertTo(d.frame.image, -1, gain);
    CHECK(of(d).mouth < 0.5F);
    CHECK(of(d).eyes < 0.5F);
  }
}

TEST_CASE("occlusion: a mask over the mouth") {
  for (const double grey : {225.0, 170.0, 35.0}) {
    Drawing d = draw();
    fill(d.frame.image, {15, 68, 82, 60}, grey);
    CHECK(of(d).mouth > 0.5F);
    CHECK(of(d).outside == 0);
    CHECK_THAT(problem(of(d), kEnrolmentLimits), Catch::Matches("mouth covered: [01]\\.[0-9]{2}, at most 0\\.50"));
  }
}

TEST_CASE("occlusion: sunglasses and bars") {
  for (const double grey : {20.0, 60.0, 170.0}) {
    Drawing d = draw();
    fill(d.frame.image, {22, 40, 68, 24}, grey);
    CHECK(of(d).eyes > 0.5F);
    CHECK(of(d).mouth < 0.5F);
    CHECK_THAT(problem(of(d), kEnrolmentLimits), Catch::StartsWith("eyes covered: "));
  }
}

TEST_CASE("occlusion: one eye is enough, whichever") {
  for (const int eye : {38, 74}) {
    for (const double grey : {30.0, 170.0}) {
      Drawing d = draw();
      fill(d.frame.image, {eye - 14, 38, 28, 26}, grey);
      CHECK(of(d).eyes > 0.5F);
    }
  }
}

TEST_CASE("occlusion: a face cut by the edge of the picture") {
  const Drawing whole = draw();
  const int nose = on_canvas(56);
  for (const cv::Rect& part :
       {cv::Rect(0, 0, nose, whole.frame.image.rows), cv::Rect(0, 0, whole.frame.image.cols, on_canvas(84))}) {
    Drawing d = whole;
    d.frame.image = whole.frame.image(part).clone();
    CHECK(of(d).outside > 0.9F);
    CHECK_THAT(problem(of(d), kEnrolmentLimits), Catch::StartsWith("face cut off by the edge of the picture: 1.00"));
  }
  // The chin just inside is fine.
  Drawing d = whole;
  d.frame.image = whole.frame.image.rowRange(0, on_canvas(106)).clone();
  CHECK(of(d).outside == 0);
}

TEST_CASE("occlusion: landmarks that make no sense do no harm") {
  Drawing d = draw();
  const Point p = d.face.landmarks.nose;
  d.face.landmarks = {p, p, p, p, p};
  CHECK(of(d).eyes <= 1);
  d.face.landmarks = {{-9000, 0}, {-8900, 0}, {-8950, 50}, {-8990, 90}, {-8910, 90}};
  CHECK(of(d).outside == 1);
}

TEST_CASE("occlusion keeps a face out of enrolment only") {
  const Occlusion hidden{1, 1, 1};
  CHECK(problem(hidden, kEnrolmentLimits) != "fine");
  CHECK(problem(hidden, kGalleryLimits) == "fine");
  CHECK(problem(hidden, kProbeLimits) == "fine");
  // Nor is it looked at where nobody asked.
  Drawing d = draw();
  fill(d.frame.image, {22, 40, 68, 24}, 20);
  CHECK(measure_quality(d.frame, d.face).occlusion.eyes == 0);
}
