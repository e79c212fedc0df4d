#include "faceatt/liveness/eyes.hpp"

#include <fmt/format.h>

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
    return EyeState{openness(frame, points, points.left_eye), openness(frame, points, points.right_eye)};
  }

 private:
  float openness(const Frame& frame, const Landmarks& points, Point eye) {
    // Turned so that the line of the eyes is level, scaled so that the crop is the network's input.
    const float distance = points.inter_ocular();
    const float scale = kSide / (kCropPerInterOcular * distance);
    const float c = scale * (points.right_eye.x - points.left_eye.x) / distance;
    const float s = -scale * (points.right_eye.y - points.left_eye.y) / distance;
    const float middle = (kSide - 1) / 2.0F;
    const cv::Matx23f matrix(c, -s, middle - c * eye.x + s * eye.y, s, c, middle - s * eye.x - c * eye.y);
    cv::Mat crop;
    cv::warpAffine(frame.image, crop, matrix, {kSide, kSide}, scale < 0.5F ? cv::INTER_AREA : cv::INTER_LINEAR,
                   cv::BORDER_REPLICATE);
    return run(crop).at<float>(1);
  }

  // Two numbers: probability of closed, of open.
  cv::Mat run(const cv::Mat& crop) {
    net_.setInput(cv::dnn::blobFromImage(crop, 1.0 / 255, {}, cv::Scalar(127, 127, 127)));
    return net_.forward().reshape(1, 1);
  }

  cv::dnn::Net net_;
};

}  // namespace

std::unique_ptr<EyeReader> EyeReader::create(const Model& model) {
  silence_opencv();
  return std::make_unique<OnnxEyeReader>(model);
}

}  // namespace faceatt
