// What is known of the faces of a picture, drawn into it for people to see.
#pragma once

#include <cstddef>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>

#include "faceatt/vision/face.hpp"

namespace faceatt {

// How a face is framed. Each look has a colour of the palette that the colour-blind can tell apart (Okabe and Ito,
// 2008), a line of its own, and most of them a sign before the name.
enum class Look {
  kUndecided,  // grey corners
  kKnown,      // blue, one line
  kMarked,     // green, one thick line, a tick
  kUnknown,    // orange, dashes, a question mark
  kAmbiguous,  // purple, dots, "almost equal"
  kSpoof,      // red, two lines, a cross
};

struct LookStyle {
  cv::Scalar colour;  // BGR, 0..255
  const char* sign;   // may be empty
};
LookStyle style_of(Look look);

struct FaceLabel {
  Box box;  // in pixels of the picture; may reach outside it. One that is empty or not finite is left out.
  Look look = Look::kUndecided;
  std::string title;  // the name, in any script; what is too long ends in an ellipsis. May be empty.
  std::string note;   // smaller, under the title. May be empty.
};

// Keeps the texts that it drew last, since most are the same in the next frame. One thread at a time; painters of
// different threads know nothing of each other.
class FacePainter {
 public:
  // Throws Error(kCannotRun) when the machine has no font.
  FacePainter();
  ~FacePainter();
  FacePainter(const FacePainter&) = delete;
  FacePainter& operator=(const FacePainter&) = delete;

  // Draws into `bgr` (8-bit BGR): frames, labels beside them, and `status`, unless it is empty, on a dark bar at the
  // bottom; on another above it `request` in letters that can be read from where the people stand. Sizes go by the
  // picture's and the face's. Labels stay inside the picture, and off faces and other labels where there is room. Texts
  // are taken as they are (no markup); bytes that are not UTF-8 become U+FFFD.
  void draw(cv::Mat& bgr, std::span<const FaceLabel> faces, const std::string& status = {},
            const std::string& request = {});

  // Texts kept: at most 64, or those of the last picture.
  std::size_t kept() const;

 private:
  class Texts;
  std::unique_ptr<Texts> texts_;
};

}  // namespace faceatt
