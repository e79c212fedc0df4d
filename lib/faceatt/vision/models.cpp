#include "faceatt/vision/models.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/toml.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxListBytes = 1 << 20;
constexpr std::uint64_t kMaxModelBytes = std::uint64_t{1} << 31;
// Which code can run a model of each role.
const std::map<std::string, std::vector<std::string>>& backends_of_roles() {
  static const std::map<std::string, std::vector<std::string>> backends = {
      {"detect", {"opencv-yunet"}},
      {"encode", {"opencv-onnx", "dlib-densenet", "dlib-resnet"}},
      {"eyes", {"opencv-onnx"}},
      {"passive", {"opencv-onnx"}}};
  return backends;
}

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The name is part of the cache's file name.
bool is_model_name(const std::string& name) {
  const auto fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 64 && name[0] != '.' && name[0] != '-' &&
         std::all_of(name.begin(), name.end(), fine);
}

std::string at_line(const std::filesystem::path& list, const toml::node& where) {
  return fmt::format("{}:{}", list.string(), static_cast<unsigned>(where.source().begin.line));
}

// Reads one [[model]] table; every failure names the file, the line and the model.
class ModelReader {
 public:
  ModelReader(const std::filesystem::path& list, const toml::table& table)
      : list_(list), table_(table), name_(table["name"].value_or(std::string("?"))) {}

  Model read(const std::filesystem::path& folder) const {
    Model model;
    model.name = text(table_, "name");
    if (!is_model_name(model.name)) {
      throw bad(table_, "name",
                "'name' must be letters, digits and . _ - only, at most 64, and begin with one of the first two");
    }
    model.role = text(table_, "role");
    const auto role = backends_of_roles().find(model.role);
    if (role == backends_of_roles().end()) {
      throw bad(table_, "role", "'role' must be detect, encode, eyes or passive");
    }
    model.backend = text(table_, "backend");
    if (const auto& known = role->second; std::find(known.begin(), known.end(), model.backend) == known.end()) {
      throw bad(table_, "backend",
                fmt::format("no backend '{}' to {}; there are {}", model.backend, model.role, fmt::join(known, ", ")));
    }
    model.sha256 = text(table_, "sha256");
    if (!is_sha256(model.sha256)) {
      throw bad(table_, "sha256", "'sha256' must be 64 hexadecimal digits in lower case, as sha256sum prints them");
    }
    model.licence = text(table_, "licence");
    if (table_.contains("url")) model.url = text(table_, "url");
    model.is_default = flag(table_, "default");
    const std::string file = text(table_, "file");
    if (file.empty() || file[0] == '.' || file.find('/') != std::string::npos) {
      throw bad(table_, "file", "'file' must be a plain file name");
    }
    model.path = folder / file;
    if (model.role == "encode") read_encoder(model);
    if (model.role == "passive") {
      model.widen = static_cast<float>(number(table_, "widen"));
      if (model.widen < 1 || model.widen > 6) throw bad(table_, "widen", "'widen' must be from 1 to 6");
    }
    return model;
  }

  Error bad(const toml::node& where, const std::string& why) const {
    return Error(ErrorCode::kCannotRun, fmt::format("{}: model '{}': {}", at_line(list_, where), name_, why));
  }

 private:
  // At the line of the key, or of the table that lacks it.
  Error bad(const toml::table& table, std::string_view key, const std::string& why) const {
    const toml::node* node = table.get(key);
    return bad(node != nullptr ? *node : table, why);
  }

  std::string text(const toml::table& table, std::string_view key) const {
    const auto value = table[key].value<std::string>();
    if (!value) throw bad(table, key, fmt::format("'{}' is missing or not a string", key));
    return *value;
  }

  bool flag(const toml::table& table, std::string_view key) const {
    if (!table.contains(key)) return false;
    const auto value = table[key].value_exact<bool>();
    if (!value) throw bad(table, key, fmt::format("'{}' must be true or false", key));
    return *value;
  }

  double number(const toml::table& table, std::string_view key, std::optional<double> otherwise = {}) const {
    if (!table.contains(key) && otherwise) return *otherwise;
    const auto value = table[key].value<double>();
    if (!value || !std::isfinite(*value)) throw bad(table, key, fmt::format("'{}' is missing or not a number", key));
    return *value;
  }

  int whole(const toml::table& table, std::string_view key, int least, int most) const {
    const auto value = table[key].value<std::int64_t>();
    if (!value || *value < least || *value > most) {
      throw bad(table, key, fmt::format("'{}' must be a whole number from {} to {}", key, least, most));
    }
    return static_cast<int>(*value);
  }

