#include "faceatt/vision/sheet.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/vision/align.hpp"

namespace faceatt {
namespace {

constexpr int kTile = SheetLayout::kTile;
constexpr int kMargin = 16;         // round the sheet, and between head and tiles
constexpr int kTitle = 30;          // height
constexpr int kColumnHead = 24;     // height
constexpr int kHead = 150;          // width
constexpr int kCell = kTile + 30;   // width
constexpr int kCaptionGap = 4;      // between tile and caption
constexpr int kCaption = 62;        // height: two lines of a title and one of a note, in scripts that are high, too
constexpr int kCaptionMargin = 14;  // between the captions of neighbours
constexpr int kRow = kTile + kCaptionGap + kCaption + 12;

const cv::Scalar kPaper = cv::Scalar::all(250), kInk = cv::Scalar::all(20), kPale = cv::Scalar::all(85);
const cv::Scalar kEmptyTile = cv::Scalar::all(225);

int whole(std::size_t n) { return static_cast<int>(n); }

cv::Mat as_bgr(const cv::Mat& picture) {
  CV_Assert(picture.type() == CV_8UC3 || picture.type() == CV_8UC1);
  if (picture.channels() == 3) return picture;
  cv::Mat bgr;
  cv::cvtColor(picture, bgr, cv::COLOR_GRAY2BGR);
  return bgr;
}

class Drawing {
 public:
  Drawing(cv::Size size, const Typesetter& typesetter) : bgr_(size, CV_8UC3, kPaper), typesetter_(typesetter) {}

  void fill(const cv::Rect& rect, const cv::Scalar& colour) { bgr_(rect).setTo(colour); }

  // In the middle of the rectangle's width, at its top; cut at its end. What remains of it.
  cv::Rect text(const std::string& words, const cv::Rect& rect, TextStyle style) {
    style.max_width = std::max(1, rect.width);
    const cv::Mat set = typesetter_.set(words, style);
    cv::Mat room = bgr_(rect);
    blend(room, set, {(rect.width - set.cols) / 2, 0});
    const int used = std::min(set.rows, rect.height);
    return {rect.x, rect.y + used, rect.width, rect.height - used};
  }

  void picture(const cv::Mat& picture, const cv::Rect& tile) {
    fill(tile, kEmptyTile);
    if (picture.empty()) {
      const int em = 14;
      text("no photo", {tile.x, tile.y + (tile.height - em) / 2, tile.width, tile.height / 2},
           {.em = em, .colour = kPale});
      return;
    }
    const double scale =
        std::min(static_cast<double>(tile.width) / picture.cols, static_cast<double>(tile.height) / picture.rows);
    const cv::Size size(std::max(1, static_cast<int>(std::lround(scale * picture.cols))),
                        std::max(1, static_cast<int>(std::lround(scale * picture.rows))));
    cv::Mat fitted;
    cv::resize(as_bgr(picture), fitted, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
    const cv::Point corner(tile.x + (tile.width - size.width) / 2, tile.y + (tile.height - size.height) / 2);
    fitted.copyTo(bgr_(cv::Rect(corner, size)));
  }

  void head(const SheetRow& row, const cv::Rect& rect) {
    const LookStyle style = style_of(row.look);
    fill(rect, style.colour);
    constexpr int kPad = 8;
    cv::Rect room(rect.x + kPad, rect.y + kPad, rect.width - 2 * kPad, rect.height - 2 * kPad);
    room = text(style.sign, room, {.em = 32, .is_bold = true, .colour = kInk});
    room = text(row.title, room, {.em = 17, .max_lines = 3, .is_bold = true, .colour = kInk});
    text(row.note, room, {.em = 13, .max_lines = 3, .colour = kInk});
  }

  cv::Mat take() { return bgr_; }

 private:
  cv::Mat bgr_;
  const Typesetter& typesetter_;
};

}  // namespace

SheetLayout::SheetLayout(const Sheet& sheet) : rows_(sheet.rows.size()), columns_(sheet.columns.size()) {
  for (const SheetRow& row : sheet.rows) columns_ = std::max(columns_, row.tiles.size());
}

cv::Size SheetLayout::size() const {
  return {3 * kMargin + kHead + whole(std::max<std::size_t>(columns_, 1)) * kCell,
          2 * kMargin + kTitle + kColumnHead + whole(rows_) * kRow};
}

cv::Rect SheetLayout::title() const { return {kMargin, kMargin, size().width - 2 * kMargin, kTitle}; }

cv::Rect SheetLayout::column(std::size_t column) const {
  return {2 * kMargin + kHead + whole(column) * kCell, kMargin + kTitle, kCell, kColumnHead};
}

cv::Rect SheetLayout::head(std::size_t row) const {
  return {kMargin, kMargin + kTitle + kColumnHead + whole(row) * kRow, kHead, kTile};
}

cv::Rect SheetLayout::tile(std::size_t row, std::size_t column) const {
  return {this->column(column).x + (kCell - kTile) / 2, head(row).y, kTile, kTile};
}

cv::Rect SheetLayout::caption(std::size_t row, std::size_t column) const {
  return {this->column(column).x + kCaptionMargin / 2, head(row).y + kTile + kCaptionGap, kCell - kCaptionMargin,
          kCaption};
}

cv::Mat draw_sheet(const Sheet& sheet, const Typesetter& typesetter) {
  const SheetLayout layout(sheet);
  Drawing drawing(layout.size(), typesetter);
  drawing.text(sheet.title, layout.title(), {.em = 16, .is_bold = true, .colour = kInk});
  for (std::size_t c = 0; c < sheet.columns.size(); ++c) {
    drawing.text(sheet.columns[c], layout.column(c), {.em = 14, .colour = kPale});
  }
  for (std::size_t r = 0; r < sheet.rows.size(); ++r) {
    const SheetRow& row = sheet.rows[r];
    drawing.head(row, layout.head(r));
    for (std::size_t c = 0; c < row.tiles.size(); ++c) {
      const SheetTile& tile = row.tiles[c];
      drawing.picture(tile.picture, layout.tile(r, c));
      const cv::Rect rest =
          drawing.text(tile.title, layout.caption(r, c),
                       {.em = 14, .max_lines = 2, .keeps_end = true, .is_bold = true, .colour = kInk});
      drawing.text(tile.note, rest, {.em = 14, .colour = kPale});
    }
  }
  return drawing.take();
}

cv::Mat face_tile(const Frame& frame, const Face& face) {
  // Twice as much as the chip that encoders look at: hair and chin, and a little of what is beside the face.
  constexpr float kScale = kTile / (1.9F * kUsualChip);
  constexpr Point kMiddle{56, 64};  // of the face, in the chip
  auto points = kUsualPoints;
  for (auto& [x, y] : points) {
    x = kTile / 2.0F + kScale * (x - kMiddle.x);
    y = kTile / 2.0F + kScale * (y - kMiddle.y);
  }
  return align_face(frame.image, face.landmarks, points, kTile);
}

}  // namespace faceatt
