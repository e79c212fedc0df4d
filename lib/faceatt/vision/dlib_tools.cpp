#include "faceatt/vision/dlib_tools.hpp"

#include <dlib/image_processing/shape_predictor.h>
#include <dlib/serialize.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <opencv2/imgproc.hpp>
#include <string>

#include "faceatt/core/error.hpp"

namespace faceatt::dlib_tools {

namespace {

const char* const kPredictorPath = "/usr/share/dlib/shape_predictor_68_face_landmarks.dat";

dlib::shape_predictor load_predictor() {
  const std::string path = kPredictorPath;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::kCannotRun,
                path + ": cannot read the 68-point face landmarks: apt-get install libdlib-data");
  }
  dlib::shape_predictor predictor;
  try {
    deserialize(predictor, in);
  } catch (const std::exception& e) {
    throw Error(ErrorCode::kCannotRun, path + ": damaged (" + e.what() + "): apt-get install --reinstall libdlib-data");
  }
  if (predictor.num_parts() != 68) throw Error(ErrorCode::kCannotRun, path + ": not a predictor of 68 points");
  return predictor;
}

const dlib::shape_predictor& predictor() {
  static const dlib::shape_predictor instance = load_predictor();  // tried again after an exception
  return instance;
}

// An OpenCV view of dlib's pixels, which are packed row by row.
cv::Mat view_of(Pixels& pixels) {
  static_assert(sizeof(dlib::rgb_pixel) == 3);
  return {static_cast<int>(pixels.nr()), static_cast<int>(pixels.nc()), CV_8UC3, &pixels(0, 0)};
}

}  // namespace

// A pixel's area reaches half a pixel to each side of its centre, so edges, not centres, scale about the corner.
Point Patch::to_frame(const dlib::dpoint& p) const {
  return {static_cast<float>(x + (p.x() + 0.5) / scale_x - 0.5), static_cast<float>(y + (p.y() + 0.5) / scale_y - 0.5)};
}

dlib::drectangle Patch::from_frame(const Box& box) const {
  const double left = (box.x - x + 0.5) * scale_x - 0.5, top = (box.y - y + 0.5) * scale_y - 0.5;
  return {left, top, left + box.width * scale_x, top + box.height * scale_y};
}

Patch cut_patch(const cv::Mat& bgr, const Box& part, double scale) {
  if (bgr.type() != CV_8UC3) throw Error(ErrorCode::kInput, "not an 8-bit colour picture");
  // Clamped as floating point first: a box may be far outside, where its numbers do not fit an int.
  const auto clamped = [](double value, int limit) {
    return static_cast<int>(std::lround(std::clamp(value, 0.0, static_cast<double>(limit))));
  };
  const cv::Point from(clamped(part.x, bgr.cols), clamped(part.y, bgr.rows));
  const cv::Point to(clamped(double{part.x} + part.width, bgr.cols), clamped(double{part.y} + part.height, bgr.rows));
  Patch patch;
  if (to.x <= from.x || to.y <= from.y) return patch;

  const cv::Mat source = bgr(cv::Rect(from, to));
  const cv::Size size(std::max(1, static_cast<int>(std::lround(source.cols * scale))),
                      std::max(1, static_cast<int>(std::lround(source.rows * scale))));
  patch.x = from.x;
  patch.y = from.y;
  patch.scale_x = static_cast<double>(size.width) / source.cols;
  patch.scale_y = static_cast<double>(size.height) / source.rows;
  patch.pixels.set_size(size.height, size.width);
  cv::Mat view = view_of(patch.pixels);
  if (size == source.size()) {
    cv::cvtColor(source, view, cv::COLOR_BGR2RGB);
  } else {
    cv::resize(source, view, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    cv::cvtColor(view, view, cv::COLOR_BGR2RGB);
  }
  return patch;
}

dlib::full_object_detection find_points(const Pixels& pixels, const dlib::drectangle& square) {
  return predictor()(pixels, dlib::rectangle(square));
}

void load_points_predictor() { predictor(); }

Landmarks five_points(const dlib::full_object_detection& points, const Patch& patch) {
  const auto mean_of = [&](unsigned long first, unsigned long last) {
    dlib::dpoint sum(0, 0);
    for (unsigned long i = first; i <= last; ++i) sum += points.part(i);
    return patch.to_frame(sum / static_cast<double>(last - first + 1));
  };
  return {mean_of(36, 41), mean_of(42, 47), mean_of(30, 30), mean_of(48, 48), mean_of(54, 54)};
}

}  // namespace faceatt::dlib_tools
