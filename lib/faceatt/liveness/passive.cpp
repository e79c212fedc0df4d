#include "faceatt/liveness/passive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <opencv2/dnn.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/liveness/screen.hpp"
#include "faceatt/vision/bars.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr int kSide = 80;               // pixels of the networks' input
constexpr double kMostLogOdds = 4.595;  // of 99 %: no network is surer than that of anything
constexpr float kMinFace = 40;          // pixels
constexpr float kUsualWiden = 2.7F;
constexpr double kLeastInside = 0.2;  // part of the face's box widened like that which lies in the frame
constexpr std::size_t kRecent = 12;   // looks that count

cv::Rect widened(const Box& box, float times) {
  const auto whole = [](float v) { return static_cast<int>(std::lround(v)); };
  const float width = box.width * times, height = box.height * times;
  return {whole(box.x + (box.width - width) / 2), whole(box.y + (box.height - height) / 2), whole(width),
          whole(height)};
}

cv::Rect inside(const cv::Mat& image, const cv::Rect& area) { return area & without_bars(image); }

bool has_margin(const cv::Mat& image, const Box& box) {
  const cv::Rect wanted = widened(box, kUsualWiden);
  return inside(image, wanted).area() >= kLeastInside * wanted.area();
}

// The face with what is round it, always at the same scale. What lies outside the frame is continued from its edge:
// drawn nearer instead, as Silent-Face does it, large faces look like pictures to the networks (8 of 141 live ones).
cv::Mat cut_widened(const cv::Mat& image, const Box& box, float times) {
  const cv::Rect wanted = widened(box, times), there = inside(image, wanted);
  // Shrunk first: a face of 300 pixels would be a picture of a million otherwise.
  const double x = static_cast<double>(kSide) / wanted.width, y = static_cast<double>(kSide) / wanted.height;
  const auto left = static_cast<int>(std::lround((there.x - wanted.x) * x));
  const auto top = static_cast<int>(std::lround((there.y - wanted.y) * y));
  const cv::Size size(std::clamp(static_cast<int>(std::lround(there.width * x)), 1, kSide - left),
                      std::clamp(static_cast<int>(std::lround(there.height * y)), 1, kSide - top));
  cv::Mat part, cut;
  cv::resize(image(there), part, size, 0, 0, cv::INTER_LINEAR);  // as in training
  cv::copyMakeBorder(part, cut, top, kSide - top - size.height, left, kSide - left - size.width, cv::BORDER_REPLICATE);
  return cut;
}

class OnnxPassiveReader final : public PassiveReader {
 public:
  explicit OnnxPassiveReader(const std::vector<Model>& models) {
    if (models.empty()) throw Error(ErrorCode::kCannotRun, "models.toml names no model of role passive");
    for (const Model& model : models) {
      const std::string bytes = read_model_file(model);
      try {
        const StderrCapture capture;
        networks_.push_back({cv::dnn::readNetFromONNX(bytes.data(), bytes.size()), model.widen});
        log_odds(networks_.back(), cv::Mat::zeros(kSide, kSide, CV_8UC3));
      } catch (const std::exception&) {
        throw Error(ErrorCode::kCannotRun,
                    fmt::format("{}: OpenCV cannot run this network on an 80x80 face", model.path.string()));
      }
    }
  }

  PassiveLook look(const Frame& frame, const Face& face) override {
    PassiveLook all = judge(frame, face, 0);
    const int turns = 2 * static_cast<int>(networks_.size());
    if (all.problem != PassiveProblem::kNone) return all;
    for (int turn = 1; turn < turns; ++turn) all.log_odds += judge(frame, face, turn).log_odds;
    all.log_odds /= turns;
    all.pattern = screen_pattern(frame, face);
    return all;
  }

  PassiveLook glance(const Frame& frame, const Face& face, int turn) override {
    PassiveLook one = judge(frame, face, turn);
    if (one.problem == PassiveProblem::kNone) one.pattern = screen_pattern(frame, face);
    return one;
  }

 private:
  struct Network {
    cv::dnn::Net net;
    float widen;
  };

  // Without the pattern.
  PassiveLook judge(const Frame& frame, const Face& face, int turn) {
    if (face.box.width < kMinFace) return {0, 0, PassiveProblem::kTooSmall};
    if (!has_margin(frame.image, face.box)) return {0, 0, PassiveProblem::kNoMargin};
    const auto count = networks_.size();
    Network& network = networks_[static_cast<std::size_t>(turn) % count];
    cv::Mat cut = cut_widened(frame.image, face.box, network.widen);
    if (static_cast<std::size_t>(turn) / count % 2 == 1) cv::flip(cut, cut, 1);
    return {log_odds(network, cut), 0, PassiveProblem::kNone};
  }

  static double log_odds(Network& network, const cv::Mat& input) {
    network.net.setInput(cv::dnn::blobFromImage(input));
    const cv::Mat logits = network.net.forward().reshape(1, 1);
    if (logits.total() != 3) throw std::runtime_error("outputs");
    const double live = logits.at<float>(1);
    const double paper = logits.at<float>(0), screen = logits.at<float>(2);
    const double most = std::max(paper, screen);
    const double attack = most + std::log(std::exp(paper - most) + std::exp(screen - most));
    return std::clamp(live - attack, -kMostLogOdds, kMostLogOdds);
  }

  std::vector<Network> networks_;
};

}  // namespace

std::unique_ptr<PassiveReader> PassiveReader::create(const std::vector<Model>& models) {
  silence_opencv();
  return std::make_unique<OnnxPassiveReader>(models);
}

void PassiveHistory::add(double seconds, const PassiveLook& look) {
  last_ = seconds;
  problem_ = look.problem;
  if (look.problem != PassiveProblem::kNone) return;
  recent_.push_back(look);
  if (recent_.size() > kRecent) recent_.pop_front();
  ++looks_;
}

std::optional<double> PassiveHistory::live() const {
  if (recent_.empty()) return std::nullopt;
  double sum = 0;
  for (const PassiveLook& look : recent_) sum += look.log_odds;
  return probability_of(sum / static_cast<double>(recent_.size()));
}

double PassiveHistory::pattern() const {
  if (recent_.empty()) return 0;
  double sum = 0;
  for (const PassiveLook& look : recent_) sum += look.pattern;
  return sum / static_cast<double>(recent_.size());
}

double probability_of(double log_odds) { return 1 / (1 + std::exp(-log_odds)); }

}  // namespace faceatt
