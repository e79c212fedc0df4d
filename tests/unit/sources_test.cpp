#include "faceatt/vision/sources.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "fake_camera.hpp"

using namespace faceatt;
using namespace faceatt::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;
using Kind = SourceEvent::Kind;

Clock::time_point soon() { return Clock::now() + 20s; }

CameraOptions fast() {
  CameraOptions options;
  options.first_retry = options.longest_retry = 0.001;
  return options;
}

std::unique_ptr<FrameSource> clip(int count, double rate, int bad = -1) {
  return std::make_unique<FakeSource>(
      [=](std::int64_t number, Frame& frame) {
        frame.image = numbered(number);
        if (number == bad) frame.source = "throw";
        return number < count;
      },
      rate);
}

}  // namespace

TEST_CASE("clips: every frame, by time") {
  for (int round = 0; round < 3; ++round) {
    Sources sources({{"a", "a.mp4"}, {"b", "b.mp4"}}, {}, [](const std::string& spec, const std::stop_token&) {
      return spec == "a.mp4" ? clip(50, 25) : clip(20, 10, 7);
    });
    CHECK_FALSE(sources.is_live());
    CHECK(sources.name(1) == "b");
    int frames = 0, failed = 0;
    std::pair<double, std::size_t> last{-1, 0};
    SourceEvent event;
    while ((event = sources.next(soon())).kind != Kind::kEnd) {
      if (event.kind == Kind::kFailed) {
        ++failed;
        CHECK(event.source == 1);
        CHECK(event.reason == "unreadable");
        continue;
      }
      REQUIRE(event.kind == Kind::kFrame);
      const std::pair<double, std::size_t> now{event.frame.seconds, event.source};
      CHECK(last < now);
      CHECK(event.frame.source == sources.name(event.source));
      last = now;
      ++frames;
    }
    CHECK(frames == 69);
    CHECK(failed == 1);
    CHECK(sources.next(soon()).kind == Kind::kEnd);
  }
}

TEST_CASE("clips: fewer frames") {
  CameraOptions options;
  options.fps = 5;
  Sources sources({{"a", "a.mp4"}}, options, [](const std::string&, const std::stop_token&) { return clip(100, 25); });
  std::vector<std::int64_t> seen;
  SourceEvent event;
  while ((event = sources.next(soon())).kind == Kind::kFrame) seen.push_back(event.frame.index);
  REQUIRE(seen.size() == 20);
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == static_cast<std::int64_t>(5 * i));
}

TEST_CASE("clips are decoded ahead, but not far") {
  std::atomic<std::int64_t> made = 0;
  Sources sources({{"a", "a.mp4"}}, {}, [&](const std::string&, const std::stop_token&) {
    return std::make_unique<FakeSource>([&](std::int64_t number, Frame& frame) {
      frame.image = numbered(number);
      made = number + 1;
      return true;
    });
  });
  for (int i = 0; i < 1000 && made < 4; ++i) sleep_ms(1);
  sleep_ms(20);
  CHECK(made == 4);  // three that wait, one in hand
  CHECK(sources.next(soon()).frame.index == 0);
}

TEST_CASE("cameras take turns, losses come first") {
  std::atomic<bool> is_broken = false;
  Sources sources({{"fast", "0"}, {"slow", "1"}}, fast(), [&](const std::string& spec, const std::stop_token&) {
    if (is_broken) throw Error(ErrorCode::kCannotRun, "camera0: out of order");
    return std::make_unique<FakeSource>([&, ms = spec == "0" ? 1 : 3](std::int64_t number, Frame& frame) {
      sleep_ms(ms);
      frame.image = numbered(number);
      return !is_broken;
    });
  });
  CHECK(sources.is_live());
  std::set<std::size_t> seen;
  double last = -1;
  while (seen.size() < 2) {
    const SourceEvent event = sources.next(soon());
    REQUIRE(event.kind == Kind::kFrame);
    CHECK(event.frame.source == sources.name(event.source));
    CHECK(event.frame.seconds >= 0);
    if (event.source == 0) {
      CHECK(event.frame.seconds > last);
      last = event.frame.seconds;
    }
    seen.insert(event.source);
  }
  // A consumer that is slower than both gets them in turns.
  std::vector<std::size_t> turns;
  for (int i = 0; i < 10; ++i) {
    sleep_ms(30);
    turns.push_back(sources.next(soon()).source);
  }
  CHECK(std::count(turns.begin(), turns.end(), 0) >= 3);
  CHECK(std::count(turns.begin(), turns.end(), 1) >= 3);

  is_broken = true;
  std::multiset<std::size_t> lost, back;
  while (lost.size() < 2) {
    const SourceEvent event = sources.next(soon());
    if (event.kind == Kind::kLost) lost.insert(event.source);
  }
  is_broken = false;
  while (back.size() < 2) {
    const SourceEvent event = sources.next(soon());
    REQUIRE((event.kind == Kind::kFrame || event.kind == Kind::kBack));
    if (event.kind == Kind::kBack) back.insert(event.source);
    if (event.kind == Kind::kFrame) CHECK(event.frame.seconds > last);
  }
  CHECK(lost == std::multiset<std::size_t>{0, 1});
  CHECK(back == std::multiset<std::size_t>{0, 1});
}

