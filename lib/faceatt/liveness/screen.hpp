// Does a face lie behind the dots of a screen, or the pattern that they make with the camera's own (moiré)?
#pragma once

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"

namespace faceatt {

// By how much the strongest regular pattern on the face stands out: natural logarithm of its power over the median
// power at the same frequency, or over that of the ray it lies on if that is less (edges are rays); the median of three
// places on the face. Patterns of 2 to 8 pixels count; those along rows and columns do not, where JPEG's blocks leave
// theirs. 0 when the face is less than 64 pixels wide or high. About 1.4 ms. Measured: 2.0 to 3.9 on 800 live and
// printed faces; made of screens filmed from so near that their dots can be seen, 2.8 to 7.3, half of them over 5.
double screen_pattern(const Frame& frame, const Face& face);

}  // namespace faceatt
