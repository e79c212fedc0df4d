// What the dlib backends share: pictures in dlib's memory layout, and the 68-point landmarks.
// Internal: pulls in dlib, so only the *.cpp files that need dlib include it.
#pragma once

#include <dlib/geometry.h>
#include <dlib/image_processing/full_object_detection.h>
#include <dlib/matrix.h>
#include <dlib/pixel.h>

#include <opencv2/core/mat.hpp>

#include "faceatt/vision/face.hpp"

namespace faceatt::dlib_tools {

using Pixels = dlib::matrix<dlib::rgb_pixel>;

// A copy of a part of a frame, perhaps at another scale. Pixel centres have whole coordinates, in the frame and here.
struct Patch {
  Pixels pixels;                    // empty when the part lies outside the frame
  double x = 0, y = 0;              // frame coordinates of the part's top left pixel
  double scale_x = 1, scale_y = 1;  // patch pixels per frame pixel; they differ by rounding only

  Point to_frame(const dlib::dpoint& p) const;
  dlib::drectangle from_frame(const Box& box) const;
};

// Copies what of `part` (frame pixels) lies inside the frame `bgr` (CV_8UC3), resized by about `scale` (above 0).
// Throws Error(kInput) when the picture is of another type.
Patch cut_patch(const cv::Mat& bgr, const Box& part, double scale);

// The 68 points of the iBUG 300-W scheme in the patch, for a square box like those of dlib's HOG detector.
dlib::full_object_detection find_points(const Pixels& pixels, const dlib::drectangle& square);

// Loads the file that find_points() needs, once for the program (0.4 s, 100 MB). Thread-safe.
// Throws Error(kCannotRun) that names the Debian package when it is missing.
void load_points_predictor();

// Eye centres (mean of six points each), nose tip and mouth corners out of the 68 points, in frame pixels.
Landmarks five_points(const dlib::full_object_detection& points, const Patch& patch);

}  // namespace faceatt::dlib_tools
