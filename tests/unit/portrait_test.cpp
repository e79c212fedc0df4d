#include "faceatt/people/portrait.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

Face face(float x, float y, float size) {
  Face f;
  f.box = {x - size / 2, y - size / 2, size, size};
  f.score = 0.9F;
  return f;
}

}  // namespace

TEST_CASE("the main face of a portrait") {
  std::string problem;
  CHECK_FALSE(main_face({}, 640, 480, problem));
  CHECK(problem == "no face found");

  problem.clear();
  auto main = main_face({face(320, 240, 200)}, 640, 480, problem);
  REQUIRE(main);
  CHECK(problem.empty());

  // Somebody small in the background does not matter, in whatever order they are found.
  for (const bool first : {true, false}) {
    std::vector<Face> faces = {face(320, 240, 200), face(600, 100, 60)};
    if (first) std::swap(faces[0], faces[1]);
    main = main_face(faces, 640, 480, problem);
    REQUIRE(main);
    CHECK(main->box.width == 200);
  }

  // Two alike: whose photo is it?
  CHECK_FALSE(main_face({face(200, 240, 150), face(440, 240, 145)}, 640, 480, problem));
  CHECK_THAT(problem, Catch::Contains("2 faces"));
}