  template <std::size_t N>
  std::array<float, N> numbers(const toml::node& node, std::string_view key, std::string_view what) const {
    std::array<float, N> out{};
    const toml::array* array = node.as_array();
    const auto wrong = [&] { return bad(node, fmt::format("'{}' must be {}", key, what)); };
    if (array == nullptr || array->size() != N) throw wrong();
    for (std::size_t i = 0; i < N; ++i) {
      const auto value = array->get(i)->value<double>();
      if (!value || !std::isfinite(static_cast<float>(*value))) throw wrong();
      out[i] = static_cast<float>(*value);
    }
    return out;
  }

  // A slip in the name of an optional key would only show as bad scores.
  const toml::table& section(std::string_view name, const std::vector<std::string_view>& keys) const {
    const toml::table* table = table_[name].as_table();
    if (table == nullptr) throw bad(table_, name, fmt::format("an encoder needs [model.{}]", name));
    for (const auto& [key, node] : *table) {
      if (std::find(keys.begin(), keys.end(), key.str()) == keys.end()) {
        throw bad(node, fmt::format("unknown key '{}' in [model.{}]; there are {}", std::string(key.str()), name,
                                    fmt::join(keys, ", ")));
      }
    }
    return *table;
  }

  void read_encoder(Model& model) const {
    model.dimension = whole(table_, "dimension", 1, 8192);
    if (table_.contains("metric") && text(table_, "metric") != "cosine") {
      throw bad(table_, "metric", "'metric' must be \"cosine\"");
    }
    read_input(model);
    const toml::table& threshold = section("threshold", {"strict", "normal", "loose", "margin", "fmr", "few"});
    ModelThresholds& t = model.thresholds;
    t = {number(threshold, "strict"), number(threshold, "normal"), number(threshold, "loose"),
         number(threshold, "margin")};
    // At 0 and below, a face that gives no encoding would be like everybody.
    if (!(t.strict < 1 && t.strict >= t.normal && t.normal >= t.loose && t.loose > 0)) {
      throw bad(threshold, "thresholds must be 1 > strict >= normal >= loose > 0");
    }
    if (!(t.margin >= 0 && t.margin < 1)) throw bad(threshold, "margin", "'margin' must be from 0 to below 1");
    if (const toml::table* fmr = threshold["fmr"].as_table()) {
      const ModelThresholds::Rates rates{number(*fmr, "strict"), number(*fmr, "normal"), number(*fmr, "loose")};
      const bool falls =
          0 < rates.strict && rates.strict <= rates.normal && rates.normal <= rates.loose && rates.loose < 1;
      if (!falls) throw bad(*fmr, "'fmr' must fall from loose to strict, between 0 and 1");
      t.fmr = rates;
    }
    read_few(threshold, t);
  }

  void read_few(const toml::table& threshold, ModelThresholds& t) const {
    const toml::node* few = threshold.get("few");
    if (few == nullptr) return;
    if (!few->is_array()) throw bad(threshold, "few", "'few' must be a list of [people, threshold]");
    for (const toml::node& entry : *few->as_array()) t.few.push_back(numbers<2>(entry, "few", "[people, threshold]"));
    for (std::size_t i = 0; i < t.few.size(); ++i) {
      const auto [people, least] = t.few[i];
      const bool rises = i == 0 || (t.few[i - 1][0] < people && t.few[i - 1][1] <= least);
      if (!(rises && people >= 1 && least > 0 && least <= static_cast<float>(t.normal))) {
        throw bad(threshold, "few", "'few' must rise in people and threshold, up to normal's");
      }
    }
  }

  void read_input(Model& model) const {
    const toml::table& table =
        section("input", {"align", "size", "padding", "points", "channels", "scale", "mean", "std", "mirror"});
    ModelInput& input = model.input;
    input.align = text(table, "align");
    if (input.align != "arcface5" && input.align != "dlib68") {
      throw bad(table, "align", "'align' must be \"arcface5\" or \"dlib68\"");
    }
    input.size = whole(table, "size", 8, 1024);
    if (table.contains("channels")) {
      const std::string channels = text(table, "channels");
      if (channels != "RGB" && channels != "BGR") throw bad(table, "channels", "'channels' must be \"RGB\" or \"BGR\"");
      input.rgb = channels == "RGB";
    }
    input.scale = static_cast<float>(number(table, "scale", 1.0));
    if (!(input.scale > 0 && std::isfinite(input.scale))) throw bad(table, "scale", "'scale' must be above 0");
    if (const auto* mean = table.get("mean")) input.mean = numbers<3>(*mean, "mean", "three numbers");
    if (const auto* std = table.get("std")) input.std = numbers<3>(*std, "std", "three numbers above 0");
    if (*std::min_element(input.std.begin(), input.std.end()) <= 0) {
      throw bad(table, "std", "'std' must be three numbers above 0");
    }
    input.mirror = flag(table, "mirror");
    if (input.align == "arcface5") read_points(table, input);

    if (!model.backend.starts_with("dlib-")) {
      if (input.align != "arcface5") {
        throw bad(table, "align", fmt::format("backend '{}' needs align = \"arcface5\"", model.backend));
      }
      return;
    }
    // dlib's networks cut out and scale by themselves; what differs here would be ignored.
    ModelInput of_dlib;
    of_dlib.align = "dlib68";
    of_dlib.size = 150;
    of_dlib.mirror = input.mirror;
    if (of_dlib.fingerprint() != input.fingerprint() || number(table, "padding", 0.25) != 0.25) {
      throw bad(table, fmt::format("backend '{}' needs align = \"dlib68\", size = 150, padding = 0.25, channels = "
                                   "\"RGB\", scale = 1 and no mean or std",
                                   model.backend));
    }
  }

