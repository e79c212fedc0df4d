#include "faceatt/vision/bars.hpp"

#include <opencv2/imgproc.hpp>

namespace faceatt {
namespace {

constexpr int kBarCells = 64;
constexpr double kBlack = 4;  // grey levels

}  // namespace

cv::Rect without_bars(const cv::Mat& image) {
  cv::Mat samples;
  cv::resize(image, samples, {kBarCells, kBarCells}, 0, 0, cv::INTER_NEAREST);
  const auto is_black = [](const cv::Mat& line) {
    double most = 0;
    cv::minMaxLoc(line.reshape(1), nullptr, &most);
    return most <= kBlack;
  };
  int left = 0, top = 0, right = kBarCells, bottom = kBarCells;
  while (left < kBarCells / 4 && is_black(samples.col(left).clone())) ++left;
  while (right > kBarCells * 3 / 4 && is_black(samples.col(right - 1).clone())) --right;
  while (top < kBarCells / 4 && is_black(samples.row(top).clone())) ++top;
  while (bottom > kBarCells * 3 / 4 && is_black(samples.row(bottom - 1).clone())) --bottom;
  // A cell more, where there is a bar: its edge may lie within.
  left += left > 0;
  top += top > 0;
  right -= right < kBarCells;
  bottom -= bottom < kBarCells;
  return {left * image.cols / kBarCells, top * image.rows / kBarCells, (right - left) * image.cols / kBarCells,
          (bottom - top) * image.rows / kBarCells};
}

}  // namespace faceatt
