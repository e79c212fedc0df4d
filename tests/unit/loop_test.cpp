#include "faceatt/liveness/loop.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>

using namespace faceatt;

namespace {

constexpr int kWidth = 640, kHeight = 360;
const Box kFace{200, 100, 200, 200};

// A face that is at `position` (any number: nearby ones look alike), with the sensor's noise.
std::vector<float> cells_at(double position, std::mt19937& random, float noise) {
  std::normal_distribution<float> grain(0, noise);
  std::vector<float> cells;
  for (int y = 0; y < MotionGate::kRows; ++y) {
    for (int x = 0; x < MotionGate::kColumns; ++x) {
      const double level = 40 * std::sin(0.7 * x + position) + 30 * std::cos(0.9 * y - 0.5 * position);
      cells.push_back(static_cast<float>(level) + (noise > 0 ? grain(random) : 0));
    }
  }
  return cells;
}

// Seconds that were found to be repetitions.
double repeated(double seconds, double fps, const std::function<double(double)>& position, float noise = 0.4F,
                int drop_each = 0) {
  std::mt19937 random(7);
  RecentFrames recent;
  LoopCounter loops;
  for (int i = 0; i < seconds * fps; ++i) {
    if (drop_each > 0 && i % drop_each == 0) continue;
    const double t = i / fps;
    recent.add(t, cells_at(position(t), random, noise));
    loops.look(recent, kFace, kWidth, kHeight);
  }
  return loops.repeated_seconds();
}

// Somebody alive: goes from one random place to the next, about once a second.
double alive(double t) {
  const auto place = [](int n) {
    std::mt19937 random(static_cast<std::uint32_t>(n + 1));
    return std::uniform_real_distribution<double>(-1.5, 1.5)(random);
  };
  const double begun = std::floor(t * 1.3), part = t * 1.3 - begun;
  const double smooth = part * part * (3 - 2 * part);
  return place(static_cast<int>(begun)) * (1 - smooth) + place(static_cast<int>(begun) + 1) * smooth;
}

// Nods all the time, as evenly as people can: each nod a little larger or smaller, sooner or later than the one before.
double nodding(double t) {
  const double nods = t * 1.1 + 0.1 * alive(t / 2);
  std::mt19937 random(static_cast<std::uint32_t>(nods) + 1);
  const double size = std::uniform_real_distribution<double>(0.9, 1.1)(random);
  return size * (1 - std::cos(6.28318 * nods));
}

}  // namespace

TEST_CASE("loop: a recording that comes again is seen, at any length up to the memory and any frame rate") {
  for (const double length : {0.8, 1.5, 3.0, 7.0}) {
    for (const double fps : {10.0, 25.0, 30.0}) {
      INFO(length << " s, " << fps << " per second");
      const auto loop = [&](double t) { return alive(std::fmod(t + 1e-9, length)); };
      CHECK(repeated(3 * length + 3, fps, loop) >= 0.3);
    }
  }
}

TEST_CASE("loop: cameras that drop frames of it") {
  const auto loop = [](double t) { return alive(std::fmod(t + 1e-9, 2.0)); };
  CHECK(repeated(10, 30, loop, 0.4F, 7) >= 0.3);
}

TEST_CASE("loop: who is alive repeats nothing") {
  CHECK(repeated(60, 30, alive) < 0.2);
  CHECK(repeated(60, 30, nodding) < 0.3);
}

TEST_CASE("loop: who keeps still, or drifts, repeats nothing") {
  CHECK(repeated(30, 30, [](double) { return 0.3; }) == 0);
  CHECK(repeated(30, 30, [](double t) { return 0.02 * t; }) == 0);
  CHECK(repeated(30, 30, [](double t) { return t < 10 ? 0.0 : 0.5; }) == 0);
  CHECK(repeated(
            30, 30, [](double t) { return 0.01 * std::sin(6 * t); }, 0.8F) == 0);
}

TEST_CASE("loop: a clip that begins anew is not compared with itself") {
  std::mt19937 random(7);
  RecentFrames recent;
  LoopCounter loops;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 60; ++i) {
      recent.add(i / 30.0, cells_at(alive(i / 30.0), random, 0.3F));
      loops.look(recent, kFace, kWidth, kHeight);
    }
  }
  CHECK(loops.repeated_seconds() == 0);
}

TEST_CASE("loop: faces at the edge and outside of the frame") {
  RecentFrames recent;
  LoopCounter loops;
  std::mt19937 random(7);
  CHECK_FALSE(loops.look(recent, kFace, kWidth, kHeight));
  for (int i = 0; i < 90; ++i) {
    recent.add(i / 30.0, cells_at(alive(std::fmod(i / 30.0, 1.0)), random, 0.3F));
    loops.look(recent, {-50, -50, 100, 100}, kWidth, kHeight);
    loops.look(recent, {700, 400, 100, 100}, kWidth, kHeight);
    loops.look(recent, {600, 300, 100, 100}, kWidth, kHeight);
  }
}
