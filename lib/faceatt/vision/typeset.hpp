// Text in any script, as a picture.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <string>

namespace faceatt {

struct TextStyle {
  int em = 12;             // size of the font in pixels
  int max_width = 1;       // pixels; what is longer is broken into lines
  int max_lines = 1;       // and ends in an ellipsis in the last of them
  bool keeps_end = false;  // the ellipsis stands for the middle of that line instead
  bool is_bold = false;
  cv::Scalar colour{};  // BGR, 0..255
};

// One thread at a time.
class Typesetter {
 public:
  // Throws Error(kCannotRun) when the machine has no font.
  Typesetter();
  ~Typesetter();
  Typesetter(const Typesetter&) = delete;
  Typesetter& operator=(const Typesetter&) = delete;

  // As large as the text, 8-bit BGRA with premultiplied opacity; several lines are centred. Empty when the text is.
  // Text is taken as it is (no markup); bytes that are not UTF-8, and line ends, become U+FFFD.
  cv::Mat set(const std::string& text, const TextStyle& style) const;

 private:
  struct Fonts;
  std::unique_ptr<Fonts> fonts_;
};

// Lays a picture of premultiplied opacity (8-bit BGRA) over another, 8-bit BGR or itself BGRA. What would lie outside
// is left out.
void blend(cv::Mat& picture, const cv::Mat& bgra, cv::Point at);

}  // namespace faceatt
