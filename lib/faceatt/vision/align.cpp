#include "faceatt/vision/align.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace faceatt {

float Similarity::scale() const { return std::hypot(a, b); }

Similarity fit_similarity(const std::array<Point, 5>& from, const std::array<std::array<float, 2>, 5>& to) {
  double fx = 0, fy = 0, gx = 0, gy = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    fx += from[i].x / 5.0;
    fy += from[i].y / 5.0;
    gx += to[i][0] / 5.0;
    gy += to[i][1] / 5.0;
  }
  double dot = 0, cross = 0, norm = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    const double x = from[i].x - fx, y = from[i].y - fy;
    const double u = to[i][0] - gx, v = to[i][1] - gy;
    dot += x * u + y * v;
    cross += x * v - y * u;
    norm += x * x + y * y;
  }
  if (!(norm > 0)) return {};
  const double a = dot / norm, b = cross / norm;
  return {static_cast<float>(a), static_cast<float>(b), static_cast<float>(gx - a * fx + b * fy),
          static_cast<float>(gy - b * fx - a * fy)};
}

cv::Mat align_face(const cv::Mat& image, const Landmarks& landmarks,
                   const std::array<std::array<float, 2>, 5>& reference, int size) {
  Similarity s = fit_similarity(landmarks.points(), reference);
  cv::Mat source = image;
  Point origin;
  if (const float scale = s.scale(); scale > 0 && scale < 0.5F) {
    // Shrink the part of the picture round the face by a whole factor, averaging, and align that.
    const int factor = static_cast<int>(std::floor(1 / scale));
    const float reach = static_cast<float>(size) / scale;  // chip side in the picture, twice what is needed each way
    const Point nose = landmarks.nose;
    const cv::Rect wanted(static_cast<int>(nose.x - reach), static_cast<int>(nose.y - reach),
                          static_cast<int>(2 * reach), static_cast<int>(2 * reach));
    const cv::Rect part = wanted & cv::Rect(0, 0, image.cols, image.rows);
    if (part.width >= factor && part.height >= factor) {
      const cv::Rect whole(part.x, part.y, part.width / factor * factor, part.height / factor * factor);
      cv::resize(image(whole), source, {whole.width / factor, whole.height / factor}, 0, 0, cv::INTER_AREA);
      // Pixel centres: small = (large + 0.5) / factor - 0.5.
      const auto f = static_cast<float>(factor);
      const float shift = (f - 1) / 2;
      origin = {static_cast<float>(whole.x) + shift, static_cast<float>(whole.y) + shift};
      s.tx += s.a * origin.x - s.b * origin.y;
      s.ty += s.b * origin.x + s.a * origin.y;
      s.a *= f;
      s.b *= f;
    }
  }
  const cv::Matx23f matrix(s.a, -s.b, s.tx, s.b, s.a, s.ty);
  cv::Mat chip;
  cv::warpAffine(source, chip, matrix, {size, size}, cv::INTER_CUBIC, cv::BORDER_CONSTANT);
  return chip;
}

}  // namespace faceatt
