#include "faceatt/vision/track.hpp"

#include <catch2/catch.hpp>

using namespace faceatt;

namespace {

Face face_at(float x, float y, float size = 100) {
  Face face;
  face.box = {x, y, size, size};
  return face;
}

using Ids = std::vector<int>;

Ids ids_of(const std::vector<TrackOfFace>& tracks) {
  Ids ids;
  for (const TrackOfFace& track : tracks) ids.push_back(track.id);
  return ids;
}

}  // namespace

TEST_CASE("track: a face that stays is one track") {
  Tracker tracker;
  for (int i = 0; i < 100; ++i) {
    CHECK(ids_of(tracker.update(i * 0.1, {face_at(100 + static_cast<float>(i % 5), 100)})) == Ids{1});
  }
  CHECK(tracker.take_ended(9.9).empty());
}

TEST_CASE("track: a face that moves fast is followed by its speed") {
  Tracker tracker;
  for (int i = 0; i < 40; ++i) {
    const float step = std::min(1.0F, 0.1F * static_cast<float>(i));  // it speeds up
    CHECK(ids_of(tracker.update(i * 0.1, {face_at(static_cast<float>(i) * 60 * step, 0)})) == Ids{1});
  }
}

TEST_CASE("track: the ids come in the order of the faces") {
  Tracker tracker;
  CHECK(ids_of(tracker.update(0, {face_at(0, 0), face_at(500, 0)})) == Ids{1, 2});
  CHECK(ids_of(tracker.update(0.1, {face_at(500, 0), face_at(0, 0)})) == Ids{2, 1});
  CHECK(ids_of(tracker.update(0.2, {face_at(500, 0), face_at(250, 300), face_at(0, 0)})) == Ids{2, 3, 1});
}

TEST_CASE("track: two faces that cross at a distance keep their tracks") {
  Tracker tracker;
  for (int i = 0; i <= 40; ++i) {
    const float x = static_cast<float>(i) * 15;
    const auto ids = ids_of(tracker.update(i * 0.1, {face_at(x, 0), face_at(600 - x, 110)}));
    CHECK(ids == Ids{1, 2});
  }
}

TEST_CASE("track: two faces that overlap while they cross keep their tracks") {
  Tracker tracker;
  for (int i = 0; i <= 40; ++i) {
    const float x = static_cast<float>(i) * 15;
    const auto ids = ids_of(tracker.update(i * 0.1, {face_at(x, 0), face_at(600 - x, 60)}));
    CHECK(ids == Ids{1, 2});
  }
}

TEST_CASE("track: a short gap is bridged, a long one is not") {
  Tracker tracker({1.0, 0.2F});
  CHECK(ids_of(tracker.update(0, {face_at(0, 0)})) == Ids{1});
  CHECK(tracker.update(0.5, {}).empty());
  CHECK(tracker.take_ended(0.5).empty());
  CHECK(ids_of(tracker.update(0.9, {face_at(5, 0)})) == Ids{1});
  CHECK(ids_of(tracker.update(2.0, {face_at(5, 0)})) == Ids{2});  // 1.1 s unseen, though nobody asked for ended tracks
  CHECK(tracker.take_ended(2.0) == Ids{1});
}

TEST_CASE("track: each track ends once and its number is never used again") {
  Tracker tracker({1.0, 0.2F});
  tracker.update(0, {face_at(0, 0), face_at(500, 0)});
  tracker.update(0.9, {face_at(500, 0)});
  CHECK(tracker.take_ended(1.5) == Ids{1});
  CHECK(tracker.take_ended(1.5).empty());
  CHECK(tracker.take_all() == Ids{2});
  CHECK(tracker.take_all().empty());
  CHECK(tracker.take_ended(99).empty());
  CHECK(ids_of(tracker.update(100, {face_at(0, 0)})) == Ids{3});
}

TEST_CASE("track: one box cannot take two tracks, nor one track two boxes") {
  Tracker tracker;
  tracker.update(0, {face_at(0, 0), face_at(40, 0)});
  const auto ids = ids_of(tracker.update(0.1, {face_at(20, 0), face_at(22, 0), face_at(24, 0)}));
  CHECK(ids.size() == 3);
  CHECK(ids[0] != ids[1]);
  CHECK(ids[1] != ids[2]);
  CHECK(ids[0] != ids[2]);
}

