#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "faceatt/pipeline/photo.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

constexpr MatchRule kRule{0.5, 0.1};

Encoding probe(float a, float b) { return {a, b, std::sqrt(1 - a * a - b * b)}; }
// On the other side of the third axis.
Encoding probe_behind(float a, float b) { return {a, b, -std::sqrt(1 - a * a - b * b)}; }

SeenFace seen(Encoding encoding, float inter_ocular = 60) {
  SeenFace face;
  face.face.box = {0, 0, 2 * inter_ocular, 2 * inter_ocular};
  face.quality.inter_ocular = inter_ocular;
  face.quality.sharpness = 0.5F;
  face.quality.brightness = 120;
  face.quality.contrast = 40;
  face.encoding = std::move(encoding);
  return face;
}

Gallery two() { return gallery_of({{"ana", {1, 0, 0}}, {"bob", {0, 1, 0}}}); }

}  // namespace

TEST_CASE("recognise: a face too poor to judge is no name, and takes nobody's place") {
  const Gallery gallery = two();
  const std::vector<SeenFace> faces = {seen(probe(0.9F, 0), 4), seen(probe(0.8F, 0))};
  const auto recognised = recognise(gallery, kRule, faces);
  CHECK(recognised[0].verdict == FaceVerdict::kLowQuality);
  CHECK(recognised[0].match.best->person->id == "ana");  // said all the same
  CHECK(recognised[1].verdict == FaceVerdict::kMatch);
}

TEST_CASE("recognise: a picture of a face is spoof, whoever it shows") {
  const Gallery gallery = two();
  std::vector<SeenFace> faces = {seen(probe(0.9F, 0)), seen(probe(0.8F, 0))};
  faces[0].liveness.verdict = LivenessVerdict::kSpoof;
  const auto recognised = recognise(gallery, kRule, faces);
  CHECK(recognised[0].verdict == FaceVerdict::kSpoof);
  CHECK(recognised[1].verdict == FaceVerdict::kMatch);
}

TEST_CASE("merge views: what each photo leaves open is decided by both") {
  const Gallery gallery = two();
  // 0.46 like ana each, 0.63 like each other; their mean is 0.51 like ana.
  const Encoding one = probe(0.46F, 0.43F), other = probe(0.46F, -0.43F);
  REQUIRE(similarity(one, other) > 0.5F);
  std::vector<std::vector<SeenFace>> photos = {{seen(one)}, {seen(other)}};
  CHECK(recognise(gallery, kRule, photos[0])[0].verdict == FaceVerdict::kUnknown);
  CHECK(recognise(gallery, kRule, photos[1])[0].verdict == FaceVerdict::kUnknown);
  merge_views(photos, 0.5);
  CHECK(recognise(gallery, kRule, photos[0])[0].verdict == FaceVerdict::kMatch);
  CHECK(recognise(gallery, kRule, photos[1])[0].verdict == FaceVerdict::kMatch);
  CHECK(photos[0][0].encoding == photos[1][0].encoding);
}

TEST_CASE("merge views: who is not alike stays apart") {
  const Encoding one = probe(0.45F, 0), other = probe_behind(0.45F, 0);
  std::vector<std::vector<SeenFace>> photos = {{seen(one)}, {seen(other)}};
  merge_views(photos, 0.5);
  CHECK(photos[0][0].encoding == one);
  CHECK(photos[1][0].encoding == other);
}

TEST_CASE("merge views: two faces of one photo are two people, however alike") {
  const Encoding ana = probe(0.9F, 0.1F), twin = probe(0.9F, 0.12F), again = probe(0.9F, 0.11F);
  std::vector<std::vector<SeenFace>> photos = {{seen(ana), seen(twin)}, {seen(again)}};
  merge_views(photos, 0.5);
  const bool with_ana = photos[0][0].encoding == photos[1][0].encoding;
  const bool with_twin = photos[0][1].encoding == photos[1][0].encoding;
  CHECK(with_ana != with_twin);
  // Nor by way of a third photo.
  std::vector<std::vector<SeenFace>> chain = {{seen(ana), seen(twin)}, {seen(again)}, {seen(ana), seen(twin)}};
  merge_views(chain, 0.5);
  CHECK(chain[0][0].encoding != chain[0][1].encoding);
  CHECK(chain[2][0].encoding != chain[2][1].encoding);
}

TEST_CASE("merge views: the better picture counts more; what is too poor to judge does not") {
  const Encoding good = probe(0.9F, 0), poor = probe(0.6F, 0.5F);
  std::vector<std::vector<SeenFace>> photos = {{seen(good)}, {seen(poor, 12)}};
  merge_views(photos, 0.5);
  CHECK(similarity(photos[0][0].encoding, good) > similarity(photos[0][0].encoding, poor));
  CHECK(similarity(photos[0][0].encoding, good) < 0.9999F);

  photos = {{seen(good)}, {seen(poor, 4)}};
  merge_views(photos, 0.5);
  CHECK(photos[0][0].encoding == good);
  CHECK(photos[1][0].encoding == poor);
}

TEST_CASE("merge views: no photos, photos without faces") {
  merge_views({}, 0.5);
  std::vector<std::vector<SeenFace>> photos(3);
  merge_views(photos, 0.5);
  CHECK(photos[2].empty());
}
