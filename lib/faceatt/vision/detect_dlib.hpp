// dlib's HOG face detector, which works from Debian's packages alone. Internal: use Detector::create.
#pragma once

#include <memory>

#include "faceatt/vision/detect.hpp"

namespace faceatt {

// Finds faces that look about at the camera, from 80 pixels in the scaled frame, 40 where its longest side is
// under 800 (such are enlarged). `options.fine_side`, where larger, takes the place of `max_side`. Boxes, landmarks and
// scores follow YuNet's. Throws Error(kCannotRun) when the landmarks of package libdlib-data are missing.
std::unique_ptr<Detector> create_hog_detector(const DetectorOptions& options);

}  // namespace faceatt
