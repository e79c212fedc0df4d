#include "faceatt/people/match.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

constexpr MatchRule kRule{0.5, 0.1};

// A unit vector whose similarity to the first axis is `a` and to the second `b`.
Encoding probe(float a, float b) { return {a, b, std::sqrt(1 - a * a - b * b)}; }

const std::vector<std::pair<std::string, Encoding>> kTwo = {{"ana", {1, 0, 0}}, {"bob", {0, 1, 0}}};

}  // namespace

TEST_CASE("match: nobody in the gallery is nobody") {
  const Match m = match(Gallery(), probe(1, 0), kRule);
  CHECK(m.verdict == MatchVerdict::kUnknown);
  CHECK_FALSE(m.best);
  CHECK_FALSE(m.second);
}

TEST_CASE("match: a gallery of one does not make everybody that one") {
  const Gallery one = gallery_of({{"ana", {1, 0, 0}}});
  CHECK(match(one, probe(0.9F, 0), kRule).verdict == MatchVerdict::kMatch);
  const Match stranger = match(one, probe(0.3F, 0), kRule);
  CHECK(stranger.verdict == MatchVerdict::kUnknown);
  REQUIRE(stranger.best);
  CHECK(stranger.best->person->id == "ana");
  CHECK(stranger.best->score == Approx(0.3));
  CHECK_FALSE(stranger.second);
}

TEST_CASE("match: the threshold itself is enough, less is not") {
  const Gallery two = gallery_of(kTwo);
  CHECK(match(two, probe(0.5F, 0), kRule).verdict == MatchVerdict::kMatch);
  CHECK(match(two, probe(std::nextafter(0.5F, 0.0F), 0), kRule).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, probe(0.499F, 0), kRule).verdict == MatchVerdict::kUnknown);
}

TEST_CASE("match: best and second, whichever comes first") {
  const Gallery two = gallery_of(kTwo);
  for (const auto& [a, b] : {std::pair{0.7F, 0.2F}, std::pair{0.2F, 0.7F}}) {
    const Match m = match(two, probe(a, b), kRule);
    CHECK(m.verdict == MatchVerdict::kMatch);
    REQUIRE(m.best);
    REQUIRE(m.second);
    CHECK(m.best->person->id == (a > b ? "ana" : "bob"));
    CHECK(m.second->person->id == (a > b ? "bob" : "ana"));
    CHECK(m.best->score == Approx(0.7));
    CHECK(m.second->score == Approx(0.2));
  }
}

TEST_CASE("match: two people in range of each other are ambiguous") {
  const Gallery two = gallery_of(kTwo);
  CHECK(match(two, probe(0.65F, 0.6F), kRule).verdict == MatchVerdict::kAmbiguous);
  CHECK(match(two, probe(0.6F, 0.6F), kRule).verdict == MatchVerdict::kAmbiguous);
  CHECK(match(two, probe(0.55F, 0.46F), kRule).verdict == MatchVerdict::kAmbiguous);  // second below the threshold
  CHECK(match(two, probe(0.62F, 0.5F), kRule).verdict == MatchVerdict::kMatch);
  CHECK(match(two, probe(0.4F, 0.38F), kRule).verdict == MatchVerdict::kUnknown);  // nobody is in range
  CHECK(match(two, probe(0.65F, 0.6F), {0.5, 0}).verdict == MatchVerdict::kMatch);
  // The margin itself is enough.
  CHECK(match(two, probe(0.75F, 0.5F), {0.5, 0.25}).verdict == MatchVerdict::kMatch);
  CHECK(match(two, probe(0.74F, 0.5F), {0.5, 0.25}).verdict == MatchVerdict::kAmbiguous);
}

TEST_CASE("match: several photos of one person are no rivals") {
  Gallery gallery = gallery_of(kTwo);
  gallery.add("ana", "Ana", photo_of({0.99F, 0.1F, 0}));
  const Match m = match(gallery, probe(0.9F, 0), kRule);
  CHECK(m.verdict == MatchVerdict::kMatch);
  CHECK(m.second->person->id == "bob");
}

TEST_CASE("match: people without usable photos are never named") {
  Gallery gallery = gallery_of(kTwo);
  NewPhoto bad;
  bad.portrait.problem = "no face found";
  gallery.add("aaa", "Aaa", bad);
  const Match m = match(gallery, probe(0.1F, 0.05F), kRule);
  CHECK(m.best->person->id == "ana");
  CHECK(m.second->person->id == "bob");
}

