#include "faceatt/liveness/screen.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/liveness/verdict.hpp"

using namespace faceatt;

namespace {

const Face kFace{{80, 60, 160, 160}, {}, 0.9F};

// Skin: smooth, with grain.
Frame skin() {
  Frame frame;
  frame.image = cv::Mat(300, 320, CV_8UC3);
  cv::RNG(5).fill(frame.image, cv::RNG::NORMAL, cv::Scalar(110, 130, 180), cv::Scalar(12, 12, 12));
  cv::GaussianBlur(frame.image, frame.image, {}, 0.8);
  cv::ellipse(frame.image, {160, 140}, {60, 20}, 20, 0, 360, {60, 60, 90}, cv::FILLED);
  return frame;
}

Frame with_dots(double period, double angle, double depth) {
  Frame frame = skin();
  for (int y = 0; y < frame.image.rows; ++y) {
    for (int x = 0; x < frame.image.cols; ++x) {
      const double along = x * std::cos(angle) + y * std::sin(angle);
      const double gain = 1 + depth * std::sin(2 * CV_PI * along / period);
      for (int c = 0; c < 3; ++c) {
        auto& value = frame.image.at<cv::Vec3b>(y, x)[c];
        value = cv::saturate_cast<uchar>(value * gain);
      }
    }
  }
  return frame;
}

}  // namespace

TEST_CASE("screen: skin has no regular pattern, a screen's dots are one") {
  CHECK(screen_pattern(skin(), kFace) < kScreenPattern);
  for (const double period : {2.6, 3.7, 6.0}) {
    for (const double angle : {0.3, 0.8, 2.1}) {
      INFO(period << " pixels, angle " << angle);
      CHECK(screen_pattern(with_dots(period, angle, 0.08), kFace) > kScreenPatternStill);
    }
  }
}

TEST_CASE("screen: JPEG's blocks and broad stripes are no screen") {
  Frame blocks = skin();
  std::vector<uchar> bytes;
  cv::imencode(".jpg", blocks.image, bytes, {cv::IMWRITE_JPEG_QUALITY, 25});
  blocks.image = cv::imdecode(bytes, cv::IMREAD_COLOR);
  CHECK(screen_pattern(blocks, kFace) < kScreenPattern);
  CHECK(screen_pattern(with_dots(20, 0.5, 0.1), kFace) < kScreenPattern);
}

TEST_CASE("screen: small faces and those at the edge say nothing, or less") {
  CHECK(screen_pattern(skin(), Face{{10, 10, 50, 50}, {}, 0.9F}) == 0);
  CHECK(screen_pattern(skin(), Face{{-500, 10, 160, 160}, {}, 0.9F}) == 0);
  CHECK(screen_pattern(with_dots(3.7, 0.8, 0.08), Face{{230, 200, 160, 160}, {}, 0.9F}) > kScreenPatternStill);
}
