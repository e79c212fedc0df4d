#include "faceatt/vision/same_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "faceatt/vision/align.hpp"

namespace faceatt {
namespace {

constexpr int kSide = 96;
constexpr float kEyes = 28;                   // their distance in the picture
constexpr int kPart = 16;                     // side of what is compared at a time
constexpr std::size_t kLeastParts = 6;        // that both must have
constexpr double kLeastDetail = 0.3;          // of the usual, below which a part says nothing
constexpr double kFine = 1.2, kCoarse = 6.0;  // detail between these scales counts: Gaussian sigma in pixels
constexpr int kSteps = 12;                    // towards the best pose; most pairs need five
constexpr double kHopeless = 0.5;             // over the whole picture

// The usual five points, made symmetric so that a mirrored picture lies in the same place.
std::array<std::array<float, 2>, 5> reference() {
  const float unit = kEyes / 35.24F, middle = kSide / 2.0F - 0.5F, top = kSide * 0.38F;
  return {{{middle - 17.62F * unit, top},
           {middle + 17.62F * unit, top},
           {middle, top + 20.1F * unit},
           {middle - 14.6F * unit, top + 40.7F * unit},
           {middle + 14.6F * unit, top + 40.7F * unit}}};
}

// Blurs what is inside with nothing of what is beyond the end of the photo.
cv::Mat blurred(const FacePicture& picture, double sigma) {
  cv::Mat sum, weight;
  cv::GaussianBlur(picture.grey.mul(picture.inside), sum, {}, sigma);
  cv::GaussianBlur(picture.inside, weight, {}, sigma);
  return sum / cv::max(weight, 1e-3);
}

cv::Mat detail_of(const FacePicture& picture) {
  return (blurred(picture, kFine) - blurred(picture, kCoarse)).mul(picture.inside);
}

// Scale and rotation round the middle, then a shift: x' = a x - b y + dx, y' = b x + a y + dy.
struct Pose {
  double a = 1, b = 0, dx = 0, dy = 0;
};

cv::Mat moved(const cv::Mat& picture, const Pose& p) {
  const double c = (kSide - 1) / 2.0;
  const cv::Matx23d m(p.a, -p.b, c - p.a * c + p.b * c + p.dx, p.b, p.a, c - p.b * c - p.a * c + p.dy);
  cv::Mat out;
  cv::warpAffine(picture, out, m, picture.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP);
  return out;
}

// Sums over the pixels that both have.
class Correlation {
 public:
  void add(double u, double v) { ++n_, u_ += u, v_ += v, uu_ += u * u, vv_ += v * v, uv_ += u * v; }
  double count() const { return n_; }
  double spread_u() const { return n_ > 0 ? std::max(0.0, uu_ / n_ - u_ * u_ / n_ / n_) : 0; }
  double spread_v() const { return n_ > 0 ? std::max(0.0, vv_ / n_ - v_ * v_ / n_ / n_) : 0; }
  double value() const {
    const double norm = std::sqrt(spread_u() * spread_v());
    return norm > 0 ? (uv_ / n_ - u_ * v_ / n_ / n_) / norm : 0;
  }
  double gain() const { return spread_v() > 0 ? (uv_ / n_ - u_ * v_ / n_ / n_) / spread_v() : 0; }

