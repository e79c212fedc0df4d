#include "faceatt/vision/video.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

TEST_CASE("a folder of images is a video") {
  const TempFolder folder;
  for (int i = 0; i < 3; ++i) {
    std::vector<unsigned char> bytes;
    cv::imencode(".png", cv::Mat(20, 30, CV_8UC3, cv::Scalar::all(i * 50)), bytes);
    write(folder / ("frame" + std::to_string(i) + ".png"), std::string(bytes.begin(), bytes.end()));
  }
  const auto source = FrameSource::create(folder.path().string());
  CHECK_FALSE(source->is_live());
  CHECK(source->name() == folder.path().string());
  Frame frame;
  double before = -1;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(source->next(frame));
    CHECK(frame.index == i);
    CHECK(frame.seconds > before);
    CHECK(frame.image.at<cv::Vec3b>(5, 5)[0] == i * 50);
    before = frame.seconds;
  }
  CHECK_FALSE(source->next(frame));
  CHECK_FALSE(source->next(frame));
}

TEST_CASE("an image of a folder that cannot be read is an error, the next one is not") {
  const TempFolder folder;
  std::vector<unsigned char> bytes;
  cv::imencode(".png", cv::Mat(20, 30, CV_8UC3, cv::Scalar::all(0)), bytes);
  write(folder / "a.png", "junk");
  write(folder / "b.png", std::string(bytes.begin(), bytes.end()));
  const auto source = FrameSource::create(folder.path().string());
  Frame frame;
  CHECK_THROWS_AS(source->next(frame), Error);
  CHECK(source->next(frame));
  CHECK_FALSE(source->next(frame));
}

TEST_CASE("sources that are not there") {
  const TempFolder folder;
  const auto reason = [](const std::string& spec) -> std::string {
    try {
      FrameSource::create(spec);
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      return e.what();
    }
    return "opened";
  };
  CHECK_THAT(reason((folder / "none.mp4").string()), Catch::Contains("none.mp4"));
  CHECK_THAT(reason(folder.path().string()), Catch::Contains("no photos"));
  CHECK_THAT(reason(""), !Catch::Contains("opened"));
}
