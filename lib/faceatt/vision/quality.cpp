#include "faceatt/vision/quality.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "faceatt/vision/align.hpp"
#include "faceatt/vision/pose.hpp"

namespace faceatt {
namespace {

constexpr double kReblurSigma = 2;    // pixels of the chip
constexpr double kLeastGradient = 1;  // grey levels; a flat picture has no detail
// Eyes so far apart in the frame that the chip at twice its size shows real detail, and what makes its sharpness
// comparable: crisp faces have 0.32 there (webcams 0.19) and more, blurred ones under 0.17.
constexpr float kLargeFace = 70;  // pixels
constexpr float kLargeFaceGain = 1.3F;
// From the brows to the chin. The rim of the chip may lie outside the picture, and that edge would look sharp.
const cv::Rect kInnerFace(24, 36, 64, 68);

// 0 at `low`, 1 at `high`, linear between.
float ramp(float value, float low, float high) { return std::clamp((value - low) / (high - low), 0.0F, 1.0F); }

double mean_gradient(const cv::Mat& grey) {
  cv::Mat dx, dy;
  cv::Sobel(grey, dx, CV_32F, 1, 0, 3);
  cv::Sobel(grey, dy, CV_32F, 0, 1, 3);
  return cv::mean(cv::abs(dx) + cv::abs(dy))[0];
}

// How much of its detail a picture loses when it is blurred: a blurred one has little left to lose. After Crete et al.
// 2007, "The blur effect: perception and estimation with a new no-reference perceptual blur metric". Neither lighting
// nor contrast counts.
float focus_of(const cv::Mat& grey) {
  cv::Mat blurred;
  cv::GaussianBlur(grey, blurred, {}, kReblurSigma);
  const double before = mean_gradient(grey);
  return before > kLeastGradient ? static_cast<float>(1 - mean_gradient(blurred) / before) : 0;
}

// Brows to chin of the aligned chip, `scale` times its usual size.
cv::Mat inner_face(const Frame& frame, const Landmarks& points, int scale) {
  auto reference = kUsualPoints;
  for (auto& point : reference) {
    for (float& value : point) value *= static_cast<float>(scale);
  }
  const cv::Mat chip = align_face(frame.image, points, reference, kUsualChip * scale);
  const cv::Rect inner(kInnerFace.tl() * scale, kInnerFace.size() * scale);
  cv::Mat grey;
  cv::cvtColor(chip(inner), grey, cv::COLOR_BGR2GRAY);
  return grey;
}

}  // namespace

int Quality::percent() const {
  const float worst = std::min({ramp(inter_ocular, 4, 32), ramp(sharpness, 0.04F, 0.30F), ramp(brightness, 10, 60),
                                1 - ramp(brightness, 215, 252), ramp(contrast, 4, 24),
                                1 - ramp(std::abs(yaw), 0.25F, 1.0F), 1 - ramp(std::abs(pitch), 0.2F, 0.7F)});
  return static_cast<int>(std::lround(100 * worst));
}

Quality measure_quality(const Frame& frame, const Face& face) {
  const auto& points = face.landmarks;
  Quality quality;
  quality.inter_ocular = points.inter_ocular();

  const float dx = points.right_eye.x - points.left_eye.x, dy = points.right_eye.y - points.left_eye.y;
  quality.roll = std::atan2(dy, dx) * 57.29578F;
  const auto pose = head_pose(points);
  quality.yaw = pose ? pose->yaw : 0;
  quality.pitch = pose ? pose->pitch - 0.55F : 1.0F;

  const cv::Mat grey = inner_face(frame, points, 1);
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  quality.brightness = static_cast<float>(mean[0]);
  quality.contrast = static_cast<float>(deviation[0]);
  quality.sharpness = focus_of(grey);
  // Scaled down to the chip, a large face hides much of its blur.
  if (quality.inter_ocular >= kLargeFace) {
    quality.sharpness = std::min(quality.sharpness, kLargeFaceGain * focus_of(inner_face(frame, points, 2)));
  }
  return quality;
}

std::optional<std::string> quality_problem(const Quality& quality, const QualityLimits& limits) {
  if (quality.inter_ocular < limits.min_inter_ocular) {
    return fmt::format("face too small: eyes {:.0f} px apart, {:.0f} needed", quality.inter_ocular,
                       limits.min_inter_ocular);
  }
  if (quality.brightness < limits.min_brightness) {
    return fmt::format("too dark: brightness {:.0f}, {:.0f} needed", quality.brightness, limits.min_brightness);
  }
  if (quality.brightness > limits.max_brightness) {
    return fmt::format("overexposed: brightness {:.0f}, at most {:.0f}", quality.brightness, limits.max_brightness);
  }
  if (quality.sharpness < limits.min_sharpness) {
    return fmt::format("blurred: sharpness {:.2f}, {:.2f} needed", quality.sharpness, limits.min_sharpness);
  }
  if (std::abs(quality.yaw) > limits.max_yaw) {
    return fmt::format("turned away: yaw {:.2f}, at most {:.2f}", std::abs(quality.yaw), limits.max_yaw);
  }
  const auto hidden = [&](const char* what, float value) {
    return fmt::format("{}: {:.2f}, at most {:.2f}", what, value, limits.max_occlusion);
  };
  const Occlusion& o = quality.occlusion;
  if (o.outside > limits.max_occlusion) return hidden("face cut off by the edge of the picture", o.outside);
  // What covers one may cast doubt on the other, too.
  if (std::max(o.eyes, o.mouth) > limits.max_occlusion) {
    return o.eyes >= o.mouth ? hidden("eyes covered", o.eyes) : hidden("mouth covered", o.mouth);
  }
  return std::nullopt;
}

}  // namespace faceatt
