#include "faceatt/vision/detect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>
#include <opencv2/objdetect.hpp>
#include <optional>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/detect_dlib.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr float kNmsOverlap = 0.3F;
constexpr int kMaxFaces = 5000;
constexpr int kStride = 32;            // the network halves its input five times
constexpr float kCoarseMaxFace = 250;  // pixels; the network was trained on faces of 10 to 300
constexpr float kFineMaxFace = 160;    // pixels; larger ones at the fine scale are left to the coarse look
// A face is looked at again mirrored, at this width in pixels, and the landmarks are averaged. Their jitter is what
// costs the encoder most: FNIR at FPIR 1 % on 496 people of LFW falls from 6.5 % to 5.3 %. Two looks (5.2 %) and four
// (5.6 %) at several widths take more time and gain nothing; nor do four for faces of 34 to 100 pixels.
constexpr float kRefineWidth = 80;
// Small faces among many are looked at in squares of these sides, mirrored and not, about 46, 58 and 70 pixels wide
// there. Now and then the first landmarks are far off: then nothing else finds the person. On 948 faces of LFW of 34 to
// 96 pixels FNIR at FPIR 0.3 % falls from 9.9 % to 8.0 %; at 1 % nothing is gained.
constexpr std::array kCloseSides = {192, 160, 128};  // pixels, the largest first
constexpr float kNearlyHalf = 0.57F;
constexpr float kTileSide = 1088;  // at the fine scale, at most
constexpr float kTileOverlap = kFineMaxFace;
constexpr float kTileBorder = 0.1F;    // so near the edge, in face sizes, a face counts as cut
constexpr int kLeastSide = 64;         // a smaller input leaves the network nothing to look at
constexpr double kLeastDeviation = 2;  // of the grey levels of a face
constexpr float kSameFaceOverlap = 0.5F;
constexpr float kRefineReach = 1.1F;  // half side of the part looked at, in face sizes
constexpr float kTightBorder = 0.3F;  // border added round a picture that is all face
// A face that is followed: the input is a square of this side in which it is so wide.
constexpr int kNearInput = 128;
constexpr float kNearWidth = 48;
constexpr int kRoughInput = 96;  // when its place is all that is wanted
constexpr float kRoughWidth = 38;
constexpr float kNearMaxScale = 2;     // of small faces
constexpr float kNearMinScore = 0.5F;  // less than for a new face: one was there a moment ago

// Whether there is nothing to see in this part of a picture. The network finds faces in plain black.
bool is_flat(const cv::Mat& image, const Box& box) {
  const cv::Rect wanted(static_cast<int>(box.x), static_cast<int>(box.y), static_cast<int>(box.width),
                        static_cast<int>(box.height));
  const cv::Rect part = wanted & cv::Rect(0, 0, image.cols, image.rows);
  if (part.empty()) return true;
  cv::Scalar mean, deviation;
  cv::meanStdDev(image(part), mean, deviation);
  return std::max({deviation[0], deviation[1], deviation[2]}) < kLeastDeviation;
}

// The face of a mirrored picture `width` pixels wide, in the coordinates of the picture itself.
Face mirror(Face face, float width) {
  face.box.x = width - face.box.x - face.box.width;
  auto& p = face.landmarks;
  for (Point* point : {&p.left_eye, &p.right_eye, &p.nose, &p.left_mouth, &p.right_mouth})
    point->x = width - 1 - point->x;
  std::swap(p.left_eye, p.right_eye);
  std::swap(p.left_mouth, p.right_mouth);
  return face;
}

// `face` with the mean of the landmarks of these.
Face with_mean_landmarks(Face face, const std::vector<Face>& looks) {
  std::array<Point, 5> mean{};
  const auto count = static_cast<float>(looks.size());
  for (const Face& look : looks) {
    const auto points = look.landmarks.points();
    for (std::size_t i = 0; i < mean.size(); ++i) {
      mean[i].x += points[i].x / count;
      mean[i].y += points[i].y / count;
    }
  }
  face.landmarks = {mean[0], mean[1], mean[2], mean[3], mean[4]};
  return face;
}

Face moved(Face face, const cv::Point& by) {
  const auto x = static_cast<float>(by.x), y = static_cast<float>(by.y);
  face.box.x += x;
  face.box.y += y;
  for (Point* point : {&face.landmarks.left_eye, &face.landmarks.right_eye, &face.landmarks.nose,
                       &face.landmarks.left_mouth, &face.landmarks.right_mouth}) {
    point->x += x;
    point->y += y;
  }
  return face;
}

