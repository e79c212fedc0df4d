#include "faceatt/vision/camera.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "fake_camera.hpp"

using namespace faceatt;
using namespace faceatt::test;
using namespace std::chrono_literals;

namespace {

using Clock = Camera::Clock;

CameraOptions fast() {
  CameraOptions options;
  options.stall_seconds = 0.3;
  options.open_seconds = 0.3;
  options.frozen_seconds = 0;
  options.first_retry = options.longest_retry = 0.001;
  return options;
}

// Checks `camera` until `done`, for 20 seconds at most: test machines are slow at times.
template <typename Done>
bool eventually(Camera& camera, const Done& done) {
  const auto end = Clock::now() + 20s;
  while (Clock::now() < end) {
    camera.check(Clock::now());
    if (done()) return true;
    sleep_ms(1);
  }
  return false;
}

std::string next_change(Camera& camera) {
  std::optional<Camera::Change> change;
  if (!eventually(camera, [&] { return (change = camera.take_change()).has_value(); })) return "none";
  return change->is_lost ? "lost: " + change->reason : "back";
}

struct Opened {
  std::shared_ptr<Bell> bell = std::make_shared<Bell>();
  Camera camera;
  explicit Opened(Camera::Open open, const CameraOptions& options = fast()) : camera(std::move(open), options, bell) {}
};

}  // namespace

TEST_CASE("a slow consumer gets the newest frame only") {
  std::atomic<std::int64_t> made = -1;
  Opened test([&](const std::stop_token&) {
    return std::make_unique<FakeSource>([&](std::int64_t number, Frame& frame) {
      sleep_ms(1);
      frame.image = numbered(number);
      made = number;
      return true;
    });
  });
  std::int64_t last = -1;
  for (int i = 0; i < 5; ++i) {
    sleep_ms(40);
    const std::int64_t before = made;
    std::optional<Frame> frame;
    REQUIRE(eventually(test.camera, [&] { return (frame = test.camera.take_frame()).has_value(); }));
    CHECK(frame->index >= before - 1);
    CHECK(frame->index > last);
    last = frame->index;
  }
  CHECK(test.camera.dropped() > 10);
  CHECK(test.camera.has_opened());
  CHECK_FALSE(test.camera.take_change());
}

TEST_CASE("a camera that ends is lost once, and back once") {
  std::atomic<int> opened = 0;
  Opened test([&](const std::stop_token&) -> std::unique_ptr<FrameSource> {
    const int n = ++opened;
    if (n == 1) return steady(1, 3);
    if (n < 5) throw Error(ErrorCode::kCannotRun, "closed");
    return steady(1);
  });
  CHECK(next_change(test.camera) == "lost: it delivers no more frames");
  CHECK(next_change(test.camera) == "back");
  CHECK(opened == 5);
  CHECK(eventually(test.camera, [&] { return test.camera.take_frame().has_value(); }));
  CHECK_FALSE(test.camera.take_change());
}

TEST_CASE("a thousand reconnects") {
  std::atomic<int> opened = 0;
  Opened test([&](const std::stop_token&) { return ++opened, steady(0, 2); });
  CHECK(eventually(test.camera, [&] { return opened > 1000; }));
  bool is_lost = false;
  while (const auto change = test.camera.take_change()) {
    CHECK(change->is_lost != is_lost);
    is_lost = change->is_lost;
  }
}

TEST_CASE("a camera that hangs is lost, given up and opened anew") {
  std::promise<void> release;
  const auto released = release.get_future().share();
  std::atomic<int> opened = 0, ended = 0;
  {
    Opened test([&, released](const std::stop_token&) -> std::unique_ptr<FrameSource> {
      const int n = ++opened;
      if (n == 2) released.wait();  // opening hangs, too
      if (n >= 3) return steady(1);
      return std::make_unique<FakeSource>([&ended, released](std::int64_t number, Frame& frame) {
        frame.image = numbered(number);
        if (number == 3) {
          released.wait();
          ++ended;
        }
        return true;
      });
    });
    CHECK(next_change(test.camera) == "lost: no frame for 0.3 s");
    CHECK_FALSE(test.camera.take_frame());  // what it delivered before is old
    CHECK(next_change(test.camera) == "back");
    CHECK(opened == 3);
    // What the thread that was given up reads at last is of no interest.
    release.set_value();
    CHECK(eventually(test.camera, [&] { return ended == 1; }));
    sleep_ms(20);
    CHECK_FALSE(test.camera.take_change());
  }
}

TEST_CASE("a driver that always hangs costs few threads, and the end does not wait for it") {
  const auto release = std::make_shared<std::promise<void>>();
  const auto released = release->get_future().share();
  const auto opened = std::make_shared<std::atomic<int>>(0), ended = std::make_shared<std::atomic<int>>(0);
  {
    CameraOptions options = fast();
    options.open_seconds = 0.02;
    Opened test(
        [=](const std::stop_token&) -> std::unique_ptr<FrameSource> {
          ++*opened;
          released.wait();
          ++*ended;
          throw Error(ErrorCode::kCannotRun, "late");
        },
        options);
    CHECK(next_change(test.camera) == "lost: it cannot be opened: no answer for 0.02 s");
    eventually(test.camera, [&, end = Clock::now() + 1500ms] { return Clock::now() > end; });
    CHECK(*opened >= 2);
    CHECK(*opened <= 4);
    CHECK_FALSE(test.camera.take_change());
    const auto begin = Clock::now();
    {
      const Opened other([=](const std::stop_token&) { return released.wait(), steady(1); });
    }
    CHECK(Clock::now() - begin < 5s);
  }
  release->set_value();
  while (*ended < *opened) sleep_ms(1);
}

