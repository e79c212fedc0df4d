#include "faceatt/pipeline/watcher.hpp"

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

#include "fake_faces.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

using Kind = WatchEvent::Kind;
using Faces = std::vector<DrawnFace>;

constexpr double kFrame = 1.0 / 30;

Gallery everybody() {
  return gallery_of({{"red", ColourEncoder::of(0)}, {"green", ColourEncoder::of(1)}, {"blue", ColourEncoder::of(2)}});
}

// Eyes that blink when told.
class ToldEyes : public EyeReader {
 public:
  std::optional<EyeState> read(const Frame& frame, const Face&) override {
    ++reads;
    EyeState eyes;
    eyes.left = eyes.right = blink_at && frame.seconds > *blink_at && frame.seconds < *blink_at + 0.15 ? 0.1F : 0.95F;
    // A closed lid looks unlike the open eye.
    eyes.left_patch.assign(1600, 0);
    for (std::size_t i = 0; i < 1600; ++i) {
      eyes.left_patch[i] = static_cast<float>(eyes.left > 0.5F ? (i / 40) % 20 : (i % 40) % 20);
    }
    eyes.right_patch = eyes.left_patch;
    return eyes;
  }
  std::optional<double> blink_at;
  int reads = 0;
};

// Says what it is told to.
class ToldPassive : public PassiveReader {
 public:
  PassiveLook look(const Frame&, const Face&) override { return said; }
  PassiveLook glance(const Frame&, const Face&, int turn) override {
    CHECK(turn >= 0);
    ++looks;
    return said;
  }
  PassiveLook said{3.0};
  int looks = 0;
};

struct Door {
  DrawnFaceDetector detector;
  ColourEncoder encoder;
  ToldEyes eyes;
  ToldPassive passive;
  Gallery gallery;
  Watcher watcher;
  std::vector<WatchEvent> events;
  double now = 0;

  static WatchOptions options(LivenessMode liveness) {
    WatchOptions o;
    o.rule = {0.5, 0.1};
    o.liveness = liveness;
    return o;
  }
  explicit Door(Gallery people, LivenessMode liveness = LivenessMode::kOff)
      : gallery(std::move(people)),
        watcher({detector, encoder, [this]() -> EyeReader& { return eyes; },
                 [this]() -> PassiveReader& { return passive; }},
                gallery, options(liveness)) {}

  template <typename Scene>
  void film(double seconds, const Scene& scene) {
    for (const double end = now + seconds; now < end; now += kFrame) {
      watcher.process(picture(now, scene(now)), [&](const WatchEvent& event) { events.push_back(event); });
    }
  }
  void end() {
    watcher.finish([&](const WatchEvent& event) { events.push_back(event); });
  }
  std::vector<WatchEvent> of(Kind kind) const {
    std::vector<WatchEvent> found;
    for (const auto& event : events) {
      if (event.kind == kind) found.push_back(event);
    }
    return found;
  }
};

}  // namespace

