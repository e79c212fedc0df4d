// A contact sheet: rows of faces with captions, for somebody who compares them.
#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "faceatt/vision/draw.hpp"
#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/typeset.hpp"

namespace faceatt {

// Captions may be in any script, and empty; what is too long ends in an ellipsis.
struct SheetTile {
  cv::Mat picture;    // 8-bit BGR or grey of any size, scaled to fit. Empty: the tile says "no photo".
  std::string title;  // under the picture, at most two lines
  std::string note;   // under the title, one line
};

struct SheetRow {
  Look look = Look::kUndecided;  // its colour and sign are those of the row's head
  std::string title, note;       // in the head, at most three lines each
  std::vector<SheetTile> tiles;
};

struct Sheet {
  std::string title;                 // one line, at the top
  std::vector<std::string> columns;  // what the tiles of each column are
  std::vector<SheetRow> rows;
};

// Where things are on a sheet, in pixels. All rows are equally high, all columns equally wide; nothing overlaps.
class SheetLayout {
 public:
  static constexpr int kTile = 160;  // side

  explicit SheetLayout(const Sheet& sheet);

  cv::Size size() const;
  cv::Rect title() const;
  cv::Rect column(std::size_t column) const;
  cv::Rect head(std::size_t row) const;
  cv::Rect tile(std::size_t row, std::size_t column) const;
  cv::Rect caption(std::size_t row, std::size_t column) const;

 private:
  std::size_t rows_, columns_;
};

// 8-bit BGR.
cv::Mat draw_sheet(const Sheet& sheet, const Typesetter& typesetter);

// The face with its surroundings, upright and in the same place of every tile: SheetLayout::kTile wide and high, 8-bit
// BGR. Black where the frame has ended.
cv::Mat face_tile(const Frame& frame, const Face& face);

}  // namespace faceatt