// Pixel centres: large = (small + 0.5) * factor - 0.5.
Face scaled(Face face, float factor) {
  const auto at = [&](float small) { return (small + 0.5F) * factor - 0.5F; };
  face.box = {at(face.box.x), at(face.box.y), face.box.width * factor, face.box.height * factor};
  for (Point* point : {&face.landmarks.left_eye, &face.landmarks.right_eye, &face.landmarks.nose,
                       &face.landmarks.left_mouth, &face.landmarks.right_mouth}) {
    point->x = at(point->x);
    point->y = at(point->y);
  }
  return face;
}

// Whether an edge of the tile that is not one of the picture cuts this box, whose coordinates are the tile's.
bool is_cut_by(const cv::Rect& tile, const Box& box, const cv::Size& picture) {
  const float near = kTileBorder * std::max(box.width, box.height);
  return (box.x < near && tile.x > 0) || (box.y < near && tile.y > 0) ||
         (box.x + box.width > static_cast<float>(tile.width) - near && tile.br().x < picture.width) ||
         (box.y + box.height > static_cast<float>(tile.height) - near && tile.br().y < picture.height);
}

// YuNet (Wu et al. 2023, "YuNet: a tiny millisecond-level face detector") through OpenCV.
class YuNetDetector final : public Detector {
 public:
  YuNetDetector(const Model& model, const DetectorOptions& options) : path_(model.path.string()), options_(options) {
    read_model_file(model);  // checks the hash; FaceDetectorYN of OpenCV 4.6 reads from a path only
    net_ = load(320, options.min_score);
  }

  std::vector<Face> detect(const Frame& frame) override {
    const auto& image = frame.image;
    const float longest = static_cast<float>(std::max(image.cols, image.rows));
    const float coarse = std::min(1.0F, static_cast<float>(options_.max_side) / longest);
    std::vector<Face> faces = look(*net_, image, coarse, 0);
    // Of a face larger than it knows the network sees parts, a mouth with chin for one: those are looked at from
    // further away.
    const auto is_large = [&](const Face& face) {
      return std::max(face.box.width, face.box.height) * coarse > kCoarseMaxFace;
    };
    if (std::any_of(faces.begin(), faces.end(), is_large)) {
      auto whole = look(*net_, image, coarse / (1 + 2 * kTightBorder) / 1.5F, kTightBorder);
      std::erase_if(whole, [&](const Face& face) { return !is_large(face); });
      if (!whole.empty()) std::erase_if(faces, is_large);
      faces.insert(faces.end(), whole.begin(), whole.end());
    }
    if (options_.fine_side > 0 && (faces.empty() || !options_.fine_if_none)) {
      const float fine = fine_scale(longest);
      if (fine > 1.2F * coarse) {
        for (const Face& face : look_in_tiles(image, fine)) {
          if (face.box.width * fine <= kFineMaxFace) faces.push_back(face);
        }
      }
      // A tight crop leaves the network no context: give it a border.
      if (faces.empty()) faces = look(*net_, image, coarse / (1 + 2 * kTightBorder), kTightBorder);
    }
    return without_doubles(std::move(faces));
  }

  std::vector<Face> glance(const Frame& frame) override {
    const float longest = static_cast<float>(std::max(frame.image.cols, frame.image.rows));
    if (!glance_net_) glance_net_ = load(320, options_.min_score);
    const float scale = std::min(1.0F, static_cast<float>(options_.max_side) / 2 / longest);
    return without_doubles(look(*glance_net_, frame.image, scale, 0));
  }

