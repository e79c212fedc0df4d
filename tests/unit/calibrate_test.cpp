#include "faceatt/people/calibrate.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <cmath>
#include <random>

#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

ModelThresholds thresholds() { return {0.5, 0.455, 0.4, 0.11, ModelThresholds::Rates{5.3e-7, 1.54e-5, 1.1e-4}}; }

// People in random directions of `dimension` axes, photos that are `sameness` of the person and noise besides.
Gallery random_people(std::size_t people, std::size_t photos, std::size_t dimension, double sameness) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  const auto direction = [&] {
    Encoding e(dimension);
    for (float& x : e) x = normal(random);
    return unit(e);
  };
  Gallery gallery;
  for (std::size_t p = 0; p < people; ++p) {
    const Encoding person = direction();
    for (std::size_t i = 0; i < photos; ++i) {
      Encoding e = direction();
      const auto a = static_cast<float>(sameness), b = static_cast<float>(std::sqrt(1 - sameness * sameness));
      for (std::size_t k = 0; k < dimension; ++k) e[k] = a * person[k] + b * e[k];
      const std::string id = "p" + std::to_string(100000 + p);
      NewPhoto photo = photo_of(std::move(e));
      photo.path = id + "/" + std::to_string(i) + ".jpg";
      photo.sha256[0] = static_cast<unsigned char>(1 + i);
      gallery.add(id, id, photo);
    }
  }
  return gallery;
}

}  // namespace

TEST_CASE("calibrate: intervals") {
  // Wilson 1927; 10 of 100, z = 1.96: 0.0552 to 0.1744.
  const Rate rate = two_sided(10, 100);
  CHECK(rate.value == Approx(0.1));
  CHECK(rate.low == Approx(0.0552).epsilon(0.01));
  CHECK(rate.high == Approx(0.1744).epsilon(0.01));
  CHECK(upper_bound(0, 300).high == Approx(0.01));
  CHECK(upper_bound(0, 300).low == 0);
  CHECK(upper_bound(0, 0).high == 1);
  CHECK(two_sided(0, 0).high == 1);
  CHECK(upper_bound(5, 5).high == Approx(1));
}

TEST_CASE("calibrate: growth with the gallery") {
  CHECK(expected_fpir(0.01, 1) == Approx(0.01));
  CHECK(expected_fpir(0.01, 100) == Approx(1 - std::pow(0.99, 100)));
  CHECK(expected_fpir(1e-12, 1000) == Approx(1e-9));
  CHECK(expected_fpir(0, 1000) == 0);
  CHECK(expected_fpir(1, 3) == 1);
}

TEST_CASE("calibrate: the model's rate goes through its levels and falls") {
  const auto t = thresholds();
  CHECK(*model_fmr(t, 0.5) == Approx(5.3e-7));
  CHECK(*model_fmr(t, 0.455) == Approx(1.54e-5));
  CHECK(*model_fmr(t, 0.4) == Approx(1.1e-4));
  CHECK(*model_fmr(t, 0.6) < 1e-9);
  CHECK(*model_fmr(t, -1) == 1);
  CHECK_FALSE(model_fmr({0.5, 0.455, 0.4, 0.11}, 0.5));
}

TEST_CASE("calibrate: thresholds that make sense follow from the levels") {
  const auto range = sensible_thresholds(thresholds());
  CHECK(range.low == Approx(0.2));
  CHECK(range.high == Approx(0.95));
  const auto narrow = sensible_thresholds({0.987, 0.984, 0.981, 0.002});
  CHECK(narrow.low == Approx(0.969));
  CHECK(narrow.high == Approx(0.9987));
}

TEST_CASE("calibrate: the rates of random directions are those of theory") {
  // In 3 dimensions the cosine of two random directions is uniform on -1..1, so half of (1 - 0.5) is above 0.5.
  ModelThresholds t{0.999, 0.9, 0.5, 0.11};
  const auto result = calibrate(random_people(400, 1, 3, 1), {t, {0.8}, 0.01, 2});
  REQUIRE(result.rows.size() == 4);
  CHECK(result.people + result.left_out == 400);
  for (const auto& row : result.rows) {
    // People who are alike are left out as enrolled twice: above strict there are none.
    const double truth = (1 - row.threshold) / 2;
    CHECK(row.false_match.value == Approx(truth).margin(0.006));
    CHECK(row.false_match.high >= row.false_match.value);
  }
  CHECK(result.rows[2].basis == "gallery");
  CHECK(result.rows[2].subset_fpir[0].value() == Approx(1 - std::pow(0.75, 10)).margin(0.05));
  CHECK_FALSE(result.rows[2].subset_fpir[2]);
}

