#include "faceatt/vision/motion.hpp"

#include <opencv2/imgproc.hpp>

namespace faceatt {
namespace {

const cv::Size kCells(MotionGate::kColumns, MotionGate::kRows);
constexpr int kSamples = 4;         // pixels per side that stand for a cell; averaging all of a frame would cost more
constexpr double kMovedLevels = 8;  // grey levels; noise of a cell's mean is some 1.5 in a dark webcam picture
constexpr int kMovedCells = 2;      // a head at the far end of a room covers some 4
constexpr double kCutLevels = 12;
constexpr double kCutShare = 0.5;  // of all cells; a person stepping before the camera changes less

cv::Mat cells_of(const cv::Mat& image) {
  cv::Mat samples, grey, cells;
  cv::resize(image, samples, kCells * kSamples, 0, 0, cv::INTER_NEAREST);
  cv::cvtColor(samples, grey, cv::COLOR_BGR2GRAY);
  cv::resize(grey, grey, kCells, 0, 0, cv::INTER_AREA);
  grey.convertTo(cells, CV_32F);
  return cells - cv::mean(cells)[0];  // a camera that adjusts its exposure shows nothing new
}

int cells_that_differ(const cv::Mat& a, const cv::Mat& b, double levels) {
  return cv::countNonZero(cv::abs(a - b) > levels);
}

}  // namespace

Motion MotionGate::look(const cv::Mat& image) {
  const cv::Mat cells = cells_of(image);
  Motion motion;
  if (image.size() != size_) {
    size_ = image.size();
    reference_.release();
    motion.cut = !last_.empty();
  } else {
    motion.cut = cells_that_differ(cells, last_, kCutLevels) > kCutShare * kCells.area();
    motion.moved = reference_.empty() || cells_that_differ(cells, reference_, kMovedLevels) >= kMovedCells;
  }
  last_ = cells;
  return motion;
}

}  // namespace faceatt
