// Stage: frame -> faces.
#pragma once

#include <memory>
#include <vector>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

struct DetectorOptions {
  // Longest side in pixels at which the picture is looked at. YuNet sees faces of about 20 to 250 pixels at that scale.
  int max_side = 640;
  // For photos: larger pictures are looked at once more for the small faces, in tiles, at up to this longest side or at
  // half their size, whichever is more: a face of 20 pixels is 10 wide there at least. 0: not.
  int fine_side = 0;
  bool fine_if_none = false;  // and only when the first look finds nobody
  float min_score = 0.7F;
};

constexpr DetectorOptions kPhotoDetection{640, 2048};
constexpr DetectorOptions kPortraitDetection{320, 2048, true};  // one person, large in the picture
constexpr DetectorOptions kVideoDetection{640, 0};
constexpr float kGlanceMinFace = 0.07F;

class Detector {
 public:
  // `model` null: dlib's HOG detector, which needs no model file but the landmarks of package libdlib-data.
  // Throws Error(kCannotRun) when the model cannot be loaded.
  static std::unique_ptr<Detector> create(const Model* model, const DetectorOptions& options);

  virtual ~Detector() = default;

  // No two faces overlap much; in no particular order. Not thread-safe.
  virtual std::vector<Face> detect(const Frame& frame) = 0;

  // The larger faces at least, those of `kGlanceMinFace` of the longest side and more, in a quarter of the time where
  // the detector can do that.
  virtual std::vector<Face> glance(const Frame& frame) { return detect(frame); }

  // The faces near `where`, a box of the size that the face had a moment ago: looks only at that part of the frame, in
  // a tenth of the time of detect(). `roughly`: the box is all that is wanted, the landmarks may be off by a few
  // percent.
  virtual std::vector<Face> detect_near(const Frame& frame, const Box& where, bool roughly);

  // The same face with better landmarks, for the encoder: a few milliseconds that detection need not spend on every
  // face.
  virtual Face refine(const Frame& frame, const Face& face) = 0;

  // The same from six more looks, in 7 ms on two cores: for photos of many people, whose faces are small and whose
  // first landmarks may be far off. Keeps those of `face` where nothing is found again.
  virtual Face refine_closely(const Frame& frame, const Face& face) { return refine(frame, face); }
};

// Top to bottom in rows, left to right inside a row; a row is as high as its faces.
void sort_in_reading_order(std::vector<Face>& faces);

// Whether two finds in one frame are one face seen twice.
bool is_same_face(const Face& a, const Face& b);

// Keeps the better of faces that are the same one seen twice.
std::vector<Face> without_doubles(std::vector<Face> faces);

}  // namespace faceatt