TEST_CASE("calibrate: misses are of each photo's best other photo") {
  Gallery gallery;
  const auto add = [&](const std::string& id, Encoding e) {
    NewPhoto photo = photo_of(std::move(e));
    photo.path = id + std::to_string(gallery.encodings().rows());
    gallery.add(id, id, photo);
  };
  add("ana", {1, 0, 0, 0});
  add("ana", {0.9F, std::sqrt(0.19F), 0, 0});
  add("ana", {0.42F, 0, std::sqrt(1 - 0.42F * 0.42F), 0});  // 0.42 at best
  add("bob", {0, 0, 0, 1});                                 // alone: no genuine score
  const auto result = calibrate(gallery, {thresholds(), {}, 0.01, 1});
  CHECK(result.rows[0].miss.of == 3);
  CHECK(result.rows[0].miss.hits == 1);  // strict
  CHECK(result.rows[2].miss.hits == 0);  // loose
  CHECK(result.rows[0].false_match.of == 4);
  CHECK(result.too_small);
  CHECK(result.rows[0].basis == "model");
}

TEST_CASE("calibrate: wrong photos and people enrolled twice are left out") {
  Gallery gallery = random_people(30, 2, 128, 0.9);
  const auto clean = calibrate(gallery, {thresholds(), {}, 0.01, 1});
  CHECK(clean.left_out == 0);
  CHECK(clean.rows[2].false_match.hits == 0);
  CHECK(clean.rows[2].miss.hits == 0);

  const Encoding first = gallery.encoding(gallery.people()[0].photos[0]);
  NewPhoto photo = photo_of(first);
  photo.path = "wrong.jpg";
  gallery.add("p100005", "", photo);  // a photo of p100000
  photo.path = "twice.jpg";
  gallery.add("zoe", "", photo_of(gallery.encoding(gallery.people()[1].photos[0])));
  const auto spoiled = calibrate(gallery, {thresholds(), {}, 0.01, 1});
  CHECK(spoiled.left_out == 2);
  CHECK(spoiled.rows[2].false_match.hits == 0);
  CHECK(spoiled.rows[2].miss.hits == 0);
}

TEST_CASE("calibrate: the level follows the size of the gallery") {
  const auto t = thresholds();
  const auto level = [&](std::size_t people) {
    return calibrate(random_people(people, 1, 128, 1), {t, {}, 0.01, 2}).level;
  };
  CHECK(level(10) == "normal");   // too small to be looser
  CHECK(level(30) == "loose");    // 30 x 1.1e-4
  CHECK(level(300) == "normal");  // 300 x 1.5e-5
  CHECK(level(900) == "strict");
  auto lax = t;
  lax.fmr = ModelThresholds::Rates{0.001, 0.01, 0.1};
  const auto none = calibrate(random_people(100, 1, 128, 1), {lax, {}, 0.01, 2});
  CHECK(none.level.empty());
  CHECK(none.threshold > t.strict);
  CHECK(none.threshold < 0.95);
  CHECK(none.fpir <= 0.01);
}

TEST_CASE("calibrate: nobody, and one person") {
  CHECK(calibrate(Gallery(), {thresholds(), {}, 0.01, 1}).rows[0].false_match.of == 0);
  CHECK(calibrate(random_people(1, 3, 16, 0.9), {thresholds(), {}, 0.01, 1}).rows[0].miss.of == 3);
}

TEST_CASE("calibrate: 10,000 photos, not now", "[.slow]") {
  const Gallery gallery = random_people(10000, 1, 128, 1);
  const auto begin = std::chrono::steady_clock::now();
  calibrate(gallery, {thresholds(), {}, 0.01, 2});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  WARN(took.count() << " s");
  CHECK(took.count() < 20);
}
