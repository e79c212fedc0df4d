#include "faceatt/liveness/blink.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>

#include "faceatt/liveness/eyes.hpp"

using namespace faceatt;

namespace {

// Feeds `openness` of a time in seconds to a counter and returns how many blinks it saw.
int count(double fps, double seconds, const std::function<float(double)>& openness, double phase = 0) {
  BlinkCounter counter;
  int completed = 0;
  for (int i = 0; i < seconds * fps; ++i) {
    const double t = (i + phase) / fps;
    completed += counter.add(t, openness(t));
  }
  CHECK(counter.blinks() == completed);
  return completed;
}

// Open eyes that close at each of `starts` for `length` seconds.
std::function<float(double)> blinking(std::vector<double> starts, double length, float open = 0.95F,
                                      float closed = 0.05F) {
  return [=](double t) {
    for (const double start : starts) {
      if (t >= start && t < start + length) return closed;
    }
    return open;
  };
}

}  // namespace

TEST_CASE("blinks are counted at every frame rate") {
  for (const double fps : {10.0, 15.0, 30.0, 60.0}) {
    for (const double phase : {0.0, 0.3, 0.6, 0.9}) {
      INFO(fps << " per second, phase " << phase);
      CHECK(count(fps, 10, blinking({2, 4.5, 8}, 0.2), phase) == 3);
      CHECK(count(fps, 10, blinking({}, 0.2), phase) == 0);
    }
  }
}

TEST_CASE("a blink that closes and opens slowly") {
  const auto smooth = [](double t) {
    const double d = std::abs(t - 3) / 0.15;
    return d < 1 ? static_cast<float>(0.95 - 0.9 * (1 - d)) : 0.95F;
  };
  CHECK(count(30, 6, smooth) == 1);
  CHECK(count(60, 6, smooth) == 1);
}

TEST_CASE("a short blink is two closed frames of 25, one is a bad frame") {
  const auto closed_in = [](int frames) {
    return [=](double t) { return t > 2.99 && t < 2.99 + frames / 25.0 ? 0.05F : 0.95F; };
  };
  CHECK(count(25, 6, closed_in(2)) == 1);
  CHECK(count(25, 6, closed_in(1)) == 0);
}

TEST_CASE("one sample of eyes half closed is no blink, two are, and one of eyes quite closed is") {
  const auto down_to = [](float least, int samples) {
    return [=](double t) { return t > 2.95 && t < 2.95 + samples / 15.0 ? least : 0.95F; };
  };
  CHECK(count(15, 5, down_to(0.38F, 1)) == 0);
  CHECK(count(15, 5, down_to(0.38F, 2)) == 1);
  CHECK(count(15, 5, down_to(0.10F, 1)) == 1);
}

TEST_CASE("too few frames to see a blink: none is counted") {
  for (const double fps : {3.0, 5.0, 7.0}) {
    INFO(fps << " per second");
    CHECK(count(fps, 20, blinking({5, 9, 13}, 0.35)) == 0);
  }
  BlinkCounter slow;
  for (int i = 0; i < 20; ++i) slow.add(i / 5.0, 0.9F);
  CHECK_FALSE(slow.can_count());
}

TEST_CASE("many long blinks are blinks, eyes that flicker are misread") {
  CHECK(count(30, 12, blinking({2, 3, 4, 5, 6, 7, 8, 9}, 0.4)) == 8);
  const auto flicker = [](double t) { return t > 4 && std::fmod(t, 0.2) < 0.1 ? 0.05F : 0.95F; };
  CHECK(count(30, 60, flicker) < 25);  // of 280: until the time looked back on is full of it
}

TEST_CASE("eyes that stay closed are not a blink") {
  CHECK(count(30, 8, blinking({3}, 2)) == 0);
  CHECK(count(30, 8, blinking({3}, 50)) == 0);
  CHECK(count(30, 8, blinking({0}, 2)) == 0);
}

TEST_CASE("closed eyes that are called open for a moment now and then are no further blinks") {
  const auto misread = [](double t) {
    const bool is_closed = t > 3 && t < 5 && std::fmod(t - 3, 0.4) < 0.3;  // open for 0.1 s
    return is_closed ? 0.05F : 0.95F;
  };
  CHECK(count(30, 8, misread) <= 1);
  CHECK(count(30, 8, blinking({3, 3.4, 3.8, 4.2}, 0.15)) == 4);  // open for 0.25 s
}

