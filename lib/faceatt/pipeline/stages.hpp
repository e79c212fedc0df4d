// The networks of the walk, loaded when first asked for.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/core/parallel.hpp"
#include "faceatt/liveness/eyes.hpp"
#include "faceatt/liveness/passive.hpp"
#include "faceatt/people/check.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

struct StageOptions {
  std::filesystem::path models;    // folder with models.toml
  std::string detector = "yunet";  // or "hog"
  std::string encoder;             // empty: the default of models.toml
  Seal seal = {};                  // of caches
};

class Stages {
 public:
  // Reads models.toml only. Throws Error(kCannotRun) or UsageError.
  explicit Stages(const StageOptions& options);

  Detector& photo_detector();
  Detector& portrait_detector();
  Detector& video_detector();
  Encoder& encoder();
  EyeReader& eyes();
  PassiveReader& passive();
  const Model& encoder_model() const { return encoder_model_; }
  const Seal& seal() const { return seal_; }

  // Networks of a thread's own.
  std::unique_ptr<Detector> make_photo_detector() const;
  std::unique_ptr<Encoder> make_encoder() const;
  std::unique_ptr<PassiveReader> make_passive() const;

  // Stands for everything that an encoding of the gallery depends on.
  std::string fingerprint() const;

  GalleryOptions gallery_options(const std::filesystem::path& folder) const;
  // Reads portraits with networks of its own: one reader for each thread.
  PortraitReader portrait_reader(const QualityLimits& limits, const FaceChoice& choice = {}) const;
  // Looks at photos again, with a detector of its own: one inspector for each thread.
  PhotoInspector photo_inspector() const;
  // The people folder as a gallery of this encoder's encodings; networks are loaded only when a photo has to be read.
  // May be called in another thread while the networks above are in use.
  Gallery load_gallery(const std::filesystem::path& folder, std::vector<std::string>& warnings,
                       const std::function<void(std::size_t, std::size_t)>& progress = {},
                       std::size_t threads = core_count()) const;

 private:
  std::unique_ptr<Detector> make_detector(const DetectorOptions& options) const;

  ModelList models_;
  std::optional<Model> detector_model_;  // empty: HOG
  Model encoder_model_;
  Seal seal_;
  std::unique_ptr<Detector> photo_detector_, portrait_detector_, video_detector_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<EyeReader> eyes_;
  std::unique_ptr<PassiveReader> passive_;
};

// The thresholds of a level: strict | normal | loose; `threshold` when given replaces the level's.
MatchRule match_rule(const Model& encoder, const std::string& level, std::optional<double> threshold);

}  // namespace faceatt
