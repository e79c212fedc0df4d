#include "faceatt/vision/sheet.hpp"

#include <catch2/catch.hpp>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

using namespace faceatt;

namespace {

constexpr int kTile = SheetLayout::kTile;
const cv::Scalar kRed(0, 0, 255);

cv::Mat red(int width, int height) { return {height, width, CV_8UC3, kRed}; }

SheetRow row_of(std::vector<SheetTile> tiles) {
  return {Look::kAmbiguous, "ambiguous", "0.02 apart", std::move(tiles)};
}

Sheet sheet_of(std::size_t rows, std::size_t columns) {
  Sheet sheet{"title", {}, {}};
  for (std::size_t c = 0; c < columns; ++c) sheet.columns.push_back("column");
  sheet.rows.assign(rows, row_of(std::vector<SheetTile>(columns, SheetTile{red(kTile, kTile), "Ana", "0.50"})));
  return sheet;
}

cv::Mat draw(const Sheet& sheet) { return draw_sheet(sheet, Typesetter()); }

bool same(const cv::Mat& a, const cv::Mat& b) { return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0; }

// Pixels of the tile that are red.
int red_pixels(const cv::Mat& tile) {
  cv::Mat mask;
  cv::inRange(tile, cv::Scalar(0, 0, 250), cv::Scalar(5, 5, 255), mask);
  return cv::countNonZero(mask);
}

// The first tile of a sheet with only this picture.
cv::Mat tile_with(const cv::Mat& picture) {
  Sheet sheet{"", {}, {row_of({{picture, "", ""}})}};
  return draw(sheet)(SheetLayout(sheet).tile(0, 0));
}

}  // namespace

TEST_CASE("sheet: everything is inside, nothing overlaps") {
  for (const auto& [rows, columns] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 0}, {0, 3}, {1, 1}, {1, 3}, {100, 3}}) {
    CAPTURE(rows, columns);
    const Sheet sheet = sheet_of(rows, columns);
    const SheetLayout layout(sheet);
    std::vector<cv::Rect> rects{layout.title()};
    for (std::size_t c = 0; c < columns; ++c) rects.push_back(layout.column(c));
    for (std::size_t r = 0; r < rows; ++r) {
      rects.push_back(layout.head(r));
      for (std::size_t c = 0; c < columns; ++c) {
        rects.push_back(layout.tile(r, c));
        rects.push_back(layout.caption(r, c));
      }
    }
    std::size_t outside = 0, overlaps = 0;
    for (std::size_t a = 0; a < rects.size(); ++a) {
      outside += rects[a].empty() || (rects[a] & cv::Rect({0, 0}, layout.size())) != rects[a];
      for (std::size_t b = 0; b < a; ++b) overlaps += !(rects[a] & rects[b]).empty();
    }
    CHECK(outside == 0);
    CHECK(overlaps == 0);
    const cv::Mat drawn = draw(sheet);
    CHECK(drawn.type() == CV_8UC3);
    CHECK(drawn.size() == layout.size());
  }
}

