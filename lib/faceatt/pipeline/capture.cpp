#include "faceatt/pipeline/capture.hpp"

#include <algorithm>
#include <cmath>

namespace faceatt {
namespace {

// What keeps a face from being enrolled, as quality_problem() sees it, for whoever stands before the camera.
std::optional<Guidance> obstacle(const Quality& quality) {
  const QualityLimits& limits = kEnrolmentLimits;
  if (quality.inter_ocular < limits.min_inter_ocular) return Guidance::kComeCloser;
  if (quality.brightness < limits.min_brightness) return Guidance::kMoreLight;
  if (quality.brightness > limits.max_brightness) return Guidance::kLessLight;
  if (quality.sharpness < limits.min_sharpness) return Guidance::kHoldStill;
  if (std::abs(quality.yaw) > limits.max_yaw) return Guidance::kLookAtCamera;
  return std::nullopt;
}

}  // namespace

const char* text_of(Guidance guidance) {
  switch (guidance) {
    case Guidance::kNobody:
      return "nobody in the picture";
    case Guidance::kOnlyOne:
      return "several faces, only one person please";
    case Guidance::kSomebodyElse:
      return "another person, only one please";
    case Guidance::kComeCloser:
      return "too small, come closer";
    case Guidance::kMoreLight:
      return "too dark, more light";
    case Guidance::kLessLight:
      return "too bright, less light";
    case Guidance::kHoldStill:
      return "blurred, hold still";
    case Guidance::kLookAtCamera:
      return "turned away, look at the camera";
    case Guidance::kShowFace:
      return "covered or cut off, show all of the face";
    case Guidance::kTurnALittle:
      return "good, turn a little";
    case Guidance::kDone:
      break;
  }
  return "done, thank you";
}

Capture::Capture(Detector& finder, Detector& reader, Encoder& encoder, const CaptureOptions& options)
    : finder_(finder), reader_(reader), encoder_(encoder), options_(options) {}

Guidance Capture::look(const Frame& frame) {
  if (done()) return Guidance::kDone;
  const Guidance guidance = judge(frame);
  if (guidance != Guidance::kTurnALittle && guidance != Guidance::kDone) ++obstacles_[guidance];
  return guidance;
}

Guidance Capture::judge(const Frame& frame) {
  const std::vector<Face> faces = finder_.detect(frame);
  if (faces.empty()) return Guidance::kNobody;
  std::string problem;
  const auto face = main_face(faces, frame.image.cols, frame.image.rows, problem);
  if (!face) return Guidance::kOnlyOne;
  if (const auto wrong = obstacle(measure_quality(frame, *face))) return *wrong;

  // Fine at a glance. The second look takes longer, and views are to differ anyway.
  if (!second_seconds_ || frame.seconds - *second_seconds_ >= options_.spacing_seconds) {
    second_seconds_ = frame.seconds;
    second_look_ = look_again(frame, *face);
  }
  return second_look_;
}

Guidance Capture::look_again(const Frame& frame, const Face& face) {
  const auto cut = cut_out(frame, face, reader_);
  if (!cut) return Guidance::kOnlyOne;
  const Quality quality = measure_quality(cut->frame, cut->face);
  if (const auto wrong = obstacle(quality)) return *wrong;
  if (views_.empty() && std::abs(quality.yaw) > options_.frontal) return Guidance::kLookAtCamera;
  View view{portrait_of(cut->frame, cut->face, reader_, encoder_, kEnrolmentLimits), frame.seconds, quality.yaw,
            quality.pitch};
  if (!view.portrait.usable()) return Guidance::kShowFace;  // all else was asked before
  view.portrait.picture = cut->jpeg;
  return keep(std::move(view));
}

Guidance Capture::keep(View view) {
  if (views_.empty()) {
    first_ = view.portrait.encoding;
  } else if (similarity(view.portrait.encoding, first_) < options_.same_person) {
    return Guidance::kSomebodyElse;
  }
  const auto is_like = [&](const View& kept) { return is_same_view(kept, view); };
  const auto like = std::find_if(views_.begin(), views_.end(), is_like);
  if (like == views_.end()) {
    views_.push_back(std::move(view));
  } else if (view.portrait.quality > like->portrait.quality &&
             std::none_of(like + 1, views_.end(), is_like)) {  // else it would stand for two
    *like = std::move(view);
  }
  return done() ? Guidance::kDone : Guidance::kTurnALittle;
}

bool Capture::is_same_view(const View& a, const View& b) const {
  return similarity(a.portrait.encoding, b.portrait.encoding) >= options_.same_view &&
         std::abs(a.yaw - b.yaw) <= options_.pose_step && std::abs(a.pitch - b.pitch) <= options_.pose_step;
}

std::optional<Guidance> Capture::main_obstacle() const {
  const auto most = std::max_element(obstacles_.begin(), obstacles_.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == obstacles_.end()) return std::nullopt;
  return most->first;
}

std::vector<Portrait> Capture::take() {
  std::sort(views_.begin(), views_.end(), [](const View& a, const View& b) { return a.seconds < b.seconds; });
  std::vector<Portrait> portraits;
  portraits.reserve(views_.size());
  for (View& view : views_) portraits.push_back(std::move(view.portrait));
  views_.clear();
  return portraits;
}

}  // namespace faceatt