 private:
  double n_ = 0, u_ = 0, v_ = 0, uu_ = 0, vv_ = 0, uv_ = 0;
};

Correlation correlate(const cv::Mat& a, const cv::Mat& b, const cv::Mat& both, const cv::Rect& part) {
  Correlation c;
  for (int y = part.y; y < part.y + part.height; ++y) {
    for (int x = part.x; x < part.x + part.width; ++x) {
      if (both.at<float>(y, x) > 0.99F) c.add(a.at<float>(y, x), b.at<float>(y, x));
    }
  }
  return c;
}

const cv::Rect kWhole(0, 0, kSide, kSide);

// One step of Gauss-Newton towards the pose in which b looks like a (Lucas and Kanade 1981, for a similarity).
Pose improved(const cv::Mat& a, const cv::Mat& b, const cv::Mat& both, const Pose& pose) {
  const double gain = correlate(a, b, both, kWhole).gain();
  cv::Mat gx, gy;
  cv::Sobel(b, gx, CV_32F, 1, 0, 3, 1 / 8.0);
  cv::Sobel(b, gy, CV_32F, 0, 1, 3, 1 / 8.0);
  cv::Matx44d h = cv::Matx44d::zeros();
  cv::Vec4d r(0, 0, 0, 0);
  const double c = (kSide - 1) / 2.0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      if (both.at<float>(y, x) < 0.99F) continue;
      const double u = gain * gx.at<float>(y, x), v = gain * gy.at<float>(y, x);
      const cv::Vec4d j(u * (x - c) + v * (y - c), v * (x - c) - u * (y - c), u, v);
      h += j * j.t();
      r += j * (a.at<float>(y, x) - gain * b.at<float>(y, x));
    }
  }
  for (int i = 0; i < 4; ++i) h(i, i) += 1e-6 * h(i, i) + 1e-9;
  const cv::Vec4d d = h.solve(r, cv::DECOMP_CHOLESKY);
  // The step is in the coordinates of the moved picture: pose after step.
  const double sa = 1 + d[0], sb = d[1];
  return {pose.a * sa - pose.b * sb, pose.a * sb + pose.b * sa, pose.a * d[2] - pose.b * d[3] + pose.dx,
          pose.b * d[2] + pose.a * d[3] + pose.dy};
}

// What nine of ten parts reach.
double agreement(const cv::Mat& a, const cv::Mat& b, const cv::Mat& both) {
  const Correlation whole = correlate(a, b, both, kWhole);
  std::vector<double> parts;
  for (int y = 0; y + kPart <= kSide; y += kPart / 2) {
    for (int x = 0; x + kPart <= kSide; x += kPart / 2) {
      const Correlation c = correlate(a, b, both, {x, y, kPart, kPart});
      if (c.count() < 0.75 * kPart * kPart) continue;
      const double least = kLeastDetail * kLeastDetail;
      if (c.spread_u() < least * whole.spread_u() && c.spread_v() < least * whole.spread_v()) continue;
      parts.push_back(c.value());
    }
  }
  if (parts.size() < kLeastParts) return -1;
  const auto tenth = parts.begin() + static_cast<std::ptrdiff_t>(parts.size() / 10);
  std::nth_element(parts.begin(), tenth, parts.end());
  return *tenth;
}

double laid_over(const FacePicture& a, const FacePicture& b) {
  const cv::Mat a_detail = detail_of(a), b_detail = detail_of(b);
  Pose pose, best;
  double most = -1;
  for (int step = 0; step < kSteps; ++step) {
    const cv::Mat detail = moved(b_detail, pose);
    const cv::Mat both = a.inside.mul(moved(b.inside, pose));
    if (const double whole = correlate(a_detail, detail, both, kWhole).value(); whole > most) {
      most = whole;
      best = pose;
    }
    pose = improved(a_detail, detail, both, pose);
    if (std::hypot(pose.a - 1, pose.b) > 0.3 || std::hypot(pose.dx, pose.dy) > kSide / 4.0) break;
  }
  if (most < kHopeless) return most;
  // Where one photo ends, the detail of both is that of what both have.
  cv::Mat both;
  cv::threshold(a.inside.mul(moved(b.inside, best)), both, 0.99, 1, cv::THRESH_BINARY);
  return agreement(detail_of({a.grey, both}), detail_of({moved(b.grey, best), both}), both);
}

}  // namespace

FacePicture face_picture(const Frame& frame, const Face& face) {
  FacePicture picture;
  cv::cvtColor(align_face(frame.image, face.landmarks, reference(), kSide), picture.grey, cv::COLOR_BGR2GRAY);
  picture.grey.convertTo(picture.grey, CV_32F);
  cv::Mat inside;
  const cv::Mat white(frame.image.size(), CV_8UC3, cv::Scalar::all(255));
  cv::cvtColor(align_face(white, face.landmarks, reference(), kSide), inside, cv::COLOR_BGR2GRAY);
  cv::threshold(inside, inside, 254, 1, cv::THRESH_BINARY);
  cv::erode(inside, inside, cv::Mat(), {-1, -1}, 1, cv::BORDER_REPLICATE);
  inside.convertTo(picture.inside, CV_32F);
  return picture;
}

double same_picture(const FacePicture& a, const FacePicture& b) {
  FacePicture mirrored;
  cv::flip(b.grey, mirrored.grey, 1);
  cv::flip(b.inside, mirrored.inside, 1);
  return std::max(laid_over(a, b), laid_over(a, mirrored));
}

}  // namespace faceatt