TEST_CASE("sheet: forty rows are no longer than a viewer takes") {
  CHECK(SheetLayout(sheet_of(40, 3)).size().height < 10'000);
  CHECK(SheetLayout(sheet_of(40, 3)).size().width < 800);
}

TEST_CASE("sheet: rows with fewer tiles than columns, and more") {
  Sheet sheet = sheet_of(2, 2);
  sheet.rows[0].tiles.resize(1);
  sheet.rows[1].tiles.resize(4);
  const SheetLayout layout(sheet);
  CHECK(layout.tile(1, 3).x > layout.tile(1, 1).x);
  const cv::Mat drawn = draw(sheet);
  CHECK(drawn.cols >= layout.tile(1, 3).x + kTile);
  CHECK(red_pixels(drawn(layout.tile(0, 1))) == 0);
}

TEST_CASE("sheet: pictures of any size are fitted into their tile, shape kept") {
  for (const int side : {1, 40, kTile, 1000}) {
    CAPTURE(side);
    CHECK(red_pixels(tile_with(red(side, side))) == kTile * kTile);
  }
  CHECK(red_pixels(tile_with(red(1000, 500))) == kTile * kTile / 2);
  CHECK(red_pixels(tile_with(red(20, 80))) == kTile * kTile / 4);
  CHECK(red_pixels(tile_with(red(10'000, 1))) == kTile);
}

TEST_CASE("sheet: a grey picture, and none") {
  const cv::Mat grey = tile_with(cv::Mat(80, 80, CV_8UC1, cv::Scalar(77)));
  CHECK(same(grey, cv::Mat(kTile, kTile, CV_8UC3, cv::Scalar::all(77))));
  const cv::Mat none = tile_with({});
  cv::Mat is_text;  // "no photo" in the middle of something even
  cv::inRange(none, none.at<cv::Vec3b>(0, 0), none.at<cv::Vec3b>(0, 0), is_text);
  CHECK(cv::countNonZero(~is_text) > 100);
}

TEST_CASE("sheet: texts stay in their place, however long, in any script") {
  Sheet sheet = sheet_of(2, 2);
  const cv::Mat before = draw(sheet);
  const SheetLayout layout(sheet);
  for (const std::string& name : std::vector<std::string>{
           std::string(1000, 'W'), "Maximiliane von und zu Mustermann-Beispielhausen",
           "محمد عبد الرحمن بن عبد العزيز آل الشيخ", "司馬遷與欧陽修的朋友們在學校裡", "\xFF\xFE\n\t", ""}) {
    CAPTURE(name);
    Sheet other = sheet;
    other.rows[0].tiles[0].title = other.rows[0].tiles[0].note = name;
    cv::Mat after = draw(other);
    CHECK_FALSE(same(after, before));
    before(layout.caption(0, 0)).copyTo(after(layout.caption(0, 0)));
    CHECK(same(after, before));
  }
  Sheet other = sheet;
  other.title = other.columns[1] = other.rows[1].title = other.rows[1].note = std::string(1000, 'W');
  cv::Mat after = draw(other);
  for (const cv::Rect& changed : {layout.title(), layout.column(1), layout.head(1)})
    before(changed).copyTo(after(changed));
  CHECK(same(after, before));
}

TEST_CASE("sheet: a face lies upright in the middle of its tile") {
  // A tilted face: white eyes of a grey head, the left one lower.
  Frame frame;
  frame.image = cv::Mat(400, 400, CV_8UC3, cv::Scalar::all(90));
  const Face face{{140, 140, 120, 120}, {{170, 190}, {210, 150}, {212, 192}, {205, 230}, {240, 198}}, 0.9F};
  for (const Point& eye : {face.landmarks.left_eye, face.landmarks.right_eye}) {
    frame.image(cv::Rect(static_cast<int>(eye.x) - 3, static_cast<int>(eye.y) - 3, 7, 7)).setTo(cv::Scalar::all(255));
  }
  const cv::Mat tile = face_tile(frame, face);
  REQUIRE(tile.size() == cv::Size(kTile, kTile));
  REQUIRE(tile.type() == CV_8UC3);
  cv::Mat bright;
  cv::inRange(tile, cv::Scalar::all(170), cv::Scalar::all(255), bright);
  std::vector<cv::Point> left, right;
  cv::findNonZero(bright.colRange(0, kTile / 2), left);
  cv::findNonZero(bright.colRange(kTile / 2, kTile), right);
  REQUIRE_FALSE(left.empty());
  REQUIRE_FALSE(right.empty());
  const auto height = [](const std::vector<cv::Point>& points) {
    double sum = 0;
    for (const cv::Point& point : points) sum += point.y;
    return sum / static_cast<double>(points.size());
  };
  CHECK(height(left) == Approx(height(right)).margin(6));
  CHECK(height(left) < kTile / 2.0);
}
