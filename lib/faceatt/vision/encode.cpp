#include "faceatt/vision/encode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/align.hpp"
#include "faceatt/vision/encode_dlib.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

// Any ONNX network that takes one aligned chip and gives one vector, as models.toml describes it.
class OnnxEncoder final : public Encoder {
 public:
  explicit OnnxEncoder(const Model& model) : input_(model.input), dimension_(model.dimension) {
    const std::string bytes = read_model_file(model);
    const auto refuse = [&](const std::string& why) {
      return Error(ErrorCode::kCannotRun, fmt::format("{}: {}", model.path.string(), why));
    };
    const StderrCapture capture;
    try {
      net_ = cv::dnn::readNetFromONNX(bytes.data(), bytes.size());
    } catch (const std::exception&) {
    }
    if (net_.empty()) throw refuse("is not an ONNX network that OpenCV can read; see models/README.md");
    cv::Mat out;
    try {
      out = raw(cv::Mat::zeros(input_.size, input_.size, CV_8UC3));
    } catch (const std::exception&) {
      throw refuse(fmt::format("OpenCV cannot run it on a {0}x{0} chip; is 'size' in models.toml right?", input_.size));
    }
    if (out.type() != CV_32F) throw refuse("does not give 32-bit floating-point numbers");
    if (out.total() != static_cast<std::size_t>(dimension_)) {
      throw refuse(fmt::format("gives {} numbers, but models.toml says dimension = {}", out.total(), dimension_));
    }
  }

  Encoding encode(const Frame& frame, const Face& face) override {
    cv::Mat chip = align_face(frame.image, face.landmarks, input_.points, input_.size);
    Encoding encoding = unit(chip);
    if (input_.mirror) {
      cv::flip(chip, chip, 1);
      const Encoding mirrored = unit(chip);
      for (std::size_t i = 0; i < encoding.size(); ++i) encoding[i] += mirrored[i];
      normalise(encoding);
    }
    return encoding;
  }

  int dimension() const override { return dimension_; }

 private:
  Encoding unit(const cv::Mat& chip) {
    const cv::Mat out = raw(chip);
    Encoding encoding(out.ptr<float>(), out.ptr<float>() + dimension_);
    normalise(encoding);
    return encoding;
  }

  cv::Mat raw(const cv::Mat& chip) {
    cv::Mat pixels;
    chip.convertTo(pixels, CV_32FC3, input_.scale);
    if (input_.rgb) cv::cvtColor(pixels, pixels, cv::COLOR_BGR2RGB);
    const auto& m = input_.mean;
    const auto& s = input_.std;
    cv::subtract(pixels, cv::Scalar(m[0], m[1], m[2]), pixels);
    cv::multiply(pixels, cv::Scalar(1 / s[0], 1 / s[1], 1 / s[2]), pixels);
    net_.setInput(cv::dnn::blobFromImage(pixels));
    return net_.forward().reshape(1, 1).clone();
  }

  ModelInput input_;
  int dimension_;
  cv::dnn::Net net_;
};

}  // namespace

std::unique_ptr<Encoder> Encoder::create(const Model& model) {
  silence_opencv();
  if (model.backend == "opencv-onnx") return std::make_unique<OnnxEncoder>(model);
  if (model.backend.starts_with("dlib-")) return create_dlib_encoder(model);
  throw UsageError(
      fmt::format("model '{}' has backend '{}', which does not encode faces here", model.name, model.backend));
}

float similarity(const Encoding& a, const Encoding& b) {
  const auto length = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::inner_product(a.begin(), a.begin() + length, b.begin(), 0.0F);
}

void normalise(Encoding& encoding) {
  double sum = 0;
  for (const float v : encoding) sum += double{v} * v;
  const double norm = std::sqrt(sum);
  const bool usable = std::isfinite(norm) && norm > 1e-12;
  for (float& v : encoding) v = usable ? static_cast<float>(v / norm) : 0.0F;
}

}  // namespace faceatt