TEST_CASE("track: a frame at the same time does no harm") {
  Tracker tracker;
  tracker.update(1, {face_at(0, 0)});
  CHECK(ids_of(tracker.update(1, {face_at(10, 0)})) == Ids{1});
  CHECK(ids_of(tracker.update(1.1, {face_at(10, 0)})) == Ids{1});
}

TEST_CASE("track: a face alone that is seen all the time is never in doubt") {
  Tracker tracker;
  for (int i = 0; i < 60; ++i) {
    const auto tracks = tracker.update(i * 0.1, {face_at(static_cast<float>(i) * 10, 0)});
    CHECK_FALSE(tracks[0].doubtful);
  }
}

TEST_CASE("track: after a gap the face may be another one") {
  Tracker tracker;
  tracker.update(0, {face_at(0, 0)});
  const auto back = tracker.update(0.6, {face_at(0, 0)});
  CHECK(back[0].id == 1);
  CHECK(back[0].doubtful);
  CHECK_FALSE(tracker.update(0.7, {face_at(0, 0)})[0].doubtful);
}

TEST_CASE("track: a face that is suddenly elsewhere may be another one") {
  Tracker tracker;
  for (int i = 0; i < 5; ++i) tracker.update(i * 0.1, {face_at(0, 0)});
  const auto tracks = tracker.update(0.5, {face_at(60, 0)});  // IoU 0.25
  CHECK(tracks[0].id == 1);
  CHECK(tracks[0].doubtful);
}

TEST_CASE("track: faces that cover each other are in doubt until they are apart") {
  Tracker tracker;
  int doubtful = 0;
  for (int i = 0; i <= 40; ++i) {
    const float x = static_cast<float>(i) * 15;
    const auto tracks = tracker.update(i * 0.1, {face_at(x, 0), face_at(600 - x, 60)});
    const bool overlap = std::abs(2 * x - 600) < 60;
    if (overlap) CHECK((tracks[0].doubtful && tracks[1].doubtful));
    if (std::abs(2 * x - 600) > 150) CHECK_FALSE((tracks[0].doubtful || tracks[1].doubtful));
    doubtful += tracks[0].doubtful;
  }
  CHECK(doubtful > 3);
}

TEST_CASE("track: a face that covers one which is out of sight is in doubt") {
  Tracker tracker;
  tracker.update(0, {face_at(0, 0), face_at(120, 0)});
  CHECK(tracker.update(0.1, {face_at(45, 0)})[0].doubtful);
}

TEST_CASE("track: what hardly looks like a face goes on with a track but begins none") {
  Tracker tracker({1.0, 0.2F, 0.7F});
  Face sure = face_at(0, 0), unsure = face_at(5, 0), elsewhere = face_at(400, 0);
  sure.score = 0.8F;
  unsure.score = elsewhere.score = 0.6F;
  CHECK(ids_of(tracker.update(0, {sure})) == Ids{1});
  CHECK(ids_of(tracker.update(0.1, {elsewhere, unsure})) == Ids{0, 1});
}

TEST_CASE("track: another scene puts all faces in doubt, once") {
  Tracker tracker;
  tracker.update(0, {face_at(0, 0), face_at(500, 0)});
  tracker.doubt_all();
  const auto tracks = tracker.update(0.1, {face_at(0, 0), face_at(500, 0)});
  CHECK((tracks[0].doubtful && tracks[1].doubtful));
  CHECK_FALSE(tracker.update(0.2, {face_at(0, 0)})[0].doubtful);
}

TEST_CASE("track: where faces should be, and how fast they are") {
  Tracker tracker;
  for (int i = 0; i < 30; ++i) tracker.update(i * 0.1, {face_at(static_cast<float>(i) * 20, 0)});
  const auto boxes = tracker.predict(3.0);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].id == 1);
  CHECK(boxes[0].box.x == Approx(600).margin(1));
  CHECK(boxes[0].seen == Approx(2.9));
  CHECK(boxes[0].speed == Approx(2).margin(0.05));
}

TEST_CASE("overlap of boxes") {
  const Box a{0, 0, 10, 10};
  CHECK(iou(a, a) == 1);
  CHECK(iou(a, {10, 0, 10, 10}) == 0);
  CHECK(iou(a, {5, 0, 10, 10}) == Approx(1.0 / 3));
  CHECK(intersection_area(a, {5, 5, 100, 100}) == 25);
  CHECK(iou(a, {0, 0, 0, 0}) == 0);
  CHECK(iou({}, {}) == 0);
  CHECK(Box{0, 0, -5, -5}.area() == 0);
}
