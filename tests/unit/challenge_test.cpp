#include "faceatt/liveness/challenge.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <set>

#include "faceatt/vision/pose.hpp"

using namespace faceatt;

namespace {

constexpr double kLook = 1.0 / 15;

Landmarks landmarks(float nose_x, float nose_y) { return {{-1, 0}, {1, 0}, {nose_x, nose_y}, {-0.8F, 2}, {0.8F, 2}}; }

Landmarks mapped(const Landmarks& from, const std::function<Point(Point)>& map) {
  return {map(from.left_eye), map(from.right_eye), map(from.nose), map(from.left_mouth), map(from.right_mouth)};
}

struct Head {
  HeadPose pose;
  int blinks = 0;
};

// Shows `head(seconds)` until it has passed or the time is over.
using Act = std::function<Head(double)>;
void show(Challenge& challenge, double seconds, const Act& head, double from = 0) {
  for (double now = from; now < from + seconds && !challenge.passed(); now += kLook) {
    const Head h = head(now);
    challenge.add(now, h.pose, h.blinks);
  }
}

// Somebody who does what is asked, `delay` seconds later.
class Obedient {
 public:
  Obedient(const Challenge& challenge, double delay) : challenge_(challenge), delay_(delay) {}
  Head operator()(double now) {
    if (challenge_.prompts() != heard_) {
      heard_ = challenge_.prompts();
      asked_ = now;
      what_ = challenge_.prompt();
    }
    Head head;
    head.pose = {0.03F * static_cast<float>(std::sin(9 * now)), 0.55F};
    head.blinks = blinks_;
    const double since = now - asked_ - delay_;
    if (!what_ || since < 0 || since > 1) return head;
    if (*what_ == Prompt::kTurnLeft) head.pose.yaw = 0.25F;
    if (*what_ == Prompt::kTurnRight) head.pose.yaw = -0.25F;
    if (*what_ == Prompt::kNod && since < 0.5) head.pose.pitch = 0.68F;
    if (*what_ == Prompt::kBlinkTwice) blinks_ += since < 2.5 * kLook;
    head.blinks = blinks_;
    return head;
  }

 private:
  const Challenge& challenge_;
  double delay_, asked_ = 0;
  int heard_ = 0, blinks_ = 0;
  std::optional<Prompt> what_;
};

Head still(double) { return {{0.02F, 0.55F}, 0}; }

}  // namespace

TEST_CASE("pose: an affine map of the picture does not change it, a nose that moves does") {
  const HeadPose straight = head_pose(landmarks(0, 1.1F)).value();
  CHECK(straight.yaw == Approx(0).margin(1e-6));
  CHECK(straight.pitch == Approx(0.55));
  for (const auto& map :
       std::vector<std::function<Point(Point)>>{[](Point p) {
                                                  return Point{50 * p.x + 100, 50 * p.y - 20};
                                                },  // nearer
                                                [](Point p) {
                                                  return Point{60 * p.x + 25 * p.y, -30 * p.x + 70 * p.y};
                                                },  // rolled and askew
                                                [](Point p) {
                                                  return Point{20 * p.x, 60 * p.y + 5 * p.x};
                                                }}) {  // a print turned far
    const HeadPose pose = head_pose(mapped(landmarks(0.4F, 1.1F), map)).value();
    CHECK(pose.yaw == Approx(0.2).margin(1e-4));
    CHECK(pose.pitch == Approx(0.55).margin(1e-4));
  }
  CHECK_FALSE(head_pose({}));
}

TEST_CASE("challenge: who does what is asked passes") {
  std::set<Prompt> asked;
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    Challenge challenge({}, seed);
    Obedient person(challenge, 0.6);
    show(challenge, 20, [&](double now) {
      if (challenge.prompt()) asked.insert(*challenge.prompt());
      return person(now);
    });
    CHECK(challenge.passed());
    CHECK(challenge.prompts() == ChallengeOptions{}.steps);
    CHECK(challenge.failure().empty());
  }
  CHECK(asked.size() == 4);
}