TEST_CASE("watcher: somebody enrolled is recognised once, within half a second of being seen") {
  Door door(everybody());
  door.film(5, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  const auto marks = door.of(Kind::kRecognised);
  REQUIRE(marks.size() == 1);
  CHECK(marks[0].identity->id == "red");
  CHECK(marks[0].since < 0.5);
  const auto tracks = door.of(Kind::kTrackEnd);
  REQUIRE(tracks.size() == 1);
  CHECK(tracks[0].track == 1);
  CHECK(tracks[0].since > 4.5);
  CHECK(door.encoder.encodings < 8);  // a decided face is looked at every second or two
}

TEST_CASE("watcher: a stranger is told once, at the end, and costs few encodings") {
  Door door(gallery_of({{"green", ColourEncoder::of(1)}}));
  door.film(20, [](double) { return Faces{{0, 200, 100}}; });
  CHECK(door.events.empty());
  CHECK(door.encoder.encodings < 18);
  door.end();
  CHECK(door.of(Kind::kRecognised).empty());
  REQUIRE(door.of(Kind::kUnknown).size() == 1);
  CHECK(door.of(Kind::kUnknown)[0].nearest->id == "green");
}

TEST_CASE("watcher: two who cross keep their names, whatever the tracker made of it") {
  for (const float dy : {0.0F, 30.0F, 70.0F}) {
    for (const double speed : {150.0, 300.0, 600.0}) {
      Door door(everybody());
      const auto scene = [&](double now) {
        const auto x = static_cast<float>(std::min(500.0, std::max(0.0, (now - 1) * speed)));
        return Faces{{0, x, 150}, {1, 500 - x, 150 + dy}};
      };
      door.film(8, scene);
      door.end();
      const auto marks = door.of(Kind::kRecognised);
      CHECK(marks.size() == 2);
      const auto tracks = door.of(Kind::kTrackEnd);
      CHECK(tracks.size() == 2);
      for (const auto& track : tracks) CHECK(track.identity);
    }
  }
}

TEST_CASE("watcher: who stops behind another and goes back keeps the name") {
  Door door(everybody());
  const auto scene = [](double now) {  // red goes behind green, waits, and comes out where it went in
    const double x = now < 1 ? 0 : now < 2 ? (now - 1) * 300 : now < 4 ? 300 : std::max(0.0, 300 - (now - 4) * 300);
    return Faces{{0, static_cast<float>(x), 150}, {1, 300, 150, 110}};
  };
  door.film(7, scene);
  door.end();
  CHECK(door.of(Kind::kRecognised).size() == 2);
  const auto tracks = door.of(Kind::kTrackEnd);
  REQUIRE(tracks.size() == 2);
  std::map<std::string, int> ids;
  for (const auto& track : tracks) ++ids[track.identity->id];
  CHECK(ids == std::map<std::string, int>{{"green", 1}, {"red", 1}});
}

TEST_CASE("watcher: another face in the same place is another visit") {
  Door door(everybody());
  door.film(5, [](double now) { return now < 1.5 ? Faces{{0, 200, 100}} : Faces{{1, 205, 102}}; });
  door.end();
  const auto marks = door.of(Kind::kRecognised);
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].identity->id == "red");
  CHECK(marks[1].identity->id == "green");
  CHECK(marks[0].track != marks[1].track);
}

TEST_CASE("watcher: the blink of one face is not the liveness of another") {
  Door door(everybody(), LivenessMode::kBlink);
  door.eyes.blink_at = 1.0;
  // Somebody unknown to the fake gallery blinks, then holds up the picture of green.
  door.gallery = gallery_of({{"green", ColourEncoder::of(1)}});
  door.watcher.use(door.gallery);
  door.film(4, [](double now) { return now < 2 ? Faces{{0, 200, 100}} : Faces{{1, 205, 102}}; });
  door.end();
  CHECK(door.of(Kind::kRecognised).empty());
  for (const auto& track : door.of(Kind::kTrackEnd)) {
    if (track.identity) CHECK(track.liveness.verdict == LivenessVerdict::kUnsure);
  }
}

TEST_CASE("watcher: nobody is marked before the blink, and eyes are not read after the mark") {
  Door door(everybody(), LivenessMode::kBlink);
  door.film(2, [](double) { return Faces{{0, 200, 100}}; });
  CHECK(door.events.empty());
  door.eyes.blink_at = 2.2;
  door.film(1, [](double) { return Faces{{0, 200, 100}}; });
  REQUIRE(door.of(Kind::kRecognised).size() == 1);
  const int reads = door.eyes.reads;
  door.film(2, [](double) { return Faces{{0, 200, 100}}; });
  CHECK(door.eyes.reads == reads);
}

TEST_CASE("watcher: mode both marks who blinks and looks live") {
  Door door(everybody(), LivenessMode::kBoth);
  door.eyes.blink_at = 2.0;
  door.film(4, [](double) { return Faces{{0, 200, 100}}; });
  REQUIRE(door.of(Kind::kRecognised).size() == 1);
  CHECK(door.of(Kind::kRecognised)[0].liveness.verdict == LivenessVerdict::kLive);
  const int looks = door.passive.looks;
  CHECK(looks <= 8);
  door.film(5, [](double) { return Faces{{0, 200, 100}}; });
  CHECK(door.passive.looks == looks);
}

