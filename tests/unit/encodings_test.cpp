#include "faceatt/people/encodings.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <stdexcept>

#include "fake_people.hpp"

using namespace faceatt;

namespace {

Encoding random_unit(std::mt19937& random, std::size_t dimension) {
  std::normal_distribution<float> normal;
  Encoding values(dimension);
  for (float& value : values) value = normal(random);
  normalise(values);
  return values;
}

}  // namespace

TEST_CASE("encodings: products are those of the numbers, in every dimension") {
  std::mt19937 random(3);
  for (const std::size_t dimension : {1, 3, 31, 32, 33, 64, 100, 128, 512}) {
    EncodingMatrix matrix(dimension);
    std::vector<Encoding> rows;
    for (int i = 0; i < 40; ++i) {
      rows.push_back(random_unit(random, dimension));
      matrix.add(rows.back());
    }
    REQUIRE(matrix.rows() == 40);
    const Encoding probe = random_unit(random, dimension);
    std::vector<float> out(33);
    matrix.dot(probe.data(), 5, out.size(), out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      double wanted = 0;
      for (std::size_t k = 0; k < dimension; ++k) wanted += double{rows[5 + i][k]} * probe[k];
      INFO(dimension << " " << i);
      CHECK(out[i] == Approx(wanted).margin(0.0005));
    }
  }
}

TEST_CASE("encodings: what was packed is packed alike again") {
  std::mt19937 random(4);
  EncodingMatrix matrix(128), copy(128);
  matrix.add(random_unit(random, 128));
  copy.add(matrix.row(0));
  EncodingMatrix again(128);
  again.add(copy.unpacked(0));
  CHECK(std::equal(again.row(0).begin(), again.row(0).end(), matrix.row(0).begin()));
}

TEST_CASE("encodings: another dimension is refused") {
  EncodingMatrix matrix(4);
  CHECK_THROWS_AS(matrix.add(Encoding{1, 0, 0}), std::invalid_argument);
  CHECK(matrix.rows() == 0);
  CHECK(EncodingMatrix().rows() == 0);
}