TEST_CASE("challenge: nothing is asked before the head is still and straight") {
  Challenge challenge({}, 1);
  show(challenge, 5, [](double now) { return Head{{0.3F * static_cast<float>(std::sin(4 * now)), 0.55F}, 0}; });
  CHECK(challenge.prompts() == 0);
  show(challenge, 1, still, 5);
  CHECK(challenge.prompts() == 1);
}

TEST_CASE("challenge: who does nothing is asked again after pauses that grow, and never passes") {
  Challenge challenge({}, 2);
  show(challenge, 7, still);
  CHECK(challenge.prompts() == 1);
  CHECK_FALSE(challenge.prompt());
  CHECK_THAT(challenge.failure(), Catch::Contains("did nothing in 5 s"));
  show(challenge, 600, still, 7);
  CHECK(challenge.prompts() > 5);
  CHECK(challenge.prompts() < 16);
  CHECK(challenge.done() == 0);
}

TEST_CASE("challenge: the wrong way, something else, too soon and out of sight are failures") {
  for (std::uint32_t seed = 0; seed < 40; ++seed) {
    Challenge challenge({}, seed);
    show(challenge, 0.7, still);
    REQUIRE(challenge.prompt());
    const Prompt asked = *challenge.prompt();
    const float wrong = asked == Prompt::kTurnLeft ? -0.25F : 0.25F;
    const Act otherwise = [&](double at) { return at < 1.2 ? still(at) : Head{{wrong, 0.55F}, 0}; };
    show(challenge, 1, otherwise, 0.7);
    CHECK_FALSE(challenge.prompt());
    CHECK_THAT(challenge.failure(), Catch::EndsWith("did something else"));

    Challenge early({}, seed);
    double now = 0;
    for (; !early.prompt(); now += kLook) show(early, kLook, still, now);
    if (*early.prompt() != Prompt::kBlinkTwice) {
      const Head turned{{asked == Prompt::kTurnLeft ? 0.25F : -0.25F, asked == Prompt::kNod ? 0.7F : 0.55F}, 0};
      const Act at_once = [&](double) { return turned; };
      show(early, 0.4, at_once, now);
      CHECK(early.done() == 0);
      CHECK_FALSE(early.failure().empty());
    }

    Challenge covered({}, seed);
    show(covered, 0.7, still);
    show(covered, 0.1, still, 2);
    CHECK(covered.done() == 0);
    CHECK_THAT(covered.failure(), Catch::EndsWith("went out of sight"));
  }
}

TEST_CASE("challenge: nobody is asked to blink whose eyes cannot be read") {
  for (std::uint32_t seed = 0; seed < 30; ++seed) {
    Challenge challenge({}, seed);
    for (double now = 0; now < 0.7; now += kLook) challenge.add(now, {0, 0.55F}, std::nullopt);
    REQUIRE(challenge.prompt());
    CHECK(*challenge.prompt() != Prompt::kBlinkTwice);
  }
}

TEST_CASE("challenge: a recording that does everything in turn passes one time in ten in a minute at most") {
  // Left, right, nod, two blinks, over and over, with a second of looking ahead in between.
  const Act film = [](double now) {
    const double at = std::fmod(now, 8), within = std::fmod(at, 2);
    Head head{{0, 0.55F}, 2 * static_cast<int>(now / 8) + (at >= 6.4) + (at >= 6.8)};
    const bool acts = within > 1 && within < 1.6;
    if (acts && at < 2) head.pose.yaw = 0.25F;
    if (acts && at > 2 && at < 4) head.pose.yaw = -0.25F;
    if (acts && at > 4 && at < 6) head.pose.pitch = 0.68F;
    return head;
  };
  int passed = 0;
  for (std::uint32_t seed = 0; seed < 500; ++seed) {
    Challenge challenge({}, seed);
    show(challenge, 60, film);
    passed += challenge.passed();
  }
  CHECK(passed < 50);
}
