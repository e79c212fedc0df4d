// Where the time goes for one photo: milliseconds of each stage, the least of several runs.
// usage: faceatt-bench-photo MODELS PEOPLE PHOTO...
#include "faceatt/pipeline/photo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/vision/photo.hpp"
#include "row.hpp"

using namespace faceatt;

namespace {

double least_ms(const std::function<void()>& work) {
  double least = 1e9;
  for (int run = 0; run < 5; ++run) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    least =
        std::min(least, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    fmt::print(stderr, "usage: faceatt-bench-photo MODELS PEOPLE PHOTO...\n");
    return 2;
  }
  const Stages stages({argv[1], "yunet", ""});
  std::vector<std::string> warnings;
  const Gallery gallery = stages.load_gallery(argv[2], warnings);
  const MatchRule rule = match_rule(stages.encoder_model(), "normal", {});
  const auto is_clear = [&](const Encoding& encoding) { return is_clear_match(gallery, rule, encoding); };
  const auto detector = stages.make_photo_detector();
  const auto encoder = stages.make_encoder();
  for (int i = 3; i < argc; ++i) {
    Frame frame;
    const double decode = least_ms([&] { frame = read_photo(argv[i]); });
    std::vector<Face> faces, open;
    const double detect = least_ms([&] { faces = detector->detect(frame); });
    std::vector<Encoding> quick;
    const double first = least_ms([&] { quick = encoder->encode_quickly(frame, faces); });
    for (std::size_t k = 0; k < faces.size(); ++k) {
      if (!is_clear(quick[k])) open.push_back(faces[k]);
    }
    std::vector<Face> refined;
    const double close = least_ms([&] {
      refined.clear();
      for (const Face& face : open) refined.push_back(detector->refine_closely(frame, face));
    });
    const double again = least_ms([&] {
      for (const Face& face : refined) encoder->encode(frame, face);
    });
    const double quality = least_ms([&] {
      for (const Face& face : faces) measure_quality(frame, face);
    });
    PhotoReader reader(stages, {core_count(), false, is_clear});
    std::vector<SeenFace> seen;
    const double look = least_ms([&] { seen = reader.look(frame); });
    const double match = least_ms([&] { recognise(gallery, rule, seen); });
    const auto row = [&](std::string_view stage, double ms) {
      bench::print_row(fmt::format("{}: {}", std::filesystem::path(argv[i]).stem().string(), stage),
                       fmt::format("{:.1f} ms", ms));
    };
    row(fmt::format("decode {}x{}", frame.image.cols, frame.image.rows), decode);
    row(fmt::format("detect {} faces", faces.size()), detect);
    row("quick encodings of all", first);
    row(fmt::format("closer looks at {} that are not clear", open.size()), close);
    row("their encodings again, with the mirror image", again);
    row("quality", quality);
    row("match", match);
    row("detection to quality, as it is done", look);
  }
}
