// models.toml: numbers that code may rely on.
#include "faceatt/vision/models.hpp"

#include <cmath>

#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

FUZZ_TARGET(models) {
  std::filesystem::create_directory(fuzz::scratch() / "models");
  fuzz::file_with("models/models.toml", input);
  fuzz::accepts([] {
    const auto models = ModelList::read(fuzz::scratch() / "models");
    for (const Model& model : models.all()) {
      require(model.path.parent_path() == fuzz::scratch() / "models", "a model lies in its folder");
      require(models.find(model.role, model.name).sha256 == model.sha256, "a model is found");
      require(std::isfinite(model.widen), "widen is a number");
      if (model.role != "encode") continue;
      const ModelInput& in = model.input;
      require(in.size >= 8 && in.size <= 1024 && model.dimension >= 1 && model.dimension <= 8192, "sizes are sizes");
      for (std::size_t c = 0; c < 3; ++c) {
        require(std::isfinite(in.mean[c]) && std::isfinite(in.std[c]) && in.std[c] > 0, "mean and std are numbers");
        require(std::isfinite((255 * in.scale - in.mean[c]) / in.std[c]), "a pixel becomes a number");
      }
      const ModelThresholds& t = model.thresholds;
      require(t.strict >= t.normal && t.normal >= t.loose && t.loose > 0 && t.margin >= 0, "levels are in order");
      for (const auto& [people, threshold] : t.few) {
        require(std::isfinite(people) && threshold > 0 && threshold <= t.normal + 1e-6, "few are in order");
      }
      in.fingerprint();
    }
    models.default_of("encode");
  });
}
