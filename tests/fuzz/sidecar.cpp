// Strangers' sidecars: written again, a visit says the same.
#include <cmath>

#include "faceatt/people/stranger_file.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

FUZZ_TARGET(sidecar) {
  time_of_stem(input);
  const auto read = parse_sidecar(input);
  if (!read) return;
  const auto again = parse_sidecar(sidecar_text(*read));
  require(again.has_value(), "a sidecar that was written is read");
  const StrangerVisit &a = read->visit, &b = again->visit;
  require(a.time.unix_seconds == b.time.unix_seconds && a.time.offset_seconds == b.time.offset_seconds, "time");
  require(a.camera == b.camera && a.track == b.track && a.frames == b.frames && a.quality == b.quality, "numbers");
  require(a.closest_id == b.closest_id && std::abs(a.closest_score - b.closest_score) < 1e-4, "whom it is like");
  require(std::abs(a.seconds - b.seconds) < 0.01, "length");
  require(read->group == again->group && read->fingerprint == again->fingerprint, "group");
  require(a.encoding.size() == b.encoding.size(), "encoding");
  for (std::size_t i = 0; i < a.encoding.size(); ++i) {
    require(std::isfinite(a.encoding[i]) && std::abs(a.encoding[i] - b.encoding[i]) < 1e-4F, "encoding");
  }
  const std::string stem = visit_stem(a.time, a.camera, a.track);
  require(time_of_stem(stem).has_value() && stem.find('/') == stem.npos, "a visit has a file name");
}
