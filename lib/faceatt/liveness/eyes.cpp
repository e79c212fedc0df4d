#include "faceatt/liveness/eyes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr int kSide = 32;  // pixels of the network's input
constexpr float kCropPerInterOcular = 0.75F;
constexpr float kMinInterOcular = 28;  // pixels; the network was trained on larger eyes and guesses below

constexpr int kMargin = 4;  // pixels round the network's input, for small shifts
constexpr int kPatch = kSide + 2 * kMargin;
constexpr int kCore = 24;              // side of the part of a remembered eye that is looked for
constexpr std::size_t kViews = 5;      // remembered
constexpr double kViewSeconds = 0.12;  // between two of them
constexpr float kOpen = 0.7F;

constexpr double kUsualLight = 115, kUsualContrast = 30;  // grey levels: mean, deviation
constexpr double kLeastContrast = 5;                      // below it there is nothing but noise

// The eye and a margin, turned so that the line of the eyes is level, at the size that the network takes. It is cut out
// at about the frame's own scale, then shrunk by area: sampling a large eye at 32 points alone makes the network's
// answer jump with every small movement.
cv::Mat cut_eye(const cv::Mat& image, const Landmarks& points, Point eye) {
  const float distance = points.inter_ocular();
  const float side = kCropPerInterOcular * distance;
  const int shrink = std::max(1, static_cast<int>(std::lround(side / kSide)));
  const int large = shrink * kPatch;
  const float scale = static_cast<float>(shrink * kSide) / side;
  const float c = scale * (points.right_eye.x - points.left_eye.x) / distance;
  const float s = -scale * (points.right_eye.y - points.left_eye.y) / distance;
  const float middle = static_cast<float>(large - 1) / 2;
  const cv::Matx23f matrix(c, -s, middle - c * eye.x + s * eye.y, s, c, middle - s * eye.x - c * eye.y);
  cv::Mat crop;
  cv::warpAffine(image, crop, matrix, {large, large}, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  if (shrink > 1) cv::resize(crop, crop, {kPatch, kPatch}, 0, 0, cv::INTER_AREA);
  return crop;
}

// Grey, at one brightness and contrast: half a face in the light and half in the dark, as by a window, is common, and
// the network calls an eye in glaring light open whatever the lid does.
cv::Mat with_usual_light(const cv::Mat& grey) {
  cv::Scalar mean, deviation;
  cv::meanStdDev(grey, mean, deviation);
  const double gain = kUsualContrast / std::max(kLeastContrast, deviation[0]);
  cv::Mat usual;
  grey.convertTo(usual, CV_8U, gain, kUsualLight - gain * mean[0]);
  cv::cvtColor(usual, usual, cv::COLOR_GRAY2BGR);
  return usual;
}

cv::Mat as_picture(const std::vector<float>& patch) {
  return {kPatch, kPatch, CV_32F, const_cast<float*>(patch.data())};
}

// The best normalised correlation of the middle of `before` within `now`, 0..1.
float correlation(const std::vector<float>& before, const std::vector<float>& now) {
  constexpr int kBorder = (kPatch - kCore) / 2;
  cv::Mat map;
  cv::matchTemplate(as_picture(now), as_picture(before)(cv::Rect(kBorder, kBorder, kCore, kCore)), map,
                    cv::TM_CCOEFF_NORMED);
  double most = 0;
  cv::minMaxLoc(map, nullptr, &most);
  return static_cast<float>(std::clamp(most, 0.0, 1.0));
}

class OnnxEyeReader final : public EyeReader {
 public:
  explicit OnnxEyeReader(const Model& model) {
    const std::string bytes = read_model_file(model);
    try {
      const StderrCapture capture;
      net_ = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
      if (run(cv::Mat::zeros(kSide, kSide, CV_8UC3)).total() != 2) throw std::runtime_error("outputs");
    } catch (const std::exception&) {
      throw Error(ErrorCode::kCannotRun,
                  fmt::format("{}: OpenCV cannot run this network on a 32x32 eye", model.path.string()));
    }
  }

  std::optional<EyeState> read(const Frame& frame, const Face& face) override {
    const auto& points = face.landmarks;
    if (points.inter_ocular() < kMinInterOcular) return std::nullopt;
    EyeState eyes;
    eyes.left = openness(frame, points, points.left_eye, eyes.left_patch);
    eyes.right = openness(frame, points, points.right_eye, eyes.right_patch);
    return eyes;
  }

 private:
  float openness(const Frame& frame, const Landmarks& points, Point eye, std::vector<float>& patch) {
    cv::Mat grey, levels;
    cv::cvtColor(cut_eye(frame.image, points, eye), grey, cv::COLOR_BGR2GRAY);
    grey.convertTo(levels, CV_32F);
    patch.assign(levels.ptr<float>(), levels.ptr<float>() + levels.total());
    const cv::Mat crop = with_usual_light(grey(cv::Rect(kMargin, kMargin, kSide, kSide)));
    cv::Mat mirrored;
    cv::flip(crop, mirrored, 1);
    return (run(crop).at<float>(1) + run(mirrored).at<float>(1)) / 2;
  }

  // Two numbers: probability of closed, of open.
  cv::Mat run(const cv::Mat& crop) {
    net_.setInput(cv::dnn::blobFromImage(crop, 1.0 / 255, {}, cv::Scalar(127, 127, 127)));
    return net_.forward().reshape(1, 1);
  }

  cv::dnn::Net net_;
};

}  // namespace

float EyeMemory::likeness(const EyeState& eyes) const {
  float left = 0, right = 0;
  for (const View& view : views_) {
    left = std::max(left, correlation(view.left, eyes.left_patch));
    right = std::max(right, correlation(view.right, eyes.right_patch));
  }
  return views_.empty() ? 1.0F : (left + right) / 2;
}

void EyeMemory::remember(double seconds, const EyeState& eyes) {
  if (eyes.openness() < kOpen || (!views_.empty() && seconds - views_.back().seconds < kViewSeconds)) return;
  views_.push_back({seconds, eyes.left_patch, eyes.right_patch});
  if (views_.size() > kViews) views_.pop_front();
}

std::unique_ptr<EyeReader> EyeReader::create(const Model& model) {
  silence_opencv();
  return std::make_unique<OnnxEyeReader>(model);
}

}  // namespace faceatt