TEST_CASE("whoever listens to the stop token ends at once") {
  std::atomic<bool> ended = false;
  const auto begin = Clock::now();
  {
    Opened test([&](const std::stop_token& stop) {
      return std::make_unique<FakeSource>([&, stop](std::int64_t, Frame&) {
        while (!stop.stop_requested()) sleep_ms(1);
        ended = true;
        return false;
      });
    });
    CHECK(eventually(test.camera, [&] { return test.camera.has_opened(); }));
  }
  CHECK(ended);
  CHECK(Clock::now() - begin < 5s);
}

TEST_CASE("a frozen picture is a loss, and no way back") {
  CameraOptions options = fast();
  options.frozen_seconds = 0.1;
  std::atomic<int> opened = 0;
  const auto open = [&](int dark) {
    return [&opened, dark](const std::stop_token&) {
      const int n = ++opened;
      return std::make_unique<FakeSource>([=](std::int64_t number, Frame& frame) {
        sleep_ms(2);
        frame.image = numbered(n < 4 && number > 3 ? 1000 : n < 4 && n > 1 ? 1000 : number);
        if (dark > 0) frame.image.setTo(dark);
        return true;
      });
    };
  };
  {
    Opened test(open(0), options);
    CHECK(next_change(test.camera) == "lost: the picture is frozen for 0.1 s");
    CHECK(next_change(test.camera) == "back");
    CHECK(opened == 4);
  }
  options.stall_seconds = 5;
  for (const bool is_night : {true, false}) {
    opened = 0;
    if (!is_night) options.frozen_seconds = 0;
    Opened test(open(is_night ? 10 : 0), options);
    eventually(test.camera, [&, end = Clock::now() + 300ms] { return Clock::now() > end; });
    CHECK(opened == 1);
    CHECK_FALSE(test.camera.take_change());
  }
}

TEST_CASE("half pictures and damaged ones are left out") {
  const auto half = [](std::int64_t number) {
    cv::Mat image = numbered(number);
    for (int y = 31; y < 48; ++y) image.row(30).copyTo(image.row(y));
    return image;
  };
  CHECK_FALSE(is_cut_short(numbered(1)));
  CHECK(is_cut_short(half(1)));
  CHECK_FALSE(is_cut_short(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(128))));  // no damage, but a wall, or nothing
  cv::Mat grey = numbered(1);
  grey.rowRange(30, 48).setTo(128);
  CHECK(is_cut_short(grey));
  cv::Mat bar = half(1);
  bar.rowRange(30, 48).setTo(0);
  CHECK_FALSE(is_cut_short(bar));
  cv::Mat narrow = numbered(1);
  narrow.rowRange(43, 48).setTo(128);
  CHECK_FALSE(is_cut_short(narrow));

  Opened test([&](const std::stop_token&) {
    return std::make_unique<FakeSource>([&](std::int64_t number, Frame& frame) {
      sleep_ms(1);
      if (number % 3 == 0) frame.image = numbered(number);
      if (number % 3 == 1) frame.image = half(number);
      return true;  // the third is damaged: no picture
    });
  });
  for (int i = 0; i < 20; ++i) {
    std::optional<Frame> frame;
    REQUIRE(eventually(test.camera, [&] { return (frame = test.camera.take_frame()).has_value(); }));
    CHECK(frame->index % 3 == 0);
  }

  // A scene that looks so all the time is no damage.
  Opened scene([&](const std::stop_token&) {
    return std::make_unique<FakeSource>([&](std::int64_t number, Frame& frame) {
      sleep_ms(1);
      frame.image = half(number);
      return true;
    });
  });
  CHECK(eventually(scene.camera, [&] { return scene.camera.take_frame().has_value(); }));

  CameraOptions options = fast();
  options.damaged_seconds = 0.05;
  Opened broken(
      [](const std::stop_token&) {
        return std::make_unique<FakeSource>([](std::int64_t, Frame&) { return sleep_ms(1), true; });
      },
      options);
  CHECK(next_change(broken.camera) == "lost: it delivers damaged pictures only");
}

TEST_CASE("another resolution in mid-stream") {
  Opened test([](const std::stop_token&) {
    return std::make_unique<FakeSource>([](std::int64_t number, Frame& frame) {
      sleep_ms(1);
      frame.image = number < 10 ? numbered(number) : cv::Mat(numbered(number).rowRange(0, 24));
      return true;
    });
  });
  CHECK(eventually(test.camera, [&] {
    const auto frame = test.camera.take_frame();
    return frame && frame->image.rows == 24;
  }));
  CHECK_FALSE(test.camera.take_change());
}

TEST_CASE("Pace") {
  const auto kept = [](double rate, double fps, int count) {
    Pace pace(fps);
    int n = 0;
    for (int i = 0; i < count; ++i) {
      if (!pace.wants(i / rate)) continue;
      pace.took(i / rate);
      ++n;
    }
    return n;
  };
  CHECK(kept(25, 0, 100) == 100);
  CHECK(kept(25, 25, 100) == 100);
  CHECK(kept(25, 30, 100) == 100);
  CHECK(kept(25, 5, 100) == 20);
  CHECK(kept(25, 10, 1000) == 400);
  CHECK(kept(30, 0.5, 300) == 5);
}
