#include "faceatt/vision/align.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <opencv2/core.hpp>

using namespace faceatt;

namespace {

using Reference = std::array<std::array<float, 2>, 5>;

constexpr Reference kReference = {
    {{38.29F, 51.70F}, {73.53F, 51.50F}, {56.03F, 71.74F}, {41.55F, 92.37F}, {70.73F, 92.20F}}};
constexpr int kSize = 112;

// Where a picture must have its landmarks for the chip to have them at kReference: chip = scale * R * picture + shift.
Landmarks landmarks_for(float scale, float degrees, float x, float y) {
  const float r = degrees / 57.29578F, c = std::cos(r), s = std::sin(r);
  std::array<Point, 5> p;
  for (std::size_t i = 0; i < 5; ++i) {
    const float u = (kReference[i][0] - kSize / 2.0F) / scale, v = (kReference[i][1] - kSize / 2.0F) / scale;
    p[i] = {x + c * u + s * v, y - s * u + c * v};
  }
  return {p[0], p[1], p[2], p[3], p[4]};
}

// Soft dots with sub-pixel centres.
cv::Mat dots(int width, int height, const Landmarks& landmarks, float radius) {
  cv::Mat image(height, width, CV_8UC3, cv::Scalar::all(0));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float value = 0;
      for (const Point p : landmarks.points()) {
        const float d = std::hypot(static_cast<float>(x) - p.x, static_cast<float>(y) - p.y) / radius;
        value += 255 * std::exp(-d * d);
      }
      image.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<unsigned char>(std::min(255.0F, value)));
    }
  }
  return image;
}

// Distance of the dot in the chip from where the reference has it.
float error_at(const cv::Mat& chip, const std::array<float, 2>& wanted) {
  const int cx = static_cast<int>(std::lround(wanted[0])), cy = static_cast<int>(std::lround(wanted[1]));
  double sum = 0, sx = 0, sy = 0;
  for (int y = cy - 8; y <= cy + 8; ++y) {
    for (int x = cx - 8; x <= cx + 8; ++x) {
      const double value = chip.at<cv::Vec3b>(y, x)[1];
      sum += value;
      sx += value * x;
      sy += value * y;
    }
  }
  if (sum < 1000) return 99;
  return static_cast<float>(
      std::hypot(sx / sum - static_cast<double>(wanted[0]), sy / sum - static_cast<double>(wanted[1])));
}

}  // namespace

TEST_CASE("fit_similarity recovers a known similarity") {
  const Similarity known{0.8F, -0.3F, 12.5F, -40};
  const std::array<Point, 5> from = {{{10, 20}, {90, 25}, {55, 60}, {20, 99}, {80, 95}}};
  Reference to{};
  for (std::size_t i = 0; i < 5; ++i) {
    to[i] = {known.a * from[i].x - known.b * from[i].y + known.tx,
             known.b * from[i].x + known.a * from[i].y + known.ty};
  }
  const Similarity found = fit_similarity(from, to);
  CHECK(found.a == Approx(known.a).margin(1e-5));
  CHECK(found.b == Approx(known.b).margin(1e-5));
  CHECK(found.tx == Approx(known.tx).margin(1e-3));
  CHECK(found.ty == Approx(known.ty).margin(1e-3));
  CHECK(found.scale() == Approx(std::hypot(0.8, 0.3)).margin(1e-5));
}

TEST_CASE("fit_similarity of points in one place is finite") {
  const std::array<Point, 5> from{};
  const Similarity found = fit_similarity(from, kReference);
  CHECK(std::isfinite(found.a));
  CHECK(std::isfinite(found.tx));
}

TEST_CASE("align_face puts the landmarks where they belong") {
  struct Case {
    float scale, degrees;
  };
  for (const auto& [scale, degrees] : {Case{1, 0}, Case{1, 30}, Case{0.7F, -20}, Case{2, 10}, Case{0.45F, 15},
                                       Case{0.25F, 0}, Case{0.25F, 25}, Case{0.22F, -40}, Case{0.3F, 90}}) {
    INFO("scale " << scale << " degrees " << degrees);
    const Landmarks landmarks = landmarks_for(scale, degrees, 401.3F, 352.8F);
    const cv::Mat image = dots(800, 700, landmarks, 3 / scale);
    const cv::Mat chip = align_face(image, landmarks, kReference, kSize);
    REQUIRE(chip.size() == cv::Size(kSize, kSize));
    REQUIRE(chip.type() == CV_8UC3);
    for (const auto& point : kReference) CHECK(error_at(chip, point) < 0.25F);
  }
}

TEST_CASE("align_face shrinks without aliasing") {
  // One-pixel stripes, shrunk four times, are an even grey.
  cv::Mat stripes(800, 800, CV_8UC3);
  for (int x = 0; x < stripes.cols; ++x) stripes.col(x).setTo(cv::Scalar::all(x % 2 * 255));
  const cv::Mat chip = align_face(stripes, landmarks_for(0.25F, 0, 400, 400), kReference, kSize);
  double least = 0, most = 0;
  cv::minMaxIdx(chip.reshape(1), &least, &most);
  CHECK(least > 120);
  CHECK(most < 136);
}

TEST_CASE("align_face at and beyond the edge of the picture is black there") {
  const cv::Mat white(300, 300, CV_8UC3, cv::Scalar::all(255));
  for (const float scale : {1.0F, 0.25F}) {
    const cv::Mat chip = align_face(white, landmarks_for(scale, 0, 0, 150), kReference, kSize);
    CHECK(chip.at<cv::Vec3b>(56, 5)[0] == 0);
    CHECK(chip.at<cv::Vec3b>(56, 106)[0] == (scale < 1 ? chip.at<cv::Vec3b>(56, 106)[0] : 255));
    CHECK(chip.at<cv::Vec3b>(56, 65)[0] == 255);
    const cv::Mat outside = align_face(white, landmarks_for(scale, 0, -5000, -5000), kReference, kSize);
    CHECK(cv::countNonZero(outside.reshape(1)) == 0);
  }
}