TEST_CASE("match: a vector that is none matches nobody") {
  const Gallery two = gallery_of(kTwo);
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  CHECK(match(two, {nan, nan, nan}, kRule).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, {1, nan, 0}, kRule).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, {0, 0, 0}, kRule).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, {}, kRule).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, {1, 0, 0, 0}, kRule).verdict == MatchVerdict::kUnknown);
  for (Encoding probe : {Encoding{nan, 1, 0}, Encoding{inf, 0, 0}, Encoding{-inf, inf, 0}, Encoding{0, 0, 0}}) {
    normalise(probe);
    CHECK(probe == Encoding{0, 0, 0});
    CHECK(match(two, probe, kRule).verdict == MatchVerdict::kUnknown);
  }
}

TEST_CASE("match: a rule that is not a number lets nobody in") {
  const Gallery two = gallery_of(kTwo);
  const double nan = std::nan("");
  CHECK(match(two, probe(1, 0), {nan, 0.1}).verdict == MatchVerdict::kUnknown);
  CHECK(match(two, probe(1, 0), {0.5, nan}).verdict == MatchVerdict::kAmbiguous);
}

TEST_CASE("match: somebody outside the group is never named, and stands in nobody's way") {
  TempFolder temp;
  Gallery gallery = gallery_of(kTwo);
  CHECK_THROWS_WITH(gallery.restrict_to("5b"), Catch::Contains("names no groups"));

  std::filesystem::create_directories(temp / "people");
  write(temp / "people" / "ana.jpg", "1 0 0");
  write(temp / "people" / "bob.jpg", "0 1 0");
  write(temp / "people" / "roster.csv", "id,name,groups\nana,Ana,5a;choir\nbob,Bob,5b\n");
  GalleryOptions options;
  options.folder = temp / "people";
  options.cache_name = "fake";
  options.dimension = 3;
  FakeReader fake;
  std::vector<std::string> warnings;
  gallery = Gallery::load(
      options, [&] { return fake.reader(); }, warnings);
  CHECK_THROWS_WITH(gallery.restrict_to("5c"), Catch::Contains("5a, 5b, choir"));
  gallery.restrict_to("5b");

  const Match outsider = match(gallery, probe(0.9F, 0.2F), kRule);
  CHECK(outsider.verdict == MatchVerdict::kUnknown);
  REQUIRE(outsider.outsider);
  CHECK(outsider.outsider->person->id == "ana");
  CHECK(outsider.best->person->id == "bob");
  CHECK_FALSE(outsider.second);
  const Match near_both = match(gallery, probe(0.6F, 0.62F), kRule);
  CHECK(near_both.verdict == MatchVerdict::kMatch);
  CHECK(near_both.best->person->id == "bob");
  CHECK_FALSE(match(gallery, probe(0.4F, 0.3F), kRule).outsider);  // a stranger is no outsider
}

TEST_CASE("match photo: of two faces with one name the more alike one has it") {
  const Gallery two = gallery_of(kTwo);
  const std::vector<Encoding> faces = {probe(0.7F, 0), probe(0.9F, 0.1F), probe(0.1F, 0.8F), probe(0.2F, 0.2F)};
  const auto matches = match_photo(two, faces, kRule);
  REQUIRE(matches.size() == 4);
  CHECK(matches[0].verdict == MatchVerdict::kUnknown);
  CHECK(matches[0].best->person->id == "ana");  // the nearest is told even so
  CHECK(matches[1].verdict == MatchVerdict::kMatch);
  CHECK(matches[2].verdict == MatchVerdict::kMatch);
  CHECK(matches[2].best->person->id == "bob");
  CHECK(matches[3].verdict == MatchVerdict::kUnknown);
}

TEST_CASE("match photo: a loser is not pushed onto somebody else") {
  // The sum of scores would be greater with the first face as bob, but it is not like him.
  const Gallery two = gallery_of(kTwo);
  const std::vector<Encoding> faces = {probe(0.80F, 0.55F), probe(0.82F, 0.1F)};
  const auto matches = match_photo(two, faces, kRule);
  CHECK(matches[0].verdict == MatchVerdict::kUnknown);
  CHECK(matches[1].verdict == MatchVerdict::kMatch);
  CHECK(matches[1].best->person->id == "ana");
}

TEST_CASE("match photo: between two people, one of whom is clearly another face") {
  const Gallery two = gallery_of(kTwo);
  const std::vector<Encoding> faces = {probe(0.66F, 0.62F), probe(0.9F, 0.1F)};
  const auto matches = match_photo(two, faces, kRule);
  CHECK(matches[0].verdict == MatchVerdict::kMatch);
  CHECK(matches[0].best->person->id == "bob");
  CHECK(matches[0].best->score == Approx(0.62).margin(0.001));
  CHECK(matches[0].second->person->id == "ana");
  CHECK(matches[1].best->person->id == "ana");
  // The other below the threshold would be no name.
  CHECK(match_photo(two, std::vector<Encoding>{probe(0.55F, 0.48F), probe(0.9F, 0.1F)}, kRule)[0].verdict !=
        MatchVerdict::kMatch);
}

