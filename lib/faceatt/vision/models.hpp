// models.toml: which files there are, what they want as input and what their scores mean.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace faceatt {

// How a face is cut out and turned into numbers for an encoder: value = (pixel * scale - mean) / std, per channel.
struct ModelInput {
  std::string align =
      "arcface5";  // "arcface5": similarity transform of five points; "dlib68": dlib's chip from 68 points
  int size = 112;  // side of the square chip in pixels
  std::array<std::array<float, 2>, 5> points{};  // where the five landmarks land in the chip (arcface5)
  bool rgb = true;                               // channel order the network wants
  float scale = 1;
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> std{1, 1, 1};
  bool mirror = false;  // add the encoding of the mirrored chip

  std::string fingerprint() const;  // all of it as text
};

// Cosine similarities measured for this model; see docs/accuracy.md.
struct ModelThresholds {
  double strict = 0, normal = 0, loose = 0;
  double margin = 0;  // least lead of the best person over the runner-up
  // False matches per comparison at each level, falling from loose to strict; empty when nobody measured them.
  struct Rates {
    double strict = 0, normal = 0, loose = 0;
  };
  std::optional<Rates> fmr = std::nullopt;
  // Thresholds at `normal` among fewer people, {people, threshold}, both rising; may be empty. See docs/accuracy.md.
  std::vector<std::array<float, 2>> few{};
};

struct Model {
  std::string name;     // as in --encoder NAME
  std::string role;     // detect | encode | eyes | passive
  std::string backend;  // opencv-yunet | opencv-onnx | dlib-densenet | dlib-resnet
  std::string sha256;   // of the file, lower-case hex
  std::string licence;
  std::string url;  // upstream; empty: scripts/fetch-models does not know where to get it
  std::filesystem::path path;
  bool is_default = false;
  int dimension = 0;  // encoders only
  float widen = 1;    // passive only: how much more than the face's box the network sees
  ModelInput input;
  ModelThresholds thresholds;
};

class ModelList {
 public:
  // Reads `folder`/models.toml. Throws Error(kCannotRun) when it is missing or malformed (with file and line).
  static ModelList read(const std::filesystem::path& folder);

  // The named model of a role. Throws UsageError with the names there are, and with `others` that need no model.
  const Model& find(const std::string& role, const std::string& name,
                    const std::vector<std::string>& others = {}) const;
  // The default model of a role; empty when there is none.
  std::optional<Model> default_of(const std::string& role) const;
  // All models of a role, in the order of the file.
  std::vector<Model> all_of(const std::string& role) const;
  const std::vector<Model>& all() const { return models_; }

 private:
  std::filesystem::path folder_;
  std::vector<Model> models_;
};

// Reads the whole file and checks it against `model.sha256`. Throws Error(kCannotRun) that says what to run.
std::string read_model_file(const Model& model);

}  // namespace faceatt