TEST_CASE("watcher: a video of somebody who blinks is told once as an attack, and marks nobody") {
  Door door(everybody(), LivenessMode::kBoth);
  door.eyes.blink_at = 2.0;
  door.passive.said.log_odds = -3.0;
  door.film(6, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  CHECK(door.of(Kind::kRecognised).empty());
  REQUIRE(door.of(Kind::kSpoof).size() == 1);
  CHECK(door.of(Kind::kSpoof)[0].identity->id == "red");
  CHECK(door.of(Kind::kSpoof)[0].since < 1.5);
  REQUIRE(door.of(Kind::kTrackEnd).size() == 1);
  CHECK(door.of(Kind::kTrackEnd)[0].liveness.verdict == LivenessVerdict::kSpoof);
}

TEST_CASE("watcher: looks that were of one face say nothing of the next in its place") {
  Door door(everybody(), LivenessMode::kPassive);
  door.film(3, [](double) { return Faces{{0, 200, 100}}; });  // red, live
  door.passive.said.log_odds = -3.0;
  door.film(3, [](double) { return Faces{{1, 205, 102}}; });  // a picture of green in the same place
  door.end();
  REQUIRE(door.of(Kind::kRecognised).size() == 1);
  CHECK(door.of(Kind::kRecognised)[0].identity->id == "red");
  REQUIRE(door.of(Kind::kSpoof).size() == 1);
  CHECK(door.of(Kind::kSpoof)[0].identity->id == "green");
}

TEST_CASE("watcher: in mode challenge, who is recognised is asked, and marked when all was done") {
  Door door(everybody(), LivenessMode::kChallenge);
  int heard = 0;
  double asked = 0;
  for (int i = 0; i < 30 * 30 && door.of(Kind::kRecognised).empty(); ++i) {
    const auto prompts = door.of(Kind::kPrompt);
    if (static_cast<int>(prompts.size()) > heard) {
      heard = static_cast<int>(prompts.size());
      asked = door.now;
      CHECK(prompts.back().identity->id == "red");
      CHECK(prompts.back().liveness.verdict == LivenessVerdict::kUnsure);
    }
    // Does it half a second later, for as long.
    const double since = door.now - asked - 0.5;
    const std::string request = heard > 0 ? prompts.back().liveness.request : "";
    const bool acts = heard > 0 && since >= 0 && since < 0.5;
    door.detector.nose = {0, 0};
    if (acts && request.find("left") != std::string::npos) door.detector.nose.x = 0.25F;
    if (acts && request.find("right") != std::string::npos) door.detector.nose.x = -0.25F;
    if (acts && request.find("nod") != std::string::npos) door.detector.nose.y = 0.15F;
    if (heard > 0 && request.find("blink") != std::string::npos && since >= 0) {
      door.eyes.blink_at = since < 0.4 ? asked + 0.5 : asked + 1.0;
    }
    door.film(kFrame, [](double) { return Faces{{0, 200, 100}}; });
  }
  REQUIRE(door.of(Kind::kRecognised).size() == 1);
  CHECK(door.of(Kind::kPrompt).size() == 3);
  CHECK(door.of(Kind::kRecognised)[0].liveness.reason == "did what it was asked to, looks live");
}

TEST_CASE("watcher: in mode challenge, who does nothing is not marked, nor is a stranger asked") {
  Door door(everybody(), LivenessMode::kChallenge);
  door.eyes.blink_at = 2.0;
  door.film(20, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  CHECK(door.of(Kind::kPrompt).size() > 1);
  CHECK(door.of(Kind::kRecognised).empty());
  Door nobody(gallery_of({{"green", ColourEncoder::of(1)}}), LivenessMode::kChallenge);
  nobody.film(10, [](double) { return Faces{{0, 200, 100}}; });
  nobody.end();
  CHECK(nobody.of(Kind::kPrompt).empty());
}

TEST_CASE("watcher: a picture that does what it is asked to is a picture all the same") {
  Door door(everybody(), LivenessMode::kChallenge);
  door.passive.said.log_odds = -3.0;
  door.film(4, [](double) { return Faces{{0, 200, 100}}; });
  CHECK(door.of(Kind::kSpoof).size() == 1);
  CHECK(door.of(Kind::kRecognised).empty());
}

TEST_CASE("watcher: who cannot be told from a picture is neither marked nor accused") {
  Door door(everybody(), LivenessMode::kPassive);
  door.passive.said = {0, 0, PassiveProblem::kTooSmall};
  door.film(5, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  CHECK(door.of(Kind::kRecognised).empty());
  CHECK(door.of(Kind::kSpoof).empty());
  CHECK(door.of(Kind::kTrackEnd)[0].liveness.verdict == LivenessVerdict::kUnsure);
}

TEST_CASE("watcher: who comes back within two seconds goes on with the visit, later it is another one") {
  for (const auto& [gap, visits] : {std::pair{1.6, 1U}, std::pair{5.0, 2U}}) {
    Door door(everybody());
    door.film(2, [](double) { return Faces{{0, 200, 100}}; });
    door.film(gap, [](double) { return Faces{}; });
    door.film(2, [](double) { return Faces{{0, 350, 120}}; });
    door.end();
    CHECK(door.of(Kind::kTrackEnd).size() == visits);
    CHECK(door.of(Kind::kRecognised).size() == visits);
  }
}

TEST_CASE("watcher: a flicker is no visit, but what is there at the end is") {
  Door door(everybody());
  door.film(1, [](double) { return Faces{}; });
  door.film(0.25, [](double now) { return now < 1.1 ? Faces{} : now < 1.13 ? Faces{{0, 200, 100}} : Faces{}; });
  door.film(5, [](double) { return Faces{}; });
  CHECK(door.events.empty());
  door.film(kFrame, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  CHECK(door.of(Kind::kTrackEnd).size() <= 1);
}

TEST_CASE("watcher: somebody enrolled meanwhile is recognised in the same visit") {
  Door door(gallery_of({{"green", ColourEncoder::of(1)}}));
  door.film(3, [](double) { return Faces{{0, 200, 100}}; });
  const Gallery fresh = everybody();
  door.watcher.use(fresh);
  door.film(1, [](double) { return Faces{{0, 200, 100}}; });
  door.end();
  REQUIRE(door.of(Kind::kRecognised).size() == 1);
  CHECK(door.of(Kind::kRecognised)[0].identity->id == "red");
  CHECK(door.of(Kind::kUnknown).empty());
}

TEST_CASE("watcher: who is in the picture") {
  Door door(everybody());
  door.film(1, [](double) { return Faces{{0, 100, 100}, {1, 300, 100}}; });
  auto faces = door.watcher.watched();
  REQUIRE(faces.size() == 2);
  CHECK(faces[0].recognised);
  CHECK(faces[0].identity);
  CHECK(faces[0].box.width == Approx(100).margin(3));
  door.film(0.5, [](double) { return Faces{}; });
  CHECK(door.watcher.watched().empty());
}

TEST_CASE("watcher: the same clip gives the same events") {
  const auto run = [] {
    Door door(everybody());
    door.film(6, [](double now) {
      const auto x = static_cast<float>(now * 80);
      return Faces{{0, x, 150}, {1, 500 - x, 170}, {2, 250, 330, 60}};
    });
    door.end();
    std::string all;
    for (const auto& e : door.events) {
      all += std::to_string(static_cast<int>(e.kind)) + " " + std::to_string(e.track) + " " + std::to_string(e.frames) +
             " " + std::to_string(e.seconds) + (e.identity ? e.identity->id : "-") + "\n";
    }
    return all;
  };
  CHECK(run() == run());
}
