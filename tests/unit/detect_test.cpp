#include "faceatt/vision/detect.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using namespace faceatt;

namespace {

Face face(float x, float y, float size, float score = 0.9F) {
  Face f;
  f.box = {x, y, size, size};
  f.score = score;
  return f;
}

std::vector<float> scores_of(const std::vector<Face>& faces) {
  std::vector<float> scores;
  for (const Face& f : faces) scores.push_back(f.score);
  std::sort(scores.begin(), scores.end());
  return scores;
}

}  // namespace

TEST_CASE("without_doubles keeps the better of two") {
  CHECK(without_doubles({}).empty());
  CHECK(scores_of(without_doubles({face(0, 0, 100, 0.8F), face(5, 5, 100, 0.9F)})) == std::vector<float>{0.9F});
  CHECK(scores_of(without_doubles({face(5, 5, 100, 0.9F), face(0, 0, 100, 0.8F)})) == std::vector<float>{0.9F});
  // One inside the other: seen at two scales.
  CHECK(scores_of(without_doubles({face(0, 0, 100, 0.8F), face(30, 30, 40, 0.9F)})) == std::vector<float>{0.9F});
}

TEST_CASE("without_doubles keeps neighbours") {
  CHECK(without_doubles({face(0, 0, 100), face(100, 0, 100), face(0, 100, 100)}).size() == 3);
  CHECK(without_doubles({face(0, 0, 100), face(80, 0, 100)}).size() == 2);  // shoulder to shoulder
}

TEST_CASE("reading order: rows from top, left to right, whatever the order was") {
  // Two rows of different height, uneven as people stand.
  std::vector<Face> faces;
  const std::vector<std::pair<float, float>> places = {{10, 20},  {150, 0},   {300, 25},
                                                       {20, 200}, {160, 190}, {310, 215}};
  for (std::size_t i = 0; i < places.size(); ++i) {
    faces.push_back(face(places[i].first, places[i].second, 100, static_cast<float>(i)));
  }
  const auto wanted = faces;
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::shuffle(faces.begin(), faces.end(), random);
    sort_in_reading_order(faces);
    for (std::size_t i = 0; i < faces.size(); ++i) CHECK(faces[i].score == wanted[i].score);
  }
  std::vector<Face> none;
  sort_in_reading_order(none);
  CHECK(none.empty());
}
