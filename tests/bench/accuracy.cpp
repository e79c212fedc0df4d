// Open-set identification and verification on a list of photos, with the defaults and with one ingredient changed at a
// time. Prints Markdown tables for docs/accuracy.md.
// usage: faceatt-bench-accuracy MODELS LIST.csv [NAME...]
// LIST.csv has the columns role (enrol, probe, stranger), id and file (relative to the list). With NAMEs only those
// recipes are measured.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "faceatt/people/match.hpp"
#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/photo.hpp"
#include "photos.hpp"

namespace {

using namespace faceatt;
using namespace faceatt::bench;

// One way to get from a photo to an encoding, and how many photos of a person are enrolled.
struct Recipe {
  std::string name, text;
  std::string detector = "yunet", encoder;
  DetectorOptions detection = kPhotoDetection;
  bool refine = true, mirror = true, align = true;
  std::size_t enrolled = 1;
};

std::vector<Recipe> recipes() {
  std::vector<Recipe> all;
  const auto add = [&](const char* name, const char* text) -> Recipe& {
    Recipe& recipe = all.emplace_back();
    recipe.name = name;
    recipe.text = text;
    return recipe;
  };
  add("default", "the defaults, one photo per person");
  add("two-photos", "two photos per person, where there are three or more").enrolled = 2;
  add("three-photos", "three photos per person, where there are four or more").enrolled = 3;
  add("no-refine", "landmarks of one detection").refine = false;
  add("no-mirror", "without the mirrored chip").mirror = false;
  add("no-align", "chip from the face's box, eyes not brought to their place").align = false;
  add("half-scale", "faces looked for at half the scale").detection = {125, 0};
  add("hog", "faces found by dlib's HOG, 68 landmarks").detector = "hog";
  add("dlib-densenet", "encoder dlib-densenet").encoder = "dlib-densenet";
  return all;
}

// Landmarks as they usually lie in a box of the detector.
Face unaligned(Face face) {
  const auto at = [&](float x, float y) {
    return Point{face.box.x + x * face.box.width, face.box.y + y * face.box.height};
  };
  face.landmarks = {at(0.30F, 0.40F), at(0.70F, 0.40F), at(0.5F, 0.60F), at(0.34F, 0.77F), at(0.66F, 0.77F)};
  return face;
}

std::vector<Encoding> encode(const std::vector<Photo>& photos, const Recipe& recipe, const ModelList& models) {
  Model encoder = recipe.encoder.empty() ? *models.default_of("encode") : models.find("encode", recipe.encoder);
  encoder.input.mirror = encoder.input.mirror && recipe.mirror;
  std::optional<Model> detector;
  if (recipe.detector != "hog") detector = models.find("detect", recipe.detector);
  const auto make_worker = [&]() -> EncodingWork::Worker {
    std::shared_ptr<Detector> eyes = Detector::create(detector ? &*detector : nullptr, recipe.detection);
    std::shared_ptr<Encoder> encodes = Encoder::create(encoder);
    return [&, eyes, encodes](const std::size_t& i) -> Encoding {
      const Frame frame = read_photo(photos[i].file);
      auto face = middle_face(frame, eyes->detect(frame));
      if (!face) return {};
      if (recipe.refine) face = eyes->refine(frame, *face);
      return encodes->encode(frame, recipe.align ? *face : unaligned(*face));
    };
  };
  return encode_all(photos.size(), make_worker);
}

struct Scored {
  double score = -1;
  bool right = false;  // the nearest person is the one
  MatchVerdict verdict = MatchVerdict::kUnknown;
};

struct Result {
  std::vector<Scored> probes, strangers;
  std::size_t people = 0;
};

Result identify(const std::vector<Photo>& photos, const std::vector<Encoding>& encodings, std::size_t enrolled,
                const MatchRule& rule) {
  std::map<std::string, std::vector<std::size_t>> of;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (photos[i].role != "stranger") of[photos[i].id].push_back(i);
  }
  Gallery gallery;
  std::set<std::size_t> used;
  for (const auto& [id, mine] : of) {
    if (mine.size() <= enrolled) continue;
    for (std::size_t i = 0; i < enrolled; ++i) {
      used.insert(mine[i]);
      NewPhoto photo;
      photo.portrait.encoding = encodings[mine[i]];
      if (photo.portrait.encoding.empty()) photo.portrait.problem = "no face found";
      gallery.add(id, id, photo);
    }
  }
  Result result;
  result.people = gallery.people().size();
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const bool is_stranger = photos[i].role == "stranger";
    if (used.contains(i) || (!is_stranger && gallery.find(photos[i].id) == nullptr)) continue;
    Scored scored;
    if (!encodings[i].empty()) {
      const Match m = match(gallery, encodings[i], rule);
      if (m.best) scored = {m.best->score, m.best->person->id == photos[i].id, m.verdict};
    }
    (is_stranger ? result.strangers : result.probes).push_back(scored);
  }
  return result;
}

