#include "mark_annotate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

// Faces have the numbers of the records.
FaceLabel label_of(const RecognisedFace& face, std::size_t number) {
  FaceLabel label;
  label.box = face.face.box;
  label.note = fmt::format("face {}", number);
  const Candidate* best = face.match.best ? &*face.match.best : nullptr;
  switch (face.verdict) {
    case FaceVerdict::kMatch:
      label.look = face.liveness.verdict == LivenessVerdict::kUnsure ? Look::kKnown : Look::kMarked;
      label.title = best->person->name;
      label.note = fmt::format("{:.2f}", best->score);
      break;
    case FaceVerdict::kAmbiguous:
      label.look = Look::kAmbiguous;
      if (best && face.match.second) label.title = best->person->name + " or " + face.match.second->person->name;
      break;
    case FaceVerdict::kUnknown:
      label.look = Look::kUnknown;
      break;
    case FaceVerdict::kSpoof:
      label.look = Look::kSpoof;
      label.title = "spoof";
      break;
    case FaceVerdict::kLowQuality:
      label.title = "not judged";
      break;
  }
  return label;
}

}  // namespace

AnnotatedPhotos::AnnotatedPhotos(fs::path folder, bool overwrite) : folder_(std::move(folder)), overwrite_(overwrite) {
  try {
    make_private_folder(folder_);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("--annotate {}: {}", folder_.string(), errno_text(e.code().value())));
  }
  if (!fs::is_directory(folder_)) {
    throw Error(ErrorCode::kCannotRun, fmt::format("--annotate {}: not a folder", folder_.string()));
  }
}

fs::path AnnotatedPhotos::free_name(const std::string& photo) {
  const std::string stem = fs::path(photo).stem().string();
  std::string name = stem;
  for (int n = 2; !names_.insert(name).second; ++n) name = fmt::format("{}-{}", stem, n);
  return folder_ / (name + ".jpg");
}

void AnnotatedPhotos::write(const std::string& photo, const Frame& frame, const std::vector<RecognisedFace>& faces,
                            const std::string& status) {
  std::error_code ignored;
  if (fs::equivalent(folder_, fs::absolute(photo).parent_path(), ignored)) {
    throw Error(ErrorCode::kInput, photo + ": lies in the folder of --annotate; name another one");
  }
  const fs::path file = free_name(photo);
  std::vector<FaceLabel> labels;
  for (const RecognisedFace& face : faces) labels.push_back(label_of(face, labels.size() + 1));
  Frame drawn;
  // The status goes below the photo: there are faces at its edge, too.
  const int strip = std::max(28, std::min(frame.image.rows, frame.image.cols) / 20);
  cv::copyMakeBorder(frame.image, drawn.image, 0, strip, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(40));
  drawn.source = photo;
  painter_.draw(drawn.image, labels, status);
  const Box whole{0, 0, static_cast<float>(drawn.image.cols), static_cast<float>(drawn.image.rows)};
  const std::string jpeg = encode_jpeg(drawn, whole);
  try {
    if (overwrite_) {
      replace_file(file, jpeg);
    } else if (!create_file(file, jpeg)) {
      throw Error(ErrorCode::kInput, file.string() + ": exists; --overwrite replaces it");
    }
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kInput, fmt::format("{}: {}", file.string(), errno_text(e.code().value())));
  }
}

}  // namespace faceatt
