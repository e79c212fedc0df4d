#include "faceatt/vision/models.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxListBytes = 1 << 20;
constexpr std::uint64_t kMaxModelBytes = std::uint64_t{1} << 31;
constexpr std::string_view kFix = "run scripts/fetch-models, or name the folder with --models";

// Reads one [[model]] table; every failure names the file and the model.
class ModelReader {
 public:
  ModelReader(const std::filesystem::path& list, const toml::table& table) : list_(list), table_(table) {
    name_ = table["name"].value_or(std::string("?"));
  }

  Model read(const std::filesystem::path& folder) const {
    Model model;
    model.name = text(table_, "name");
    model.role = text(table_, "role");
    model.backend = text(table_, "backend");
    model.sha256 = text(table_, "sha256");
    model.licence = text(table_, "licence");
    model.is_default = table_["default"].value_or(false);
    const std::string file = text(table_, "file");
    if (file.empty() || file.find('/') != std::string::npos) throw bad("'file' must be a plain file name");
    model.path = folder / file;
    if (model.role == "encode") read_encoder(model);
    return model;
  }

 private:
  Error bad(const std::string& why) const {
    return Error(ErrorCode::kCannotRun, fmt::format("{}: model '{}': {}", list_.string(), name_, why));
  }

  std::string text(const toml::table& table, std::string_view key) const {
    const auto value = table[key].value<std::string>();
    if (!value) throw bad(fmt::format("'{}' is missing or not a string", key));
    return *value;
  }

  double number(const toml::table& table, std::string_view key, std::optional<double> otherwise = {}) const {
    if (!table.contains(key) && otherwise) return *otherwise;
    const auto value = table[key].value<double>();
    if (!value) throw bad(fmt::format("'{}' is missing or not a number", key));
    return *value;
  }

  template <std::size_t N>
  std::array<float, N> numbers(const toml::array* array, std::string_view what) const {
    std::array<float, N> out{};
    if (array == nullptr || array->size() != N) throw bad(fmt::format("'{}' must have {} numbers", what, N));
    for (std::size_t i = 0; i < N; ++i) {
      const auto value = array->get(i)->value<double>();
      if (!value) throw bad(fmt::format("'{}' must have {} numbers", what, N));
      out[i] = static_cast<float>(*value);
    }
    return out;
  }

  void read_encoder(Model& model) const {
    model.dimension = static_cast<int>(number(table_, "dimension"));
    if (model.dimension < 1 || model.dimension > 8192) throw bad("'dimension' must be from 1 to 8192");
    const toml::table* input = table_["input"].as_table();
    const toml::table* threshold = table_["threshold"].as_table();
    if (input == nullptr || threshold == nullptr) throw bad("an encoder needs 'input' and 'threshold'");
    model.input.align = text(*input, "align");
    model.input.size = static_cast<int>(number(*input, "size"));
    if (model.input.size < 8 || model.input.size > 1024) throw bad("input 'size' must be from 8 to 1024");
    model.input.rgb = (*input)["channels"].value_or(std::string("RGB")) == "RGB";
    model.input.scale = static_cast<float>(number(*input, "scale", 1.0));
    model.input.mirror = (*input)["mirror"].value_or(false);
    if (input->contains("mean")) model.input.mean = numbers<3>((*input)["mean"].as_array(), "mean");
    if (input->contains("std")) model.input.std = numbers<3>((*input)["std"].as_array(), "std");
    for (const float s : model.input.std) {
      if (!(s > 0)) throw bad("'std' must be above 0");
    }
    if (model.input.align == "arcface5") {
      const toml::array* points = (*input)["points"].as_array();
      if (points == nullptr || points->size() != 5) throw bad("'points' must have five [x, y] pairs");
      for (std::size_t i = 0; i < 5; ++i) model.input.points[i] = numbers<2>(points->get(i)->as_array(), "points");
    } else if (model.input.align != "dlib68") {
      throw bad("'align' must be \"arcface5\" or \"dlib68\"");
    }
    model.thresholds = {number(*threshold, "strict"), number(*threshold, "normal"), number(*threshold, "loose"),
                        number(*threshold, "margin")};
  }

  const std::filesystem::path& list_;
  const toml::table& table_;
  std::string name_;
};

}  // namespace

std::string ModelInput::fingerprint() const {
  return fmt::format("{} {} {} {} {} {} {} {}", align, size, fmt::join(points, " "), rgb, scale, mean, std, mirror);
}

ModelList ModelList::read(const std::filesystem::path& folder) {
  const auto list = folder / "models.toml";
  std::string bytes;
  try {
    bytes = read_file(list, kMaxListBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}; name the folder with --models", e.what()));
  }
  const toml::parse_result table = toml::parse(bytes);
  if (!table) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("{}:{}: {}", list.string(), static_cast<unsigned>(table.error().source().begin.line),
                            std::string(table.error().description())));
  }
  ModelList models;
  models.folder_ = folder;
  if (const auto* entries = table.table()["model"].as_array()) {
    for (const auto& entry : *entries) {
      if (const auto* model = entry.as_table()) models.models_.push_back(ModelReader(list, *model).read(folder));
    }
  }
  return models;
}

const Model& ModelList::find(const std::string& role, const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& model : models_) {
    if (model.role != role) continue;
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  throw UsageError(fmt::format("no model '{}' to {} in {}; there are {}", name, role,
                               (folder_ / "models.toml").string(), fmt::join(names, ", ")));
}

std::optional<Model> ModelList::default_of(const std::string& role) const {
  for (const auto& model : models_) {
    if (model.role == role && model.is_default) return model;
  }
  return std::nullopt;
}

std::string read_model_file(const Model& model) {
  std::error_code ignored;
  if (!std::filesystem::exists(model.path, ignored)) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: not found; {}", model.path.string(), kFix));
  }
  std::string bytes;
  try {
    bytes = read_file(model.path, kMaxModelBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
  if (sha256_hex(bytes) != model.sha256) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: is not the file that models.toml names (SHA-256 differs); {}",
                                                   model.path.string(), kFix));
  }
  return bytes;
}

}  // namespace faceatt