// Share of probes missed or named wrong when `fpir` of the strangers get a name.
double fnir_at(const Result& result, double fpir) {
  std::vector<double> strangers;
  for (const auto& s : result.strangers) strangers.push_back(s.score);
  std::sort(strangers.rbegin(), strangers.rend());
  const double threshold = strangers[static_cast<std::size_t>(fpir * static_cast<double>(strangers.size()))];
  const auto missed = std::count_if(result.probes.begin(), result.probes.end(),
                                    [&](const Scored& p) { return !p.right || p.score <= threshold; });
  return static_cast<double>(missed) / static_cast<double>(result.probes.size());
}

double share(const std::vector<Scored>& of, const std::function<bool(const Scored&)>& counts) {
  return static_cast<double>(std::count_if(of.begin(), of.end(), counts)) / static_cast<double>(of.size());
}

// Verification, as LFW has it: share of genuine pairs accepted where so many impostor pairs are.
void print_verification(const std::vector<Photo>& photos, const std::vector<Encoding>& encodings) {
  std::vector<float> genuine, impostor;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (encodings[i].empty() || encodings[k].empty()) continue;
      float score = 0;
      for (std::size_t n = 0; n < encodings[i].size(); ++n) score += encodings[i][n] * encodings[k][n];
      const bool same = !photos[i].id.empty() && photos[i].id == photos[k].id;  // each stranger is another one
      (same ? genuine : impostor).push_back(score);
    }
  }
  std::sort(impostor.rbegin(), impostor.rend());
  fmt::print(
      "\n{} pairs of one person, {} of two:\n\n| false match rate | threshold | genuine pairs accepted "
      "|\n|---|---|---|\n",
      genuine.size(), impostor.size());
  for (const double rate : {1e-2, 1e-3, 1e-4, 1e-5}) {
    const float threshold = impostor[static_cast<std::size_t>(rate * static_cast<double>(impostor.size()))];
    const auto accepted = std::count_if(genuine.begin(), genuine.end(), [&](float s) { return s > threshold; });
    fmt::print("| {:g} % | {:.3f} | {:.2f} % |\n", 100 * rate, threshold,
               100 * static_cast<double>(accepted) / static_cast<double>(genuine.size()));
  }
}

void print_levels(const std::vector<Photo>& photos, const std::vector<Encoding>& encodings, const ModelThresholds& t) {
  fmt::print("| level | threshold | found | wrong | strangers named |\n|---|---|---|---|---|\n");
  for (const auto& [level, threshold] : {std::pair{"strict", t.strict}, {"normal", t.normal}, {"loose", t.loose}}) {
    const Result r = identify(photos, encodings, 1, {threshold, t.margin});
    const auto named = [](const Scored& s) { return s.verdict == MatchVerdict::kMatch; };
    fmt::print("| {} | {:.3f} | {:.4f} | {:.4f} | {:.4f} |\n", level, threshold,
               share(r.probes, [&](const Scored& s) { return named(s) && s.right; }),
               share(r.probes, [&](const Scored& s) { return named(s) && !s.right; }), share(r.strangers, named));
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    fmt::print(stderr, "usage: faceatt-bench-accuracy MODELS LIST.csv [NAME...]\n");
    return 2;
  }
  const ModelList models = ModelList::read(argv[1]);
  const auto photos = read_list(argv[2]);
  const std::set<std::string> wanted(argv + 3, argv + argc);
  const ModelThresholds thresholds = models.default_of("encode")->thresholds;
  std::vector<Encoding> defaults;
  std::string table;
  for (const Recipe& recipe : recipes()) {
    if (!wanted.empty() && !wanted.contains(recipe.name)) continue;
    const bool is_default = recipe.name == "default";
    const bool same_encodings = recipe.enrolled > 1 && !defaults.empty();
    auto encodings = same_encodings ? defaults : encode(photos, recipe, models);
    const Result r = identify(photos, encodings, recipe.enrolled, {});
    const auto line = fmt::format("| {} | {} | {} | {:.1f} % | {:.1f} % |\n", recipe.text, r.people, r.probes.size(),
                                  100 * fnir_at(r, 0.01), 100 * fnir_at(r, 0.003));
    table += line;
    fmt::print(stderr, "{}", line);
    if (!is_default) continue;
    print_levels(photos, encodings, thresholds);
    print_verification(photos, encodings);
    defaults = std::move(encodings);
  }
  fmt::print("\n| recipe | people | probes | missed at 1 % of strangers named | at 0.3 % |\n|---|---|---|---|---|\n{}",
             table);
} catch (const std::exception& e) {
  fmt::print(stderr, "faceatt-bench-accuracy: {}\n", e.what());
  return 4;
}
