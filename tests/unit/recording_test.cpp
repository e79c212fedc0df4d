#include "faceatt/vision/recording.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <opencv2/core.hpp>
#include <opencv2/videoio.hpp>
#include <vector>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

constexpr double kRate = 10;  // frames per second

cv::Mat shade(int level, int width = 64, int height = 48) {
  return cv::Mat(height, width, CV_8UC3, cv::Scalar::all(level));
}

// The grey level in the middle of each frame of a file.
std::vector<int> levels_of(const std::filesystem::path& path) {
  cv::VideoCapture video(path.string(), cv::CAP_FFMPEG);
  std::vector<int> levels;
  cv::Mat frame;
  while (video.read(frame)) levels.push_back(frame.at<cv::Vec3b>(frame.rows / 2, frame.cols / 2)[0]);
  return levels;
}

void check_levels(const std::filesystem::path& path, const std::vector<int>& expected) {
  const auto levels = levels_of(path);
  REQUIRE(levels.size() == expected.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(levels[i] - expected[i]) < 8);  // video loses a little
  }
}

}  // namespace

TEST_CASE("a recording keeps real time") {
  const TempFolder folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "UPPER.MP4", "with:colon.mp4", "%d.avi"}) {
    CAPTURE(name);
    const auto file = folder / name;
    Recorder recorder(file, kRate);
    recorder.add(shade(20), 100.00);
    recorder.add(shade(60), 100.11);
    recorder.add(shade(100), 100.12);  // too early for a frame of its own
    recorder.add(shade(140), 100.50);  // late: what was there stays until then
    recorder.add(shade(180), 100.58);
    recorder.add(shade(220), 900.00);  // a gap that is not filled
    recorder.add(shade(180), 900.11);
    CHECK(recorder.frames() == 9);
    recorder.finish();
    recorder.finish();
    recorder.add(shade(0), 901);
    CHECK(recorder.frames() == 9);
    CHECK(mode_of(file) == 0600);
    check_levels(file, {20, 60, 100, 100, 100, 140, 180, 220, 180});
    cv::VideoCapture video(file.string(), cv::CAP_FFMPEG);
    CHECK(video.get(cv::CAP_PROP_FPS) == Approx(kRate));
  }
}

TEST_CASE("rates that differ") {
  const TempFolder folder;
  const auto frames = [&](double camera, double rate) {
    Recorder recorder(folder / "a.avi", rate, IfExists::kReplace);
    for (int i = 0; i <= static_cast<int>(4 * camera); ++i) recorder.add(shade(i), i / camera);
    recorder.finish();
    return recorder.frames();
  };
  CHECK(frames(30, 10) == 41);
  CHECK(frames(7, 25) == 101);
  CHECK(frames(25, 25) == 101);
  CHECK(frames(29.97, 30) == Approx(121).margin(1));
}

TEST_CASE("a clock that went back goes on") {
  const TempFolder folder;
  Recorder recorder(folder / "a.mkv", kRate);
  recorder.add(shade(20), 1000);
  recorder.add(shade(60), 5);
  recorder.add(shade(100), 5.1);
  recorder.add(shade(140), 5.05);
  recorder.finish();
  check_levels(folder / "a.mkv", {20, 60, 100});
}

