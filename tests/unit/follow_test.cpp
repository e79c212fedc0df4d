#include "faceatt/vision/follow.hpp"

#include <catch2/catch.hpp>
#include <chrono>
#include <set>
#include <thread>

#include "fake_faces.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

constexpr double kFrame = 1.0 / 30;

// Runs `seconds` of a film; `scene` gives the faces at a time. Returns the tracks that were seen.
template <typename Scene>
std::set<int> film(Follower& follower, double seconds, const Scene& scene, double from = 0) {
  std::set<int> tracks;
  for (int i = 0; i * kFrame < seconds; ++i) {
    const double now = from + i * kFrame;
    for (const FollowedFace& face : follower.update(picture(now, scene(now)))) tracks.insert(face.track);
  }
  return tracks;
}

using Faces = std::vector<DrawnFace>;

}  // namespace

TEST_CASE("follow: an empty room is looked at now and then") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  CHECK(film(follower, 10, [](double) { return Faces{}; }).empty());
  CHECK(detector.full >= 5);
  CHECK(detector.full <= 6);
  CHECK(detector.glances == 0);
  CHECK(detector.near == 0);
}

TEST_CASE("follow: a newcomer is found within a quarter of a second and then seen in every frame") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  film(follower, 3, [](double) { return Faces{}; });
  int seen = 0;
  double first = -1;
  for (int i = 0; i < 60; ++i) {
    const double now = 3 + i * kFrame;
    const auto faces = follower.update(picture(now, {{0, 200 + static_cast<float>(i), 100}}));
    if (!faces.empty() && first < 0) first = now;
    seen += static_cast<int>(faces.size());
    for (const auto& face : faces) CHECK(face.track == 1);
  }
  CHECK(first - 3 < 0.25);
  CHECK(seen >= 60 - 8);
  CHECK(detector.full + detector.glances < 12);  // the rest are looks near the face
}

TEST_CASE("follow: a small newcomer is found within a second or so, while something moves") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  film(follower, 3, [](double) { return Faces{}; });
  const auto walk = [](double now) { return Faces{{1, static_cast<float>(100 + 60 * (now - 3)), 100, 32}}; };
  CHECK(film(follower, 1.1, walk, 3).size() == 1);
}

TEST_CASE("follow: a relaxed face is looked for as often as its speed wants") {
  const auto looks = [](float speed) {  // sizes per second
    DrawnFaceDetector detector;
    Follower follower(detector, {});
    follower.update(picture(0, {{0, 0, 100, 50}}));
    follower.relax(1, 0.3);
    const auto tracks = film(
        follower, 2,
        [&](double now) {
          return Faces{{0, static_cast<float>(50 * speed * now), 100, 50}};
        },
        kFrame);
    CHECK(tracks == std::set<int>{1});
    return detector.near;
  };
  const int still = looks(0), walking = looks(3);
  CHECK(still <= 11);
  CHECK(walking > 1.5 * still);
  CHECK(walking < 45);
}

TEST_CASE("follow: who is missed is searched for at once, and ends when gone") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  film(follower, 1, [](double) { return Faces{{0, 100, 100}}; });
  const int whole = detector.full + detector.glances;
  follower.update(picture(1.0, {}));
  CHECK(detector.full + detector.glances == whole + 1);
  film(
      follower, 0.9, [](double) { return Faces{}; }, 1 + kFrame);
  CHECK(follower.take_ended(1.9).empty());
  CHECK(detector.near < 30 + 10);  // not in every frame
  film(
      follower, 0.2, [](double) { return Faces{}; }, 1.95);
  CHECK(follower.take_ended(2.1) == std::vector<int>{1});
  CHECK(film(
            follower, 0.5,
            [](double) {
              return Faces{{0, 100, 100}};
            },
            2.2) == std::set<int>{2});
}

TEST_CASE("follow: a face that jumped is found again by the search") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  film(follower, 1, [](double) { return Faces{{0, 100, 100}}; });
  const auto faces = follower.update(picture(1.0, {{0, 400, 200}}));
  REQUIRE(faces.size() == 1);
  CHECK(faces[0].track == 2);
}

TEST_CASE("follow: two who stay are two tracks, seen once each in a frame") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  for (int i = 0; i < 60; ++i) {
    const auto faces = follower.update(picture(i * kFrame, {{0, 100, 100}, {1, 210, 110}}));
    CHECK(faces.size() == 2);
    for (const auto& face : faces) CHECK_FALSE(face.doubtful);
  }
  CHECK(follower.take_all().size() == 2);
}

TEST_CASE("follow: a crowd is looked at as a whole") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  Faces crowd;
  for (int i = 0; i < 12; ++i)
    crowd.push_back({i % 3, static_cast<float>(10 + i % 6 * 100), static_cast<float>(20 + i / 6 * 200), 70});
  CHECK(film(follower, 1, [&](double) { return crowd; }).size() == 12);
  CHECK(detector.near == 0);
  CHECK(detector.full > 10);
  CHECK(detector.full <= 17);
}

TEST_CASE("follow: another scene puts its faces in doubt") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  film(follower, 1, [](double) { return Faces{{0, 100, 100}}; });
  Frame frame = picture(1.0, {{1, 105, 100}});
  frame.image.setTo(cv::Scalar::all(230), frame.image == 128);
  cv::Mat wall = frame.image(cv::Rect(0, 240, 640, 240));
  wall.setTo(cv::Scalar::all(10));
  const auto faces = follower.update(frame);
  REQUIRE(faces.size() == 1);
  CHECK(faces[0].track == 1);
  CHECK(faces[0].doubtful);
}

TEST_CASE("follow: a frame of another size is another scene") {
  DrawnFaceDetector detector;
  Follower follower(detector, {});
  follower.update(picture(0, {{0, 100, 100}}));
  const auto faces = follower.update(picture(kFrame, {{0, 110, 100}}, {800, 600}));
  REQUIRE(faces.size() == 1);
  CHECK(faces[0].doubtful);
}

TEST_CASE("follow: a camera whose looks are slow has fewer of them") {
  class Slow : public DrawnFaceDetector {
   public:
    std::vector<Face> detect(const Frame& frame) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return DrawnFaceDetector::detect(frame);
    }
    std::vector<Face> glance(const Frame& frame) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return DrawnFaceDetector::glance(frame);
    }
  } detector;
  FollowOptions options;
  options.is_live = true;
  Follower follower(detector, options);
  film(follower, 2, [](double now) { return Faces{{0, static_cast<float>(now * 100), 100, 30}}; });
  CHECK(detector.full + detector.glances <= 7);  // 0.1 s are 35 % of 0.29 s
}