  std::vector<Face> detect_near(const Frame& frame, const Box& where, bool roughly) override {
    const auto& image = frame.image;
    const float size = std::max(where.width, where.height);
    if (!(size > 0) || image.empty()) return {};
    const int input_side = roughly ? kRoughInput : kNearInput;
    const float wanted = roughly ? kRoughWidth : kNearWidth;
    auto& net = roughly ? rough_net_ : near_net_;
    if (!net) net = load(input_side, kNearMinScore);
    // Shrunk by a whole number, which OpenCV does several times faster than by others.
    const int shrink = std::max(1, static_cast<int>(std::lround(size / wanted)));
    const float enlarge = std::clamp(wanted / size, 1.0F, kNearMaxScale);
    const int side = static_cast<int>(static_cast<float>(input_side * shrink) / enlarge);
    const Point centre = where.centre();
    const cv::Point corner(static_cast<int>(std::lround(centre.x)) - side / 2,
                           static_cast<int>(std::lround(centre.y)) - side / 2);
    // Always the same input, also at the edge of the frame: a network that changes its size sets itself up anew.
    cv::Rect part = cv::Rect(corner, cv::Size(side, side)) & cv::Rect(0, 0, image.cols, image.rows);
    part.width -= part.width % shrink;
    part.height -= part.height % shrink;
    const float scale = enlarge / static_cast<float>(shrink);
    const cv::Size scaled(std::min(input_side, static_cast<int>(static_cast<float>(part.width) * scale)),
                          std::min(input_side, static_cast<int>(static_cast<float>(part.height) * scale)));
    if (scaled.empty()) return {};
    const cv::Mat input = cv::Mat::zeros(input_side, input_side, CV_8UC3);
    cv::resize(image(part), input(cv::Rect({0, 0}, scaled)), scaled, 0, 0,
               shrink > 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
    const Point factor{static_cast<float>(part.width) / static_cast<float>(scaled.width),
                       static_cast<float>(part.height) / static_cast<float>(scaled.height)};
    return faces_in(*net, input, {0, 0}, {static_cast<float>(part.x), static_cast<float>(part.y)}, factor,
                    image.size());
  }

  Face refine(const Frame& frame, const Face& face) override {
    const Surroundings part(frame.image, face.box, kRefineReach);
    if (part.picture.empty()) return face;
    if (!part_net_) part_net_ = load(320, options_.min_score);
    const auto again = find_again(*part_net_, part, kRefineWidth / face.box.width, true);
    return again ? with_mean_landmarks(face, {face, *again}) : face;
  }

  Face refine_closely(const Frame& frame, const Face& face) override {
    const Surroundings part(frame.image, face.box, kRefineReach);
    if (part.picture.empty()) return face;
    // All looks side by side in one input, mirrored in the lower row: one run takes half the time of six.
    const int width = std::accumulate(kCloseSides.begin(), kCloseSides.end(), 0), height = 2 * kCloseSides[0];
    if (!close_net_) close_net_ = load(320, options_.min_score);
    if (close_net_->getInputSize() != cv::Size(width, height)) close_net_->setInputSize({width, height});
    const cv::Mat input = cv::Mat::zeros(height, width, CV_8UC3);
    std::vector<cv::Rect> cells;
    for (int row = 0, x = 0; row < 2; ++row, x = 0) {
      for (const int side : kCloseSides) {
        const cv::Rect cell = fitted(part, cv::Rect(x, row * kCloseSides[0], side, side));
        cv::resize(part.picture, input(cell), cell.size(), 0, 0,
                   cell.width > part.picture.cols ? cv::INTER_CUBIC : cv::INTER_AREA);
        if (row == 1) cv::flip(input(cell), input(cell), 1);
        cells.push_back(cell);
        x += side;
      }
    }
    std::vector<Face> looks = {face};
    const auto seen = faces_in(*close_net_, input, {0, 0}, {0, 0}, {1, 1}, input.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const cv::Rect& cell = cells[i];
      const float factor = static_cast<float>(part.picture.cols) / static_cast<float>(cell.width);
      for (Face again : seen) {
        again = moved(again, -cell.tl());
        if (i >= kCloseSides.size()) again = mirror(again, static_cast<float>(cell.width));
        again = moved(scaled(again, factor), part.corner);
        if (iou(again.box, part.box) >= kSameFaceOverlap) looks.push_back(again);
      }
    }
    return with_mean_landmarks(face, looks);
  }

 private:
  cv::Ptr<cv::FaceDetectorYN> load(int side, float min_score) const {
    try {
      return cv::FaceDetectorYN::create(path_, "", cv::Size(side, side), min_score, kNmsOverlap, kMaxFaces);
    } catch (const cv::Exception&) {
      throw Error(ErrorCode::kCannotRun, path_ + ": OpenCV cannot read this network");
    }
  }

  // A face and what is round it.
  struct Surroundings {
    // `reach`: half the side of the part, in face sizes.
    Surroundings(const cv::Mat& image, const Box& face, float reach)
        : side(2 * reach * std::max(face.width, face.height)), box(face) {
      const Point centre = face.centre();
      const cv::Rect wanted(static_cast<int>(centre.x - side / 2), static_cast<int>(centre.y - side / 2),
                            static_cast<int>(side), static_cast<int>(side));
      const cv::Rect part = wanted & cv::Rect(0, 0, image.cols, image.rows);
      if (part.width < 2 || part.height < 2) return;
      picture = image(part);
      corner = part.tl();
    }
    cv::Mat picture;  // empty when the face is not in the frame
    cv::Point corner;
    float side;  // of the part, where the frame's edge does not cut it
    Box box;     // of the face, in the frame
  };

  // Where in this square of the input the part lies, whole and at the upper left.
  static cv::Rect fitted(const Surroundings& part, const cv::Rect& square) {
    const auto side_of = [&](int length) {
      return std::clamp(static_cast<int>(std::lround(static_cast<float>(length * square.width) / part.side)), 1,
                        square.width);
    };
    return {square.x, square.y, side_of(part.picture.cols), side_of(part.picture.rows)};
  }

  // The face that is known to be there, looked for at this scale.
  static std::optional<Face> find_again(cv::FaceDetectorYN& net, const Surroundings& part, float scale, bool mirrored) {
    cv::Mat picture;
    if (mirrored) {
      cv::flip(part.picture, picture, 1);
    } else {
      picture = part.picture;
    }
    for (Face face : look(net, picture, scale, 0)) {
      if (mirrored) face = mirror(face, static_cast<float>(picture.cols));
      face = moved(face, part.corner);
      if (iou(face.box, part.box) >= kSameFaceOverlap) return face;
    }
    return std::nullopt;
  }

  // Of the whole picture up to `fine_side`, of larger ones half: a face of 20 pixels is still 10 pixels wide then, and
  // at full resolution the network sees faces in cloth. Exactly half where that is near, which is quick to make.
  float fine_scale(float longest) const {
    const float whole = std::min(1.0F, static_cast<float>(options_.fine_side) / longest);
    return whole < kNearlyHalf ? 0.5F : whole;
  }

  // Like look() without a border, in overlapping tiles: for a large input the network needs a third less time so, and
  // memory for a tile only. A face that the edge of a tile cuts is whole in the next one, or seen at the coarse scale.
  std::vector<Face> look_in_tiles(const cv::Mat& image, float scale) {
    const auto tiles_along = [](int length, float at_scale) {
      const float scaled = static_cast<float>(length) * at_scale;
      return std::max(1, static_cast<int>(std::ceil((scaled - kTileOverlap) / (kTileSide - kTileOverlap))));
    };
    const int columns = tiles_along(image.cols, scale), rows = tiles_along(image.rows, scale);
    // Tiles of one size, in pixels of the picture, at places that are whole at the fine scale.
    const auto reach = static_cast<int>(kTileOverlap / scale);
    const auto shrink = static_cast<int>(std::max(1L, std::lround(1 / scale)));
    const auto side_of = [&](int length, int count) {
      const int side = (length + (count - 1) * reach + count - 1) / count;
      return std::min(length, (side + shrink - 1) / shrink * shrink);
    };
    const int width = side_of(image.cols, columns), height = side_of(image.rows, rows);
    if (!tile_net_) tile_net_ = load(320, options_.min_score);
    std::vector<Face> faces;
    for (int row = 0; row < rows; ++row) {
      for (int column = 0; column < columns; ++column) {
        const auto at = [&](int index, int count, int length, int side) {
          return count == 1 ? 0 : (length - side) * index / (count - 1) / shrink * shrink;
        };
        const cv::Rect tile(at(column, columns, image.cols, width), at(row, rows, image.rows, height), width, height);
        for (const Face& face : look(*tile_net_, image(tile), scale, 0)) {
          if (is_cut_by(tile, face.box, image.size())) continue;
          faces.push_back(moved(face, tile.tl()));
        }
      }
    }
    return faces;
  }

  // Looks at `image` scaled by `scale` with a border of `border` times its size on every side.
  static std::vector<Face> look(cv::FaceDetectorYN& net, const cv::Mat& image, float scale, float border) {
    const int width = std::max(1, static_cast<int>(std::lround(static_cast<float>(image.cols) * scale)));
    const int height = std::max(1, static_cast<int>(std::lround(static_cast<float>(image.rows) * scale)));
    cv::Mat scaled = image;
    if (width != image.cols || height != image.rows) {
      // By area, which enlarges to blocks.
      cv::resize(image, scaled, {width, height}, 0, 0, scale > 1 ? cv::INTER_CUBIC : cv::INTER_AREA);
    }
    const int left = static_cast<int>(border * static_cast<float>(width));
    const int top = static_cast<int>(border * static_cast<float>(height));
    const auto rounded_up = [](int n) { return std::max(kLeastSide, (n + kStride - 1) / kStride * kStride); };
    const cv::Size size(rounded_up(width + 2 * left), rounded_up(height + 2 * top));
    cv::Mat input = scaled;
    if (size != scaled.size()) {
      cv::copyMakeBorder(scaled, input, top, size.height - height - top, left, size.width - width - left,
                         cv::BORDER_CONSTANT);
    }
    if (net.getInputSize() != size) net.setInputSize(size);
    const float fx = static_cast<float>(image.cols) / static_cast<float>(width);
    const float fy = static_cast<float>(image.rows) / static_cast<float>(height);
    return faces_in(net, input, {static_cast<float>(left), static_cast<float>(top)}, {0, 0}, {fx, fy}, image.size());
  }

  // The faces that the network sees in `input`, in the coordinates of an image of this size: point p of the input is
  // (p - shift) * factor + corner of the image.
  static std::vector<Face> faces_in(cv::FaceDetectorYN& net, const cv::Mat& input, Point shift, Point corner,
                                    Point factor, cv::Size image) {
    cv::Mat rows;  // one per face: x y w h, five points (x, y), score
    net.detect(input, rows);
    std::vector<Face> faces;
    for (int i = 0; i < rows.rows; ++i) {
      const float* r = rows.ptr<float>(i);
      const auto point = [&](int k) {
        return Point{(r[k] - shift.x) * factor.x + corner.x, (r[k + 1] - shift.y) * factor.y + corner.y};
      };
      Face face;
      const Point top_left = point(0);
      face.box = {top_left.x, top_left.y, r[2] * factor.x, r[3] * factor.y};
      face.landmarks = {point(4), point(6), point(8), point(10), point(12)};
      face.score = r[14];
      if (is_flat(input, {r[0], r[1], r[2], r[3]})) continue;
      const Point centre = face.box.centre();
      const bool inside = centre.x >= 0 && centre.y >= 0 && centre.x < static_cast<float>(image.width) &&
                          centre.y < static_cast<float>(image.height);
      if (inside && face.box.area() > 0 && face.landmarks.inter_ocular() > 0) faces.push_back(face);
    }
    return faces;
  }

  std::string path_;
  DetectorOptions options_;
  // One for each kind of look, loaded when first used: a network that is given another size of input sets itself up
  // anew.
  cv::Ptr<cv::FaceDetectorYN> net_, tile_net_, part_net_, glance_net_, near_net_, rough_net_, close_net_;
};

}  // namespace