  void read_points(const toml::table& table, ModelInput& input) const {
    constexpr std::string_view kWhat = "five pairs [x, y]: eye, eye, nose, mouth corner, mouth corner";
    const toml::array* points = table["points"].as_array();
    if (points == nullptr || points->size() != 5) {
      throw bad(table, "points", fmt::format("align = \"arcface5\" needs 'points', {}", kWhat));
    }
    for (std::size_t i = 0; i < 5; ++i) input.points[i] = numbers<2>(*points->get(i), "points", kWhat);
    const auto& [eye1, eye2, nose, mouth1, mouth2] = input.points;
    for (const auto& [x, y] : input.points) {
      if (x < 0 || y < 0 || x > static_cast<float>(input.size) || y > static_cast<float>(input.size)) {
        throw bad(table, "points", fmt::format("'points' must lie in the {0}x{0} chip", input.size));
      }
    }
    if (!(eye1[0] < eye2[0] && mouth1[0] < mouth2[0] && std::max(eye1[1], eye2[1]) < std::min(mouth1[1], mouth2[1]))) {
      throw bad(table, "points", "'points' must go from the left of the picture to the right, eyes above the mouth");
    }
  }

  const std::filesystem::path& list_;
  const toml::table& table_;
  std::string name_;
};

// How to get a model's file.
std::string fix_of(const Model& model) {
  const std::string put = model.url.empty() ? "put it there" : "run scripts/fetch-models " + model.name;
  return put + ", or name the folder with --models";
}

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
  toml::table table;
  try {
    table = parse_toml(bytes);
  } catch (const TomlError& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}:{}: {}", list.string(), e.line(), e.what()));
  }
  ModelList models;
  models.folder_ = folder;
  const toml::node* const entries = table.get("model");
  if (entries == nullptr) return models;
  if (!entries->is_array_of_tables()) {
    throw Error(ErrorCode::kCannotRun, at_line(list, *entries) + ": each model must begin with [[model]]");
  }
  for (const auto& entry : *entries->as_array()) {
    const ModelReader reader(list, *entry.as_table());
    Model model = reader.read(folder);
    for (const auto& other : models.models_) {
      if (other.name == model.name) throw reader.bad(entry, "is there twice");
      if (other.role == model.role && other.is_default && model.is_default) {
        throw reader.bad(entry, fmt::format("model '{}' is the default to {} already", other.name, other.role));
      }
    }
    models.models_.push_back(std::move(model));
  }
  return models;
}

const Model& ModelList::find(const std::string& role, const std::string& name,
                             const std::vector<std::string>& others) const {
  std::vector<std::string> names;
  for (const auto& model : models_) {
    if (model.role != role) continue;
    if (model.name == name) return model;
    names.push_back(model.name);
  }
  names.insert(names.end(), others.begin(), others.end());
  throw UsageError(fmt::format("no model '{}' to {} in {}; there are {}", name, role,
                               (folder_ / "models.toml").string(), fmt::join(names, ", ")));
}

std::optional<Model> ModelList::default_of(const std::string& role) const {
  for (const auto& model : models_) {
    if (model.role == role && model.is_default) return model;
  }
  return std::nullopt;
}

std::vector<Model> ModelList::all_of(const std::string& role) const {
  std::vector<Model> found;
  std::copy_if(models_.begin(), models_.end(), std::back_inserter(found),
               [&](const Model& model) { return model.role == role; });
  return found;
}

std::string read_model_file(const Model& model) {
  std::error_code ignored;
  if (!std::filesystem::exists(model.path, ignored)) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: not found; {}", model.path.string(), fix_of(model)));
  }
  std::string bytes;
  try {
    bytes = read_file(model.path, kMaxModelBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
  if (sha256_hex(bytes) != model.sha256) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: is not the file that models.toml names (SHA-256 differs); {}",
                                                   model.path.string(), fix_of(model)));
  }
  return bytes;
}

}  // namespace faceatt