TEST_CASE("one camera that opens is enough") {
  std::atomic<bool> is_there = false;
  Sources sources({{"a", "0"}, {"b", "1"}}, fast(), [&](const std::string& spec, const std::stop_token&) {
    if (spec == "1" && !is_there) throw Error(ErrorCode::kCannotRun, "camera1: no such camera");
    return steady(5);
  });
  SourceEvent event;
  while ((event = sources.next(soon())).kind == Kind::kFrame) CHECK(event.source == 0);
  CHECK(event.kind == Kind::kLost);
  CHECK(event.source == 1);
  CHECK(event.reason == "no such camera");
  is_there = true;
  while ((event = sources.next(soon())).kind == Kind::kFrame) CHECK(event.source == 0);
  CHECK(event.kind == Kind::kBack);
  CHECK(event.source == 1);
}

TEST_CASE("sources that cannot be") {
  const auto fails = [](const std::string& spec, const std::stop_token&) -> std::unique_ptr<FrameSource> {
    throw Error(ErrorCode::kCannotRun, source_name(spec) + ": no such camera");
  };
  CHECK_THROWS_AS(Sources({}, {}, fails), UsageError);
  CHECK_THROWS_WITH(Sources({{"camera0", "0"}}, fast(), fails), "camera0: no such camera");
  CHECK_THROWS_WITH(Sources({{"front", "0"}, {"back", "1"}}, fast(), fails),
                    Catch::Contains("front: no such camera") && Catch::Contains("back: no such camera"));
  CHECK_THROWS_WITH(Sources({{"front", "0"}, {"x.mp4", "x.mp4"}}, fast(), fails),
                    Catch::Contains("front is a camera, x.mp4 is not"));
  CHECK_THROWS_AS(Sources({{"front", "0"}, {"x.mp4", "x.mp4"}}, fast(), fails), UsageError);
}

TEST_CASE("idle at the deadline, or when woken") {
  Sources sources({{"a", "0"}}, fast(), [](const std::string&, const std::stop_token& stop) {
    return std::make_unique<FakeSource>([stop](std::int64_t, Frame&) {
      while (!stop.stop_requested()) sleep_ms(1);
      return false;
    });
  });
  CHECK(sources.next(Clock::now() + 10ms).kind == Kind::kIdle);
  CHECK(sources.next(Clock::now() - 1s).kind == Kind::kIdle);
  const auto begin = Clock::now();
  std::jthread waker([&] {
    sleep_ms(20);
    sources.wake();
  });
  CHECK(sources.next(begin + 4s).kind == Kind::kIdle);
  CHECK(Clock::now() - begin < 3s);
  sources.wake();
  CHECK(sources.next(soon()).kind == Kind::kIdle);
}

TEST_CASE("cameras: fewer frames, and each of them fresh") {
  CameraOptions options = fast();
  options.fps = 20;
  Sources sources({{"a", "0"}}, options, [](const std::string&, const std::stop_token&) { return steady(1); });
  double first = 0, last = 0;
  for (int i = 0; i < 10; ++i) {
    const SourceEvent event = sources.next(soon());
    REQUIRE(event.kind == Kind::kFrame);
    if (i == 0) first = event.frame.seconds;
    if (i > 0) CHECK(event.frame.seconds - last > 0.02);
    last = event.frame.seconds;
  }
  CHECK(last - first > 0.4);
}
