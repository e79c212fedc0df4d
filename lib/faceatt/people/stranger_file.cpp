#include "faceatt/people/stranger_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "faceatt-stranger";
constexpr int kVersion = 1;
constexpr std::uint64_t kMaxSidecarBytes = 256 << 10;
constexpr std::string_view kGroupPrefix = "unknown-";
constexpr std::size_t kMaxCameraBytes = 60;  // in a file name
constexpr double kMaxCount = 1e9;
constexpr double kNormTolerance = 0.01;  // six decimals are far finer

// The nearest number that is written with so few decimals (`units` to 1).
double rounded(double value, double units) { return std::round(value * units) / units; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

// Takes fields out of an object; after the first that is missing or of another type, ok() is false.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}

  std::string text(const char* key) {
    const Json* field = find(key);
    if (field == nullptr || !field->is_string()) return fail<std::string>();
    return field->get<std::string>();
  }
  double number(const char* key, double least, double most) {
    const Json* field = find(key);
    const double value = field != nullptr && field->is_number() ? field->get<double>() : NAN;
    return value >= least && value <= most ? value : fail<double>();
  }
  int count(const char* key, double most = kMaxCount) { return static_cast<int>(number(key, 0, most)); }
  // A unit vector.
  Encoding encoding(const char* key) {
    const Json* field = find(key);
    if (field == nullptr || !field->is_array()) return fail<Encoding>();
    Encoding values;
    double square = 0;
    for (const Json& number : *field) {
      const double value = number.is_number() ? number.get<double>() : NAN;
      if (!(std::abs(value) <= 1 + kNormTolerance)) return fail<Encoding>();
      values.push_back(static_cast<float>(value));
      square += value * value;
    }
    if (!(std::abs(square - 1) <= 2 * kNormTolerance)) return fail<Encoding>();
    normalise(values);
    return values;
  }
  bool ok() const { return ok_; }

 private:
  const Json* find(const char* key) const {
    const auto at = object_.find(key);
    return at == object_.end() ? nullptr : &*at;
  }
  template <typename T>
  T fail() {
    ok_ = false;
    return T{};
  }

  const Json& object_;
  bool ok_ = true;
};

// 0 when it is no name of a group.
int group_number(std::string_view name) {
  if (!name.starts_with(kGroupPrefix)) return 0;
  name.remove_prefix(kGroupPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() && number > 0 && number < kMaxCount ? number : 0;
}

// Whether all of `text` is the end of a stem: "-track3", "-door-track3", "-door-track3-2".
bool is_track_part(std::string_view text) {
  constexpr std::string_view kTrack = "-track";
  const auto at = text.rfind(kTrack);
  if (at == std::string_view::npos || at == 1 || text[0] != '-') return false;
  const std::string_view numbers = text.substr(at + kTrack.size());
  const auto dash = std::min(numbers.find('-'), numbers.size());
  const auto all_digits = [](std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_digit); };
  return std::all_of(text.begin(), text.end(), is_name_char) && all_digits(numbers.substr(0, dash)) &&
         (dash == numbers.size() || all_digits(numbers.substr(dash + 1)));
}

}  // namespace

std::string group_name(int group) { return fmt::format("{}{}", kGroupPrefix, group); }

std::string sidecar_text(const Sidecar& sidecar) {
  const StrangerVisit& visit = sidecar.visit;
  Json encoding = Json::array();
  for (const float value : visit.encoding) encoding.push_back(rounded(value, 1e6));
  const bool closest = !visit.closest_id.empty();
  const Json object = {{"format", kFormat},
                       {"version", kVersion},
                       {"time", visit.time.iso8601()},
                       {"camera", visit.camera},
                       {"track", visit.track},
                       {"seconds", rounded(visit.seconds, 100)},
                       {"frames", visit.frames},
                       {"quality", visit.quality},
                       {"closest_id", visit.closest_id},
                       {"closest_score", closest ? Json(rounded(visit.closest_score, 1e4)) : Json()},
                       {"group", group_name(sidecar.group)},
                       {"fingerprint", sidecar.fingerprint},
                       {"encoding", encoding}};
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Sidecar> parse_sidecar(std::string_view bytes) {
  const Json object = Json::parse(bytes, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  Fields in(object);
  if (in.text("format") != kFormat || in.count("version") != kVersion) return std::nullopt;
  Sidecar sidecar;
  StrangerVisit& visit = sidecar.visit;
  visit.camera = in.text("camera");
  visit.track = in.count("track");
  visit.seconds = in.number("seconds", 0, kMaxCount);
  visit.frames = in.count("frames");
  visit.quality = in.count("quality", 100);
  visit.closest_id = in.text("closest_id");
  if (!visit.closest_id.empty()) visit.closest_score = in.number("closest_score", -1.01, 1.01);
  visit.encoding = in.encoding("encoding");
  sidecar.group = group_number(in.text("group"));
  sidecar.fingerprint = in.text("fingerprint");
  try {
    visit.time = parse_time(in.text("time"));
  } catch (const UsageError&) {
    return std::nullopt;
  }
  if (!in.ok() || sidecar.group == 0) return std::nullopt;
  return sidecar;
}

std::optional<Sidecar> read_sidecar(const std::filesystem::path& file, const Seal& seal) {
  try {
    std::string bytes = read_file(file, kMaxSidecarBytes);
    return parse_sidecar(seal.open(SealedKind::kSidecar, bytes, file));
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kCannotRun) throw;
    return std::nullopt;
  }
}

void write_sidecar(const std::filesystem::path& file, const Sidecar& sidecar, const Seal& seal) {
  replace_file(file, seal.close(SealedKind::kSidecar, sidecar_text(sidecar)));
}

std::string visit_stem(const LocalTime& time, std::string_view camera, int track) {
  std::string stem = time.iso8601().substr(0, 19);
  std::replace(stem.begin(), stem.end(), ':', '-');
  std::string name;
  for (const char c : camera.substr(0, kMaxCameraBytes)) {
    if (is_name_char(c)) {
      name += c;
    } else if (!name.ends_with('_')) {
      name += '_';
    }
  }
  return fmt::format("{}{}{}-track{}", stem, name.empty() ? "" : "-", name, track);
}

std::optional<LocalTime> time_of_stem(std::string_view stem) {
  constexpr std::string_view kForm = "0000-00-00T00-00-00";
  if (stem.size() <= kForm.size()) return std::nullopt;
  std::string time(stem.substr(0, kForm.size()));
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? !is_digit(time[i]) : time[i] != kForm[i]) return std::nullopt;
  }
  if (!is_track_part(stem.substr(kForm.size()))) return std::nullopt;
  time[13] = time[16] = ':';
  try {
    return parse_time(time);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

}  // namespace faceatt
