#include "faceatt/liveness/screen.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace faceatt {
namespace {

constexpr int kSmall = 64, kLarge = 128;                         // pixels, side of the places looked at
constexpr std::array<float, 3> kHeights = {0.35F, 0.5F, 0.65F};  // of their middles, part of the face's
constexpr double kLowest = 0.12, kHighest = 0.5;                 // cycles per pixel
constexpr int kAxis = 2;                                         // cycles per patch that still count as along an axis
constexpr std::array kAlongRay = {-6, -4, 4, 6};                 // cycles per patch, where a ray is looked at

double prominence(const cv::Mat& grey) {
  const int side = grey.cols;
  cv::Mat patch, window, spectrum;
  grey.convertTo(patch, CV_32F);
  cv::createHanningWindow(window, patch.size(), CV_32F);
  patch = (patch - cv::mean(patch)[0]).mul(window);
  cv::dft(patch, spectrum, cv::DFT_COMPLEX_OUTPUT);

  cv::Mat power(side, side, CV_32F);  // natural logarithm, frequency 0 in the middle
  std::vector<std::vector<float>> rings(static_cast<std::size_t>(side));  // by frequency, cycles per patch
  const int middle = side / 2;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const auto value = spectrum.at<cv::Vec2f>((y + middle) % side, (x + middle) % side);
      const float level = std::log(value[0] * value[0] + value[1] * value[1] + 1e-3F);
      power.at<float>(y, x) = level;
      rings[static_cast<std::size_t>(std::lround(std::hypot(x - middle, y - middle)))].push_back(level);
    }
  }
  std::vector<float> usual;
  for (auto& ring : rings) {
    const auto half = ring.begin() + static_cast<std::ptrdiff_t>(ring.size() / 2);
    if (!ring.empty()) std::nth_element(ring.begin(), half, ring.end());
    usual.push_back(ring.empty() ? 0 : *half);
  }
  // An edge is a ray through all frequencies; only a pattern stands out of the ray it lies on, too.
  const auto on_ray = [&](double x, double y, double radius) {
    double sum = 0;
    for (const int step : kAlongRay) {
      const double times = (radius + step) / radius;
      const auto at = [&](double v) {
        return std::clamp(middle + static_cast<int>(std::lround(v * times)), 0, side - 1);
      };
      sum += power.at<float>(at(y), at(x));
    }
    return sum / static_cast<double>(kAlongRay.size());
  };
  double most = 0;
  for (int y = 0; y <= middle; ++y) {  // the other half is the same
    for (int x = 0; x < side; ++x) {
      const int fx = x - middle, fy = y - middle;
      const double radius = std::hypot(fx, fy);
      if (std::abs(fx) <= kAxis || std::abs(fy) <= kAxis || radius < kLowest * side || radius > kHighest * side)
        continue;
      const double over = power.at<float>(y, x) - usual[static_cast<std::size_t>(std::lround(radius))];
      if (over > most) most = std::max(most, std::min(over, power.at<float>(y, x) - on_ray(fx, fy, radius)));
    }
  }
  return most;
}

}  // namespace

double screen_pattern(const Frame& frame, const Face& face) {
  const cv::Rect box = cv::Rect(static_cast<int>(face.box.x), static_cast<int>(face.box.y),
                                static_cast<int>(face.box.width), static_cast<int>(face.box.height)) &
                       cv::Rect(0, 0, frame.image.cols, frame.image.rows);
  const int least = std::min(box.width, box.height);
  if (least < kSmall) return 0;
  const int side = least < kLarge ? kSmall : kLarge;
  std::array<double, kHeights.size()> found{};
  for (std::size_t i = 0; i < kHeights.size(); ++i) {
    const int top = static_cast<int>(static_cast<float>(box.height) * kHeights[i]) - side / 2;
    const cv::Rect place(box.x + (box.width - side) / 2, box.y + std::clamp(top, 0, box.height - side), side, side);
    cv::Mat grey;
    cv::cvtColor(frame.image(place), grey, cv::COLOR_BGR2GRAY);
    found[i] = prominence(grey);
  }
  std::sort(found.begin(), found.end());
  return found[found.size() / 2];
}

}  // namespace faceatt
