#include "faceatt/people/portrait.hpp"

#include <fmt/format.h>

#include <cmath>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {
namespace {

// A second face this prominent, against 1 for the main one, makes it unclear whose photo it is.
constexpr double kRivalProminence = 0.6;

double prominence(const Face& face, int width, int height) {
  const Point centre = face.box.centre();
  const double side = std::max(width, height);
  const double off = std::hypot(centre.x - width / 2.0, centre.y - height / 2.0) / side;  // 0..0.7
  return face.box.area() * std::exp(-8 * off * off);
}

}  // namespace

std::optional<Face> main_face(const std::vector<Face>& faces, int width, int height, std::string& problem) {
  const Face* best = nullptr;
  double most = 0, second = 0;
  for (const Face& face : faces) {
    const double p = prominence(face, width, height);
    if (p > most) {
      second = most;
      most = p;
      best = &face;
    } else {
      second = std::max(second, p);
    }
  }
  if (best == nullptr) {
    problem = "no face found";
    return std::nullopt;
  }
  if (second > kRivalProminence * most) {
    problem = fmt::format("{} faces and none stands out; crop the photo to one", faces.size());
    return std::nullopt;
  }
  return *best;
}

namespace {

void look(Portrait& portrait, const Frame& frame, Detector& detector, Encoder& encoder, const QualityLimits& limits) {
  const auto face = main_face(detector.detect(frame), frame.image.cols, frame.image.rows, portrait.problem);
  if (!face) return;
  Quality quality = measure_quality(frame, *face);
  portrait.quality = quality.percent();
  auto problem = quality_problem(quality, limits);
  if (!problem) {
    const Face refined = detector.refine(frame, *face);
    if (limits.max_occlusion < 1) quality.occlusion = measure_occlusion(frame, refined);
    problem = quality_problem(quality, limits);
    if (!problem) portrait.encoding = encoder.encode(frame, refined);
  }
  if (problem) portrait.problem = *problem;
}

}  // namespace

Portrait read_portrait(const std::filesystem::path& photo, Detector& detector, Encoder& encoder,
                       const QualityLimits& limits) {
  Portrait portrait;
  Frame frame;
  try {
    frame = read_photo(photo);
  } catch (const Error& e) {
    // The reader names the file; here the caller does.
    const std::string prefix = photo.string() + ": ";
    portrait.readable = false;
    portrait.problem = e.what();
    if (portrait.problem.starts_with(prefix)) portrait.problem.erase(0, prefix.size());
    return portrait;
  }
  try {
    look(portrait, frame, detector, encoder, limits);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {  // of OpenCV or dlib: one photo, not the end of the run
    portrait = {};
    portrait.problem = fmt::format("cannot be looked at: {}", printable(e.what()));
  }
  return portrait;
}

}  // namespace faceatt