TEST_CASE("the first frame gives a recording its size") {
  const TempFolder folder;
  const auto file = folder / "a.avi";
  Recorder recorder(file, kRate);
  recorder.add(shade(200, 101, 81), 0);  // video has even sides
  recorder.add(shade(200, 101, 81), 0.1);
  recorder.add(shade(200, 400, 80), 0.2);
  recorder.add(shade(200, 20, 40), 0.3);
  recorder.add(shade(200, 16, 4000), 0.4);
  recorder.finish();
  cv::VideoCapture video(file.string(), cv::CAP_FFMPEG);
  cv::Mat frame;
  const auto grey = [&](int x, int y) { return static_cast<int>(frame.at<cv::Vec3b>(y, x)[0]); };
  REQUIRE(video.read(frame));
  CHECK(frame.size() == cv::Size(100, 80));
  REQUIRE(video.read(frame));
  CHECK(std::abs(grey(98, 78) - 200) < 10);
  REQUIRE(video.read(frame));  // bars above and below
  CHECK(grey(50, 10) < 30);
  CHECK(grey(50, 70) < 30);
  CHECK(std::abs(grey(5, 40) - 200) < 20);
  REQUIRE(video.read(frame));  // left and right
  CHECK(grey(10, 40) < 30);
  CHECK(grey(90, 40) < 30);
  CHECK(std::abs(grey(50, 5) - 200) < 20);
  REQUIRE(video.read(frame));
}

TEST_CASE("recordings that cannot be") {
  const TempFolder folder;
  for (const char* name : {"a.webm", "a", "a.mp4.txt", ""}) CHECK_THROWS_AS(Recorder(folder / name, 10), UsageError);
  for (const double rate : {0.0, -5.0, 0.5, 500.0, std::nan("")}) {
    CHECK_THROWS_AS(Recorder(folder / "a.mp4", rate), UsageError);
  }
  CHECK_THROWS_WITH(Recorder(folder / "none" / "a.mp4", 10), Catch::EndsWith("No such file or directory"));
  std::filesystem::create_directory(folder / "folder.mp4");
  CHECK_THROWS_AS(Recorder(folder / "folder.mp4", 10), UsageError);
  CHECK_THROWS_AS(Recorder(folder / "folder.mp4", 10, IfExists::kReplace), Error);
  CHECK_FALSE(std::filesystem::exists(folder / "a.mp4"));
}

TEST_CASE("a recording replaces a file only when told to") {
  const TempFolder folder;
  const auto file = folder / "a.mkv";
  write(file, "precious");
  CHECK_THROWS_WITH(Recorder(file, kRate), Catch::Contains("a.mkv: exists"));
  CHECK(slurp(file) == "precious");
  Recorder recorder(file, kRate, IfExists::kReplace);
  recorder.add(shade(20), 0);
  recorder.finish();
  check_levels(file, {20});
  CHECK(mode_of(file) == 0600);
}

TEST_CASE("a recording without a frame leaves no file") {
  const TempFolder folder;
  Recorder recorder(folder / "a.mp4", kRate);
  CHECK(std::filesystem::exists(folder / "a.mp4"));
  CHECK_NOTHROW(recorder.finish());
  CHECK_FALSE(std::filesystem::exists(folder / "a.mp4"));
}

TEST_CASE("a recording that was cut short is no success") {
  const TempFolder folder;
  // What a full disk does to writes, a limit does here.
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const char* name : {"a.mp4", "a.mkv", "a.avi"}) {
    CAPTURE(name);
    Recorder recorder(folder / name, kRate);
    cv::Mat noise(240, 320, CV_8UC3);
    const rlimit limit{100'000, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100; ++i) {
      cv::randu(noise, 0, 255);
      recorder.add(noise, i / kRate);
    }
    std::string message;
    try {
      recorder.finish();
    } catch (const Error& e) {
      message = e.what();
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    CHECK_THAT(message, Catch::Contains(std::string(name) + ": the recording is damaged"));
    CHECK_NOTHROW(recorder.finish());
  }
  std::signal(SIGXFSZ, handler);
}

TEST_CASE("a recording whose file is removed stops") {
  const TempFolder folder;
  Recorder recorder(folder / "a.mkv", kRate);
  recorder.add(shade(20), 0);
  std::filesystem::remove(folder / "a.mkv");
  const auto go_on = [&] {
    for (int i = 1; i < 30; ++i) recorder.add(shade(20), i / kRate);
  };
  CHECK_THROWS_WITH(go_on(), Catch::Contains("the file was removed"));
  CHECK_NOTHROW(go_on());
}