std::unique_ptr<Detector> Detector::create(const Model* model, const DetectorOptions& options) {
  silence_opencv();
  if (model == nullptr) return create_hog_detector(options);
  if (model->backend == "opencv-yunet") return std::make_unique<YuNetDetector>(*model, options);
  throw UsageError(
      fmt::format("model '{}' has backend '{}', which does not detect faces here", model->name, model->backend));
}

std::vector<Face> Detector::detect_near(const Frame& frame, const Box& where, bool /*roughly*/) {
  std::vector<Face> faces = detect(frame);
  std::erase_if(faces, [&](const Face& face) { return intersection_area(face.box, where) <= 0; });
  return faces;
}

bool is_same_face(const Face& a, const Face& b) {
  const float smaller = std::min(a.box.area(), b.box.area());
  return iou(a.box, b.box) > kNmsOverlap || intersection_area(a.box, b.box) > 0.6F * smaller;
}

std::vector<Face> without_doubles(std::vector<Face> faces) {
  std::sort(faces.begin(), faces.end(), [](const Face& a, const Face& b) { return a.score > b.score; });
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const bool doubled =
        std::any_of(kept.begin(), kept.end(), [&](const Face& better) { return is_same_face(face, better); });
    if (!doubled) kept.push_back(face);
  }
  return kept;
}

void sort_in_reading_order(std::vector<Face>& faces) {
  std::sort(faces.begin(), faces.end(),
            [](const Face& a, const Face& b) { return a.box.centre().y < b.box.centre().y; });
  for (auto row = faces.begin(); row != faces.end();) {
    const float bottom = row->box.centre().y + row->box.height / 2;
    const auto end = std::find_if(row, faces.end(), [&](const Face& f) { return f.box.centre().y > bottom; });
    std::sort(row, end, [](const Face& a, const Face& b) { return a.box.x < b.box.x; });
    row = end;
  }
}

}  // namespace faceatt