TEST_CASE("match photo: two faces that are each between two people stay ambiguous") {
  const Gallery two = gallery_of(kTwo);
  const auto matches = match_photo(two, std::vector<Encoding>{probe(0.66F, 0.62F), probe(0.62F, 0.66F)}, kRule);
  CHECK(matches[0].verdict == MatchVerdict::kAmbiguous);
  CHECK(matches[1].verdict == MatchVerdict::kAmbiguous);
}

TEST_CASE("match rule: the threshold falls with the number of people") {
  const MatchRule rule{0.5, 0.1, {{10, 0.3}, {100, 0.4}, {1000, 0.5}}};
  CHECK(rule.threshold_among(0) == 0.3);
  CHECK(rule.threshold_among(10) == 0.3);
  CHECK(rule.threshold_among(32) == Approx(0.35).margin(0.001));
  CHECK(rule.threshold_among(100) == Approx(0.4));
  CHECK(rule.threshold_among(5000) == 0.5);
  CHECK(kRule.threshold_among(1) == kRule.threshold);
  const MatchRule loose{0.35, 0.1, rule.few};
  CHECK(loose.threshold_among(100) == 0.35);  // never above the usual one
}

TEST_CASE("match photo: who is missing is looked for among the faces without a name") {
  const Gallery two = gallery_of(kTwo);
  MatchRule rule = kRule;
  rule.few = {{10, 0.3}, {500, 0.5}};
  const Gallery three = gallery_of({{"ana", {1, 0, 0}}, {"bob", {0, 1, 0}}, {"cem", {0, 0, 1}}});
  const Encoding ana = probe(0.9F, 0.1F), perhaps_bob = probe(0.1F, 0.4F), perhaps_ana = probe(0.4F, 0.1F);
  const auto matches = match_photo(two, std::vector<Encoding>{ana, perhaps_bob, perhaps_ana}, rule);
  CHECK(matches[0].verdict == MatchVerdict::kMatch);
  CHECK(matches[1].verdict == MatchVerdict::kMatch);
  CHECK(matches[1].best->person->id == "bob");
  CHECK(matches[2].verdict == MatchVerdict::kUnknown);  // she is elsewhere in the photo

  CHECK(match_photo(two, std::vector<Encoding>{ana, perhaps_bob}, kRule)[1].verdict == MatchVerdict::kUnknown);
  // Only where somebody is named, and of whole faces.
  CHECK(match_photo(two, std::vector<Encoding>{perhaps_bob}, rule)[0].verdict == MatchVerdict::kUnknown);
  const std::vector<Encoding> both = {ana, perhaps_bob};
  CHECK(match_photo(two, both, rule, {false, true})[1].verdict == MatchVerdict::kUnknown);
  // Who is found already does not compete, who is missing too does.
  CHECK(match_photo(two, std::vector<Encoding>{ana, probe(0.42F, 0.4F)}, rule)[1].verdict == MatchVerdict::kMatch);
  const auto torn = match_photo(three, std::vector<Encoding>{ana, {0.1F, 0.4F, 0.38F}}, rule);
  CHECK(torn[1].verdict == MatchVerdict::kAmbiguous);
  // Of two faces like the one who is missing, the more alike one.
  const auto rivals = match_photo(two, std::vector<Encoding>{ana, probe(0, 0.35F), perhaps_bob}, rule);
  CHECK(rivals[1].verdict == MatchVerdict::kUnknown);
  CHECK(rivals[2].verdict == MatchVerdict::kMatch);
}

TEST_CASE("match photo: nobody enrolled, no faces, faces that are none") {
  CHECK(match_photo(Gallery(), std::vector<Encoding>{probe(1, 0)}, kRule)[0].verdict == MatchVerdict::kUnknown);
  CHECK(match_photo(gallery_of(kTwo), {}, kRule).empty());
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const auto matches = match_photo(gallery_of(kTwo), std::vector<Encoding>{{nan, nan, nan}, {}, {1, 0, 0}}, kRule);
  CHECK(matches[0].verdict == MatchVerdict::kUnknown);
  CHECK(matches[1].verdict == MatchVerdict::kUnknown);
  CHECK(matches[2].verdict == MatchVerdict::kMatch);
}

TEST_CASE("normalise scales to length one") {
  Encoding e = {3, 0, -4};
  normalise(e);
  CHECK(e[0] == Approx(0.6));
  CHECK(e[2] == Approx(-0.8));
  Encoding tiny = {1e-30F, 0};
  normalise(tiny);
  CHECK((tiny == Encoding{0, 0} || tiny[0] == Approx(1)));
}