TEST_CASE("eyes that were never seen open cannot blink") {
  CHECK(count(30, 5, [](double) { return 0.05F; }) == 0);
  // Eyes that open are not a blink either.
  CHECK(count(30, 5, [](double t) { return t < 2 ? 0.05F : 0.95F; }) == 0);
  // A picture with an eye that opens at once after the face appears.
  CHECK(count(30, 5, [](double t) { return t < 0.1 ? 0.05F : 0.95F; }) == 0);
}

TEST_CASE("a slow drift is not a blink") {
  CHECK(count(30, 60, [](double t) { return static_cast<float>(0.75 + 0.2 * std::cos(t / 3)); }) == 0);
  CHECK(count(30, 20, [](double t) { return static_cast<float>(0.95 - 0.02 * t); }) == 0);
}

TEST_CASE("noise is not a blink") {
  std::mt19937 random(3);
  std::normal_distribution<float> noise(0, 0.06F);
  CHECK(count(30, 60, [&](double) { return 0.85F + noise(random); }) == 0);
}

TEST_CASE("narrow eyes and glasses lower the baseline, not the count") {
  CHECK(count(30, 10, blinking({3, 6}, 0.2, 0.55F, 0.05F)) == 2);
  // Looking down for a while, and later blinking.
  const auto down = [](double t) { return t > 1 && t < 2 ? 0.7F : (t > 7 && t < 7.2 ? 0.05F : 0.95F); };
  CHECK(count(30, 10, down) == 1);
}

TEST_CASE("a gap forgets the closing") {
  // The eyes are closed when the face is lost, and open when it is back.
  const auto run = [](double gap, bool interrupted) {
    BlinkCounter counter;
    double t = 0;
    for (; t < 2; t += 1.0 / 30) counter.add(t, 0.95F);
    for (; t < 2.1; t += 1.0 / 30) counter.add(t, 0.05F);
    if (interrupted) counter.interrupt();
    t += gap;
    for (const double end = t + 1; t < end; t += 1.0 / 30) counter.add(t, 0.95F);
    return counter.blinks();
  };
  CHECK(run(0, false) == 1);
  CHECK(run(0.5, false) == 0);
  CHECK(run(3, false) == 0);
  CHECK(run(0, true) == 0);
}

TEST_CASE("a picture of the eyes that stays the same is not a blink, whatever the openness says") {
  const auto run = [](float likeness) {
    BlinkCounter counter;
    for (int i = 0; i < 90; ++i) counter.add(i / 30.0, i >= 60 && i < 65 ? 0.05F : 0.95F, likeness);
    return counter.blinks();
  };
  CHECK(run(0.9F) == 1);
  CHECK(run(0.98F) == 0);
}

TEST_CASE("a wink is not a blink, one eye that the network misreads does not hide one") {
  const auto run = [](float left, float right) {
    EyeState eyes;
    return count(30, 6, [&](double t) {
      const bool closed = t > 3 && t < 3.2;
      eyes.left = closed ? left : 0.98F;
      eyes.right = closed ? right : 0.98F;
      return eyes.openness();
    });
  };
  CHECK(run(0.02F, 0.02F) == 1);
  CHECK(run(0.02F, 0.5F) == 1);
  CHECK(run(0.02F, 0.9F) == 0);
  CHECK(run(0.95F, 0.0F) == 0);
}

TEST_CASE("a still picture never blinks") {
  CHECK(count(25, 120, [](double) { return 0.91F; }) == 0);
}

TEST_CASE("the rate is that of the samples") {
  BlinkCounter counter;
  CHECK(counter.rate() == 0);
  for (int i = 0; i < 100; ++i) counter.add(i / 25.0, 0.9F);
  CHECK(counter.rate() == Approx(25).epsilon(0.02));
  BlinkCounter slow;
  for (int i = 0; i < 20; ++i) slow.add(i / 4.0, 0.9F);
  CHECK(slow.rate() == Approx(4).epsilon(0.1));
}
