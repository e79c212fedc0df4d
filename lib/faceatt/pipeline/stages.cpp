#include "faceatt/pipeline/stages.hpp"

#include <fmt/format.h>

#include <map>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/people/portrait.hpp"
#include "faceatt/vision/photo.hpp"
#include "faceatt/vision/same_picture.hpp"
#include "faceatt/vision/threads.hpp"

namespace faceatt {
namespace {

// Raise it whenever the same photo and networks would give another encoding: detection scales, alignment, quality
// limits.
constexpr int kRecipeVersion = 5;

Model pick(const ModelList& models, const std::string& role, const std::string& name) {
  if (!name.empty()) return models.find(role, name);
  if (auto model = models.default_of(role)) return *model;
  throw Error(ErrorCode::kCannotRun, fmt::format("models.toml names no default model to {}", role));
}

}  // namespace

Stages::Stages(const StageOptions& options)
    : models_(ModelList::read(options.models)),
      encoder_model_(pick(models_, "encode", options.encoder)),
      seal_(options.seal) {
  ThreadsPerCall::take_over();
  if (options.detector != "hog") detector_model_ = models_.find("detect", options.detector, {"hog"});
}

std::unique_ptr<Detector> Stages::make_detector(const DetectorOptions& options) const {
  return Detector::create(detector_model_ ? &*detector_model_ : nullptr, options);
}

Detector& Stages::photo_detector() {
  if (!photo_detector_) photo_detector_ = make_photo_detector();
  return *photo_detector_;
}

Detector& Stages::portrait_detector() {
  if (!portrait_detector_) portrait_detector_ = make_detector(kPortraitDetection);
  return *portrait_detector_;
}

Detector& Stages::video_detector() {
  if (!video_detector_) video_detector_ = make_detector(kVideoDetection);
  return *video_detector_;
}

Encoder& Stages::encoder() {
  if (!encoder_) encoder_ = make_encoder();
  return *encoder_;
}

EyeReader& Stages::eyes() {
  if (!eyes_) eyes_ = EyeReader::create(pick(models_, "eyes", ""));
  return *eyes_;
}

PassiveReader& Stages::passive() {
  if (!passive_) passive_ = make_passive();
  return *passive_;
}

std::unique_ptr<Detector> Stages::make_photo_detector() const { return make_detector(kPhotoDetection); }

std::unique_ptr<Encoder> Stages::make_encoder() const { return Encoder::create(encoder_model_); }

std::unique_ptr<PassiveReader> Stages::make_passive() const { return PassiveReader::create(models_.all_of("passive")); }

std::string Stages::fingerprint() const {
  return sha256_hex(fmt::format("{}\n{}\n{}\n{}\n", kRecipeVersion, detector_model_ ? detector_model_->sha256 : "hog",
                                encoder_model_.sha256, encoder_model_.input.fingerprint()));
}

GalleryOptions Stages::gallery_options(const std::filesystem::path& folder) const {
  GalleryOptions options;
  options.folder = folder;
  options.fingerprint = fingerprint();
  options.cache_name = fmt::format("{}-{}.cache", encoder_model_.name, detector_model_ ? detector_model_->name : "hog");
  options.dimension = static_cast<std::size_t>(encoder_model_.dimension);
  options.seal = seal_;
  return options;
}

PortraitReader Stages::portrait_reader(const QualityLimits& limits, const FaceChoice& choice) const {
  struct Networks {
    std::unique_ptr<Detector> detector;
    std::unique_ptr<Encoder> encoder;
  };
  auto own = std::make_shared<Networks>();
  // A number counts all faces, as faceatt-mark-photo does.
  own->detector = make_detector(choice.rule == FaceChoice::Rule::kNumber ? kPhotoDetection : kPortraitDetection);
  own->encoder = make_encoder();
  return [own, limits, choice](const std::filesystem::path& photo, const std::string& bytes) {
    return read_portrait(photo, bytes, *own->detector, *own->encoder, limits, choice);
  };
}

namespace {

// The face that a photo is of, and the photo as a picture of it.
struct Look {
  std::optional<Quality> quality;
  FacePicture picture;
};

Look look_at(const std::string& file, Detector& detector) {
  try {
    const Frame frame = read_photo(file);
    std::string problem;
    const auto face = main_face(detector.detect(frame), frame.image.cols, frame.image.rows, problem);
    if (face) return {measure_quality(frame, *face), face_picture(frame, *face)};
  } catch (const Error&) {  // it has gone, or was damaged since the gallery was read
  }
  return {};
}

}  // namespace

PhotoInspector Stages::photo_inspector() const {
  struct State {
    std::unique_ptr<Detector> detector;
    std::map<std::string, Look> seen;  // of a few photos: those of one person come one after another
    const Look& look(const std::string& file) {
      const auto known = seen.find(file);
      if (known != seen.end()) return known->second;
      return seen[file] = look_at(file, *detector);
    }
  };
  constexpr std::size_t kMostSeen = 200;  // 75 KB each
  auto state = std::make_shared<State>();
  state->detector = make_detector(kPortraitDetection);
  return {[state](const std::string& file) { return look_at(file, *state->detector).quality; },
          [state](const std::string& file, const std::string& other) {
            if (state->seen.size() > kMostSeen) state->seen.clear();
            const Look &a = state->look(file), &b = state->look(other);
            return a.quality && b.quality ? same_picture(a.picture, b.picture) : -1;
          }};
}

Gallery Stages::load_gallery(const std::filesystem::path& folder, std::vector<std::string>& warnings,
                             const std::function<void(std::size_t, std::size_t)>& progress, std::size_t threads) const {
  GalleryOptions options = gallery_options(folder);
  options.progress = progress;
  options.threads = threads;
  return Gallery::load(
      options, [this] { return portrait_reader(kGalleryLimits); }, warnings);
}

MatchRule match_rule(const Model& encoder, const std::string& level, std::optional<double> threshold) {
  const auto& t = encoder.thresholds;
  const double of_level = level == "strict" ? t.strict : level == "loose" ? t.loose : t.normal;
  MatchRule rule{threshold.value_or(of_level), t.margin};
  if (threshold) return rule;  // a number that was asked for is kept
  for (const auto& [people, least] : t.few) rule.few.push_back({people, least + of_level - t.normal});
  return rule;
}

}  // namespace faceatt
