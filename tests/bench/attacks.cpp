#include "attacks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numbers>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <random>
#include <stdexcept>

namespace faceatt::bench {
namespace {

constexpr int kWidth = 640, kHeight = 480;  // of the scene
constexpr int kScreenScale = 3;             // dots of a screen are drawn so much finer than the scene

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : random_(seed) {}
  double operator()(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  bool happens(double probability) { return (*this)(0, 1) < probability; }

 private:
  std::mt19937 random_;
};

// A hand's tremor and drift: smooth, never the same twice within minutes.
class Sway {
 public:
  Sway(Chance& chance, double amount) {
    for (std::size_t i = 0; i < waves_.size(); ++i) {
      waves_[i] = {chance(0.15, 0.6) * (1 + static_cast<double>(i)), chance(0, 6.28),
                   amount / (1 + static_cast<double>(i))};
    }
  }
  double at(double seconds) const {
    double sum = 0;
    for (const auto& [hertz, phase, amount] : waves_)
      sum += amount * std::sin(2 * std::numbers::pi * hertz * seconds + phase);
    return sum;
  }

 private:
  struct Wave {
    double hertz, phase, amount;
  };
  std::array<Wave, 4> waves_{};
};

// A room, out of focus.
cv::Mat draw_room(Chance& chance) {
  const double light = chance(70, 190);
  cv::Mat room(kHeight, kWidth, CV_8UC3, cv::Scalar(light, light * chance(0.95, 1.05), light * chance(0.9, 1.1)));
  for (int i = 0; i < 14; ++i) {
    const cv::Rect thing(static_cast<int>(chance(-80, kWidth)), static_cast<int>(chance(-80, kHeight)),
                         static_cast<int>(chance(30, 260)), static_cast<int>(chance(30, 260)));
    cv::rectangle(room, thing, cv::Scalar(chance(10, 230), chance(10, 230), chance(10, 230)), cv::FILLED);
  }
  cv::GaussianBlur(room, room, {}, chance(2, 9));
  return room;
}

cv::Mat with_curve(const cv::Mat& image, double gain, double lift, double gamma, const cv::Scalar& tint) {
  cv::Mat table(1, 256, CV_8UC3), out;
  for (int v = 0; v < 256; ++v) {
    for (int c = 0; c < 3; ++c) {
      const double level = 255 * std::pow(v / 255.0, gamma) * gain * tint[c] + lift;
      table.at<cv::Vec3b>(0, v)[c] = cv::saturate_cast<uchar>(level);
    }
  }
  cv::LUT(image, table, out);
  return out;
}

cv::Mat with_saturation(const cv::Mat& image, double saturation) {
  cv::Mat grey, out;
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2BGR);
  cv::addWeighted(image, saturation, grey, 1 - saturation, 0, out);
  return out;
}

// Light that a glossy surface throws back, at a place of the scene.
void add_gloss(cv::Mat& scene, const cv::Mat& where, cv::Point2d middle, double size, double strength) {
  cv::Mat light = cv::Mat::zeros(scene.size(), CV_8UC3);
  cv::ellipse(light, cv::Point(middle), {static_cast<int>(size), static_cast<int>(size * 0.4)}, 25, 0, 360,
              cv::Scalar::all(strength), cv::FILLED);
  cv::GaussianBlur(light, light, {}, size / 4);
  cv::Mat lit;
  cv::add(scene, light, lit);
  lit.copyTo(scene, where);
}

// Lens, sensor and compression.
cv::Mat through_camera(const cv::Mat& scene, double blur, double noise, std::uint32_t seed) {
  cv::Mat out, grain(scene.size(), CV_16SC3), wide;
  cv::GaussianBlur(scene, out, {}, blur);
  cv::RNG(seed).fill(grain, cv::RNG::NORMAL, 0, noise);
  out.convertTo(wide, CV_16S);
  cv::add(wide, grain, wide);
  wide.convertTo(out, CV_8U);
  std::vector<uchar> bytes;
  cv::imencode(".jpg", out, bytes, {cv::IMWRITE_JPEG_QUALITY, 88});
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

// Something flat with a picture on it, held before the camera.
struct Sheet {
  double height;  // in the scene, pixels
  double border;  // part of the picture's height on each side
  cv::Scalar border_colour;
  double bend = 0;  // how far the middle is nearer than the edges, part of the width
};

class Hand {
 public:
  Hand(Chance& chance, const Sheet& sheet)
      : sheet_(sheet),
        x_(chance, 14),
        y_(chance, 10),
        turn_(chance, 0.05),
        size_(chance, 0.05),
        lean_(chance, 0.05),
        tilt_(chance, 0.05),
        middle_(kWidth / 2.0 + chance(-50, 50), kHeight / 2.0 + chance(-15, 25)) {}

  // Draws the picture over the scene. Where it lies is returned as a mask.
  cv::Mat show(cv::Mat& scene, const cv::Mat& picture, double seconds) const {
    cv::Mat sheet = picture;
    const int edge = static_cast<int>(sheet_.border * picture.rows);
    if (edge > 0) {
      cv::copyMakeBorder(picture, sheet, edge, edge, edge, edge, cv::BORDER_CONSTANT, sheet_.border_colour);
    }
    if (sheet_.bend > 0) sheet = bent(sheet);
    const double scale = sheet_.height / picture.rows * (1 + size_.at(seconds));
    const double w = sheet.cols * scale / 2, h = sheet.rows * scale / 2;
    const double c = std::cos(turn_.at(seconds)), s = std::sin(turn_.at(seconds));
    const cv::Point2d at = middle_ + cv::Point2d(x_.at(seconds), y_.at(seconds));
    std::array<cv::Point2f, 4> from, to;
    for (std::size_t i = 0; i < 4; ++i) {
      const double u = i == 0 || i == 3 ? -1 : 1, v = i < 2 ? -1 : 1;
      const double nearer = 1 + u * lean_.at(seconds) + v * tilt_.at(seconds);
      const double x = u * w * nearer, y = v * h * nearer;
      from[i] = {static_cast<float>((u + 1) / 2 * sheet.cols), static_cast<float>((v + 1) / 2 * sheet.rows)};
      to[i] = cv::Point2f(at + cv::Point2d(c * x - s * y, s * x + c * y));
    }
    const cv::Mat warp = cv::getPerspectiveTransform(from, to);
    cv::Mat drawn, mask;
    cv::warpPerspective(sheet, drawn, warp, scene.size(), cv::INTER_LINEAR);
    cv::warpPerspective(cv::Mat(sheet.size(), CV_8U, cv::Scalar(255)), mask, warp, scene.size(), cv::INTER_LINEAR);
    cv::threshold(mask, mask, 127, 255, cv::THRESH_BINARY);
    drawn.copyTo(scene, mask);
    return mask;
  }
  cv::Point2d middle(double seconds) const { return middle_ + cv::Point2d(x_.at(seconds), y_.at(seconds)); }

 private:
  // A cylinder seen from the front.
  cv::Mat bent(const cv::Mat& flat) const {
    cv::Mat x(flat.size(), CV_32F), y(flat.size(), CV_32F), out;
    for (int r = 0; r < flat.rows; ++r) {
      for (int c = 0; c < flat.cols; ++c) {
        const double u = 2.0 * c / flat.cols - 1;
        const double angle = std::asin(u * std::sin(1 + sheet_.bend)) / (1 + sheet_.bend);
        const double nearer = 1 + sheet_.bend * 0.2 * (std::cos(u * 1.3) - 0.6);
        x.at<float>(r, c) = static_cast<float>((angle + 1) / 2 * flat.cols);
        y.at<float>(r, c) = static_cast<float>((r - flat.rows / 2.0) / nearer + flat.rows / 2.0);
      }
    }
    cv::remap(flat, out, x, y, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
    return out;
  }

  Sheet sheet_;
  Sway x_, y_, turn_, size_, lean_, tilt_;
  cv::Point2d middle_;
};

const cv::Mat& still_of(const Recording& live, Chance& chance) {
  return live.frames[static_cast<std::size_t>(chance(0.05, 0.3) * static_cast<double>(live.frames.size()))];
}

using Picture = std::function<cv::Mat(std::size_t)>;  // what is on the paper or the screen in a frame

std::vector<cv::Mat> hold_up(const Recording& live, Chance& chance, const Sheet& sheet, const Picture& picture,
                             double gloss, const std::function<void(cv::Mat&, double)>& light) {
  const cv::Mat room = draw_room(chance);
  const Hand hand(chance, sheet);
  const double blur = chance(0.5, 1.0), noise = chance(1.5, 4), gloss_size = chance(40, 110);
  const cv::Point2d gloss_at(chance(-90, 90), chance(-90, 90));
  std::vector<cv::Mat> out;
  for (std::size_t i = 0; i < live.frames.size(); ++i) {
    const double seconds = static_cast<double>(i) / live.fps;
    cv::Mat scene = room.clone();
    const cv::Mat mask = hand.show(scene, picture(i), seconds);
    // The lamp stands still while the sheet moves.
    if (gloss > 0) add_gloss(scene, mask, cv::Point2d(kWidth / 2.0, kHeight / 2.0) + gloss_at, gloss_size, gloss);
    if (light) light(scene, seconds);
    out.push_back(through_camera(scene, blur, noise, static_cast<std::uint32_t>(i + 1)));
  }
  return out;
}

cv::Mat printed(const cv::Mat& image, Chance chance) {
  const cv::Scalar ink(chance(0.85, 1.0), chance(0.92, 1.0), chance(0.95, 1.05));
  return with_saturation(with_curve(image, chance(0.7, 0.85), chance(15, 40), chance(0.85, 1.15), ink),
                         chance(0.6, 0.95));
}

std::vector<cv::Mat> print(const Recording& live, Chance& chance, double bend, bool cut_eyes) {
  Sheet sheet{chance(260, 460), chance(0, 0.12), cv::Scalar::all(chance(200, 245)), bend};
  const std::size_t at = static_cast<std::size_t>(&still_of(live, chance) - live.frames.data());
  const Chance ink = chance;
  const cv::Mat paper = printed(live.frames[at], ink);
  const Picture picture = [&, paper](std::size_t i) {
    if (!cut_eyes || live.left_eyes[at].empty() || live.left_eyes[i].empty()) return paper;
    cv::Mat with_eyes = paper.clone();  // somebody looks through the holes
    for (const auto* eyes : {&live.left_eyes, &live.right_eyes}) {
      const cv::Rect frame(0, 0, paper.cols, paper.rows), hole = (*eyes)[at] & frame, eye = (*eyes)[i] & frame;
      if (hole.empty() || eye.empty()) continue;
      cv::Mat alive;
      cv::resize(live.frames[i](eye), alive, hole.size());
      alive.convertTo(alive, -1, 0.85);  // in the shade of the paper
      cv::Mat shape = cv::Mat::zeros(hole.size(), CV_8U);
      cv::ellipse(shape, {hole.width / 2, hole.height / 2}, {hole.width / 2, hole.height * 2 / 5}, 0, 0, 360, 255,
                  cv::FILLED);
      alive.copyTo(with_eyes(hole), shape);
    }
    return with_eyes;
  };
  return hold_up(live, chance, sheet, picture, chance.happens(0.5) ? chance(30, 110) : 0, {});
}

// Rows and columns of dots, red, green and blue beside each other, and the gaps between them.
cv::Mat dots_of(const cv::Size& size, double pitch, double depth) {
  cv::Mat dots(size, CV_32FC3);
  for (int y = 0; y < size.height; ++y) {
    const double row = std::fmod(y, pitch) < pitch * 0.8 ? 1 : 1 - depth;
    for (int x = 0; x < size.width; ++x) {
      const double column = std::fmod(x, pitch) / pitch * 3;
      for (int c = 0; c < 3; ++c) {
        const bool lit = static_cast<int>(column) == 2 - c;
        dots.at<cv::Vec3f>(y, x)[c] = static_cast<float>(row * (lit ? 1 + depth : 1 - depth / 2));
      }
    }
  }
  return dots;
}

std::vector<cv::Mat> screen(const Recording& live, Chance& chance, bool edge) {
  const cv::Mat& first = live.frames.front();
  // Without its edge it covers the frame, whatever the hand does.
  const double covering = std::max<double>(kHeight, static_cast<double>(kWidth) * first.rows / first.cols);
  const double height = edge ? chance(240, 400) : covering * chance(1.25, 1.5);
  const Sheet sheet{height, edge ? chance(0.03, 0.12) : 0, cv::Scalar::all(chance(8, 40)), 0};
  const double gain = chance(0.95, 1.25), gamma = chance(0.9, 1.3), lift = chance(0, 14);
  const cv::Scalar tint(chance(1.0, 1.12), 1, chance(0.92, 1.0));
  const int rows = static_cast<int>(height) * kScreenScale;
  const cv::Size fine(first.cols * rows / first.rows, rows);
  const cv::Mat dots = dots_of(fine, chance(1.6, 3.4), chance(0.05, 0.3));
  const Picture picture = [&, dots, fine](std::size_t i) {
    cv::Mat shown;
    cv::resize(with_curve(live.frames[i], gain, lift, gamma, tint), shown, fine, 0, 0, cv::INTER_LINEAR);
    cv::multiply(shown, dots, shown, 1, CV_8U);
    return shown;
  };
  const double flicker = chance.happens(0.6) ? chance(0.01, 0.06) : 0, hertz = chance(0.3, 4), bands = chance(0.5, 3);
  const auto light = [=](cv::Mat& scene, double seconds) {
    if (flicker == 0) return;
    for (int y = 0; y < scene.rows; ++y) {
      const double phase = 2 * std::numbers::pi * (hertz * seconds + bands * y / scene.rows);
      scene.row(y).convertTo(scene.row(y), -1, 1 + flicker * std::sin(phase));
    }
  };
  return hold_up(live, chance, sheet, picture, chance.happens(0.4) ? chance(30, 90) : 0, light);
}

cv::Mat fitted(const cv::Mat& frame) {
  const double scale = std::max(static_cast<double>(kWidth) / frame.cols, static_cast<double>(kHeight) / frame.rows);
  cv::Mat large;
  cv::resize(frame, large, {}, scale, scale, cv::INTER_AREA);
  return large(cv::Rect((large.cols - kWidth) / 2, (large.rows - kHeight) / 2, kWidth, kHeight)).clone();
}

// Instead of a camera's picture: nothing is held up, the picture itself is false.
std::vector<cv::Mat> injected(const Recording& live, Chance& chance, bool moves) {
  const auto count = static_cast<double>(live.frames.size());
  const auto begin = static_cast<std::size_t>(chance(0, 0.3) * count);
  const std::size_t most = live.frames.size() - begin;
  const std::size_t length = moves ? std::min(most, static_cast<std::size_t>(chance(1.2, 3.0) * live.fps)) : 1;
  const double noise = chance.happens(0.5) ? chance(0.5, 2) : 0;  // a recording of a recording
  std::vector<cv::Mat> out;
  for (std::size_t i = 0; i < live.frames.size(); ++i) {
    const cv::Mat frame = fitted(live.frames[begin + i % length]);
    out.push_back(noise > 0 ? through_camera(frame, 0.3, noise, static_cast<std::uint32_t>(i + 1)) : frame);
  }
  return out;
}

}  // namespace

const std::vector<Species>& all_species() {
  static const std::vector<Species> species = {
      {"print", "a photo on paper, held in the hand"},
      {"bent", "the same, bent round"},
      {"cut", "the same with the eyes cut out, and somebody behind who blinks"},
      {"screen", "a video on a phone or tablet, its edge in the picture"},
      {"cropped", "the same so near that its edge is not"},
      {"frozen", "one picture instead of the camera's"},
      {"loop", "a piece of video over and over instead of the camera's"},
  };
  return species;
}

std::vector<cv::Mat> present(const Recording& live, const std::string& species, std::uint32_t seed) {
  Chance chance(seed);
  if (species == "print") return print(live, chance, 0, false);
  if (species == "bent") return print(live, chance, chance(0.1, 0.5), false);
  if (species == "cut") return print(live, chance, 0, true);
  if (species == "screen") return screen(live, chance, true);
  if (species == "cropped") return screen(live, chance, false);
  if (species == "frozen") return injected(live, chance, false);
  if (species == "loop") return injected(live, chance, true);
  throw std::invalid_argument(species);
}

}  // namespace faceatt::bench
