#include "faceatt/vision/detect_dlib.hpp"

#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "faceatt/vision/dlib_tools.hpp"

namespace faceatt {

namespace {

constexpr double kSmallFrame = 800;  // pixels of the longest side; smaller ones are enlarged twice
constexpr double kNearWidth = 120;   // pixels of a face that is followed; the detector's window is 80
constexpr float kNearReach = 1;      // half side of the part looked at, in face sizes

// Score = logistic(kScoreSlope * confidence + kScoreOffset): the share of detections that YuNet confirms, measured on
// 730 photos. Confidence 0 is dlib's own threshold and becomes 0.80; 0.7 stands for -0.14.
constexpr double kScoreSlope = 4, kScoreOffset = 1.4;

float score_of(double confidence) {
  return static_cast<float>(1 / (1 + std::exp(-(kScoreSlope * confidence + kScoreOffset))));
}

// Under 0.05 the detector would mostly invent faces, and slowly.
double confidence_of(float score) {
  const double p = std::clamp(double{score}, 0.05, 0.999);
  return (std::log(p / (1 - p)) - kScoreOffset) / kScoreSlope;
}

// YuNet's box (forehead to chin) for the 68 points (brows to chin): least squares over 814 faces of LFW and dlib's
// examples that both detectors found.
Box box_around(const dlib::full_object_detection& points, const dlib_tools::Patch& patch) {
  Point low = patch.to_frame(points.part(0)), high = low;
  for (unsigned long i = 1; i < points.num_parts(); ++i) {
    const Point p = patch.to_frame(points.part(i));
    low = {std::min(low.x, p.x), std::min(low.y, p.y)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  }
  const float width = high.x - low.x, height = high.y - low.y;
  return {low.x + 0.01f * width, low.y - 0.34f * height, 0.98f * width, 1.32f * height};
}

class HogDetector final : public Detector {
 public:
  explicit HogDetector(const DetectorOptions& options)
      : longest_(std::max(options.max_side, options.fine_side)),
        least_confidence_(confidence_of(options.min_score)),
        hog_(dlib::get_frontal_face_detector()) {
    dlib_tools::load_points_predictor();
  }

  std::vector<Face> detect(const Frame& frame) override {
    const cv::Mat& image = frame.image;
    if (image.empty()) return {};
    const double longest = std::max(image.cols, image.rows);
    double scale = longest_ > 0 ? std::min(1.0, longest_ / longest) : 1.0;
    if (longest * scale < kSmallFrame) scale *= 2;
    return look(image, {0, 0, static_cast<float>(image.cols), static_cast<float>(image.rows)}, scale);
  }

  std::vector<Face> detect_near(const Frame& frame, const Box& where, bool /*roughly*/) override {
    const float size = std::max(where.width, where.height);
    if (frame.image.empty() || size <= 0) return {};
    const Point centre = where.centre();
    const Box part{centre.x - kNearReach * size, centre.y - kNearReach * size, 2 * kNearReach * size,
                   2 * kNearReach * size};
    return look(frame.image, part, std::min(2.0, kNearWidth / size));
  }

  // The 68 points are as good as this detector's faces get.
  Face refine(const Frame& /*frame*/, const Face& face) override { return face; }

 private:
  std::vector<Face> look(const cv::Mat& image, const Box& part, double scale) {
    const auto patch = dlib_tools::cut_patch(image, part, scale);
    if (patch.pixels.size() == 0) return {};

    std::vector<dlib::rect_detection> found;
    hog_(patch.pixels, found, least_confidence_);
    std::vector<Face> faces;
    for (const auto& one : found) {
      const auto points = dlib_tools::find_points(patch.pixels, one.rect);
      Face face;
      face.box = box_around(points, patch);
      face.landmarks = dlib_tools::five_points(points, patch);
      face.score = score_of(one.detection_confidence);
      if (face.box.area() > 0 && face.landmarks.inter_ocular() > 0) faces.push_back(face);
    }
    return without_doubles(std::move(faces));
  }

  double longest_;           // pixels
  double least_confidence_;  // of the HOG detector, relative to its threshold
  dlib::frontal_face_detector hog_;
};

}  // namespace

std::unique_ptr<Detector> create_hog_detector(const DetectorOptions& options) {
  return std::make_unique<HogDetector>(options);
}

}  // namespace faceatt
