#include "photo_annotate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/core.hpp>

namespace faceatt {
namespace {

namespace fs = std::filesystem;

// Faces have the numbers of the records.
FaceLabel label_of(const RecognisedFace& face, std::size_t number) {
  FaceLabel label;
  label.box = face.face.box;
  label.look = look_of(face);
  label.note = fmt::format("face {}", number);
  const Candidate* best = face.match.best ? &*face.match.best : nullptr;
  switch (face.verdict) {
    case FaceVerdict::kMatch:
      if (!best) break;
      label.title = best->person->name;
      label.note = fmt::format("{:.2f}", best->score);
      break;
    case FaceVerdict::kAmbiguous:
      if (best && face.match.second) label.title = best->person->name + " or " + face.match.second->person->name;
      break;
    case FaceVerdict::kUnknown:
      break;
    case FaceVerdict::kSpoof:
      label.title = "spoof";
      break;
    case FaceVerdict::kLowQuality:
      label.title = "not judged";
      break;
  }
  return label;
}

}  // namespace

Look look_of(const RecognisedFace& face) {
  switch (face.verdict) {
    case FaceVerdict::kMatch:
      return face.liveness.verdict == LivenessVerdict::kUnsure ? Look::kKnown : Look::kMarked;
    case FaceVerdict::kAmbiguous:
      return Look::kAmbiguous;
    case FaceVerdict::kUnknown:
      return Look::kUnknown;
    case FaceVerdict::kSpoof:
      return Look::kSpoof;
    case FaceVerdict::kLowQuality:
      break;
  }
  return Look::kUndecided;
}

std::string AnnotatedPhotos::free_name(const std::string& photo) {
  const std::string stem = fs::path(photo).stem().string();
  std::string name = stem;
  for (int n = 2; !names_.insert(name).second; ++n) name = fmt::format("{}-{}", stem, n);
  return name + ".jpg";
}

void AnnotatedPhotos::write(const std::string& photo, const Frame& frame, const std::vector<RecognisedFace>& faces,
                            const std::string& status) {
  folder_.refuse_photo_inside(photo);
  const std::string name = free_name(photo);
  std::vector<FaceLabel> labels;
  labels.reserve(faces.size());
  for (const RecognisedFace& face : faces) labels.push_back(label_of(face, labels.size() + 1));
  Frame drawn;
  // The status goes below the photo: there are faces at its edge, too.
  const int strip = std::max(28, std::min(frame.image.rows, frame.image.cols) / 20);
  cv::copyMakeBorder(frame.image, drawn.image, 0, strip, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(40));
  drawn.source = photo;
  painter_.draw(drawn.image, labels, status);
  folder_.write(name, drawn);
}

}  // namespace faceatt
