#include "faceatt/people/portrait.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {
namespace {

// A second face this prominent, against 1 for the main one, makes it unclear whose photo it is.
constexpr double kRivalProminence = 0.6;

// Margins of a cut-out on every side, in face sizes: as much as there is room for.
constexpr std::array<float, 5> kMargins = {1.0F, 0.7F, 0.5F, 0.35F, 0.25F};
constexpr float kSameFaceOverlap = 0.5F;

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

FaceChoice parse_face_choice(const std::string& text) {
  if (text == "largest") return {FaceChoice::Rule::kLargest};
  if (text == "centre") return {FaceChoice::Rule::kNearestToCentre};
  FaceChoice choice{FaceChoice::Rule::kNumber};
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, choice.number);
  if (error != std::errc{} || rest != end || choice.number == 0) {
    throw UsageError(fmt::format("face '{}' is not largest, centre or a number from 1", printable(text)));
  }
  return choice;
}

std::optional<Face> choose_face(std::vector<Face> faces, int width, int height, const FaceChoice& choice,
                                std::string& problem) {
  if (choice.rule == FaceChoice::Rule::kOnly || faces.empty()) return main_face(faces, width, height, problem);
  if (choice.rule == FaceChoice::Rule::kNumber) {
    if (choice.number > faces.size()) {
      problem = fmt::format("face {} wanted, {} found", choice.number, faces.size());
      return std::nullopt;
    }
    sort_in_reading_order(faces);
    return faces[choice.number - 1];
  }
  const auto merit = [&](const Face& face) {
    if (choice.rule == FaceChoice::Rule::kLargest) return static_cast<double>(face.box.area());
    const Point centre = face.box.centre();
    return -std::hypot(centre.x - width / 2.0, centre.y - height / 2.0);
  };
  return *std::max_element(faces.begin(), faces.end(),
                           [&](const Face& a, const Face& b) { return merit(a) < merit(b); });
}

std::optional<Cutout> cut_out(const Frame& frame, const Face& face, Detector& detector) {
  for (const float margin : kMargins) {
    const float border = std::round(margin * std::max(face.box.width, face.box.height));
    const float left = std::max(0.0F, std::floor(face.box.x - border));
    const float top = std::max(0.0F, std::floor(face.box.y - border));
    const Box part{left, top, std::ceil(face.box.x + face.box.width + border) - left,
                   std::ceil(face.box.y + face.box.height + border) - top};
    Cutout cut;
    cut.jpeg = encode_jpeg(frame, part);
    cut.frame = decode_photo(cut.jpeg, frame.source);
    std::string ignored;
    const auto main = main_face(detector.detect(cut.frame), cut.frame.image.cols, cut.frame.image.rows, ignored);
    const Box wanted{face.box.x - left, face.box.y - top, face.box.width, face.box.height};
    if (!main || iou(main->box, wanted) < kSameFaceOverlap) continue;
    cut.face = *main;
    return cut;
  }
  return std::nullopt;
}

Portrait portrait_of(const Frame& frame, const Face& face, Detector& detector, Encoder& encoder,
                     const QualityLimits& limits) {
  Portrait portrait;
  Quality quality = measure_quality(frame, face);
  portrait.quality = quality.percent();
  auto problem = quality_problem(quality, limits);
  if (!problem) {
    const Face refined = detector.refine(frame, face);
    if (limits.max_occlusion < 1) quality.occlusion = measure_occlusion(frame, refined);
    problem = quality_problem(quality, limits);
    if (!problem) portrait.encoding = encoder.encode(frame, refined);
  }
  if (problem) portrait.problem = *problem;
  return portrait;
}

namespace {

Portrait refused(std::string problem) {
  Portrait portrait;
  portrait.problem = std::move(problem);
  return portrait;
}

Portrait look(const Frame& frame, Detector& detector, Encoder& encoder, const QualityLimits& limits,
              const FaceChoice& choice) {
  const int width = frame.image.cols, height = frame.image.rows;
  const std::vector<Face> faces = detector.detect(frame);
  std::string problem;
  const auto face = choose_face(faces, width, height, choice, problem);
  if (!face) return refused(problem);
  const auto main = main_face(faces, width, height, problem);
  if (main && iou(main->box, face->box) > kSameFaceOverlap) {
    return portrait_of(frame, *face, detector, encoder, limits);
  }
  auto cut = cut_out(frame, *face, detector);
  if (!cut) return refused("the face cannot be cut out of those beside it; crop the photo to it");
  Portrait portrait = portrait_of(cut->frame, cut->face, detector, encoder, limits);
  if (portrait.usable()) portrait.picture = std::move(cut->jpeg);
  return portrait;
}

}  // namespace

Portrait read_portrait(const std::filesystem::path& photo, const std::string& bytes, Detector& detector,
                       Encoder& encoder, const QualityLimits& limits, const FaceChoice& choice) {
  Frame frame;
  try {
    frame = decode_photo(bytes, photo.string());
  } catch (const Error& e) {
    // The reader names the file; here the caller does.
    const std::string prefix = photo.string() + ": ";
    Portrait portrait = refused(e.what());
    portrait.readable = false;
    if (portrait.problem.starts_with(prefix)) portrait.problem.erase(0, prefix.size());
    return portrait;
  }
  try {
    return look(frame, detector, encoder, limits, choice);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& e) {  // of OpenCV or dlib: one photo, not the end of the run
    return refused(fmt::format("cannot be looked at: {}", printable(e.what())));
  }
}

}  // namespace faceatt
