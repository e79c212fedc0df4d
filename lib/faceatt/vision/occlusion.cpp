// Is a face covered? Each cue below is one number of the aligned chip; its limit is what 3 of 1000 ordinary faces of
// LFW reach. No network and no training: what hides a face is mostly flat where a face is not, or darker than skin.
#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "faceatt/vision/align.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {
namespace {

// Parts of the chip (112x112, points as kUsualPoints).
constexpr int kEyeWidth = 21, kEyeHeight = 14, kEyeTop = 45;
constexpr int kLeftEye = 28, kRightEye = 64;
const cv::Rect kLeftCheek(30, 66, 12, 12), kRightCheek(70, 66, 12, 12);
const cv::Rect kMouth(40, 80, 33, 24);
const cv::Rect kLowerFace(36, 82, 40, 26), kBetweenEyes(46, 50, 20, 10);
const cv::Rect kInnerFace(24, 36, 64, 68);

constexpr double kDarkest = 8;  // grey levels; keeps ratios of dark pictures sane

// Limits of the cues.
constexpr double kOutside = 0.05;       // share of the inner face outside the picture; ordinary faces: 0
constexpr double kMouthLine = 0.040;    // steepest step from row to row between nose and chin; median 0.15
constexpr double kLowerShade = 0.72;    // |log| of the lower face's brightness against that between the eyes
constexpr double kEyeDetail = 0.018;    // mean step from column to column at the flatter eye
constexpr double kEyeContrast = 0.110;  // deviation at the flatter eye, against its own mean
constexpr double kEyeRange = 0.34;      // from the dark to the light of the livelier eye
constexpr double kEyesUnlike = 2.3;     // |log| of how much one eye shows against the other

double brightness(const cv::Mat& grey, const cv::Rect& part) { return std::max(kDarkest, cv::mean(grey(part))[0]); }

double deviation(const cv::Mat& values) {
  cv::Scalar mean, sigma;
  cv::meanStdDev(values, mean, sigma);
  return sigma[0];
}

// Mean absolute difference of neighbouring columns.
double column_step(const cv::Mat& part) {
  const int last = part.cols - 1;
  return cv::mean(cv::abs(part.colRange(1, last + 1) - part.colRange(0, last)))[0];
}

cv::Mat row_means(const cv::Mat& part) {
  cv::Mat means;
  cv::reduce(part, means, 1, cv::REDUCE_AVG, CV_32F);
  return means;
}

struct Eye {
  double detail, contrast, range, shows;
};

Eye look_at_eye(const cv::Mat& grey, int left, const cv::Rect& cheek) {
  const cv::Mat part = grey(cv::Rect(left, kEyeTop, kEyeWidth, kEyeHeight)).clone();
  const double skin = brightness(grey, cheek);
  std::vector<float> sorted(part.begin<float>(), part.end<float>());
  std::sort(sorted.begin(), sorted.end());
  const double dark = sorted[sorted.size() / 20] / skin;
  const double light = sorted[sorted.size() - 1 - sorted.size() / 20] / skin;
  const double sigma = deviation(part);
  Eye eye{};
  eye.detail = column_step(part) / skin;
  eye.contrast = sigma / std::max(kDarkest, cv::mean(part)[0]);
  eye.range = light - dark;
  // Hair is dark and even, a lid or a hand light and even: the product parts both from an eye beside them.
  eye.shows = std::log(std::max(1e-6, dark * deviation(row_means(part)) / skin * sigma));
  return eye;
}

// Share of the inner face that lies outside the picture.
double share_outside(const cv::Mat& image, const Landmarks& landmarks) {
  const Similarity s = fit_similarity(landmarks.points(), kUsualPoints);
  const float norm = s.a * s.a + s.b * s.b;  // never 0: points that coincide give the identity
  int outside = 0, all = 0;
  for (int v = kInnerFace.y; v < kInnerFace.br().y; v += 2) {
    for (int u = kInnerFace.x; u < kInnerFace.br().x; u += 2, ++all) {
      const float du = static_cast<float>(u) - s.tx, dv = static_cast<float>(v) - s.ty;
      const float x = (s.a * du + s.b * dv) / norm, y = (s.a * dv - s.b * du) / norm;
      const bool inside = x >= 0 && y >= 0 && x < static_cast<float>(image.cols) && y < static_cast<float>(image.rows);
      outside += inside ? 0 : 1;
    }
  }
  return static_cast<double>(outside) / all;
}

// 0.5 at the limit; `above` for cues that grow and `below` for cues that shrink when something is covered.
float above(double value, double limit) { return static_cast<float>(std::clamp(value / (2 * limit), 0.0, 1.0)); }
float below(double value, double limit) { return 1 - above(value, limit); }

}  // namespace

Occlusion measure_occlusion(const Frame& frame, const Face& face) {
  Occlusion occlusion;
  occlusion.outside = above(share_outside(frame.image, face.landmarks), kOutside);
  if (occlusion.outside >= 1) return occlusion;  // nothing more to be seen

  cv::Mat grey;
  cv::cvtColor(align_face(frame.image, face.landmarks, kUsualPoints, kUsualChip), grey, cv::COLOR_BGR2GRAY);
  grey.convertTo(grey, CV_32F);

  const cv::Mat rows = row_means(grey(kMouth));
  const cv::Mat steps = cv::abs(rows.rowRange(1, rows.rows) - rows.rowRange(0, rows.rows - 1));
  double steepest = 0;
  cv::minMaxLoc(steps, nullptr, &steepest);
  const double skin = std::max(brightness(grey, kLeftCheek), brightness(grey, kRightCheek));
  // A dark mask, or dark glasses over the bridge of the nose.
  const double shade = std::log(brightness(grey, kLowerFace) / brightness(grey, kBetweenEyes));
  occlusion.mouth = std::max(below(steepest / skin, kMouthLine), above(-shade, kLowerShade));

  const Eye left = look_at_eye(grey, kLeftEye, kLeftCheek), right = look_at_eye(grey, kRightEye, kRightCheek);
  occlusion.eyes = std::max({above(shade, kLowerShade), below(std::min(left.detail, right.detail), kEyeDetail),
                             below(std::min(left.contrast, right.contrast), kEyeContrast),
                             below(std::max(left.range, right.range), kEyeRange),
                             above(std::abs(left.shows - right.shows), kEyesUnlike)});
  return occlusion;
}

}  // namespace faceatt
