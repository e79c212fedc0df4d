#include "faceatt/vision/video.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgcodecs.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

TEST_CASE("without_password") {
  CHECK(without_password("rtsp://user:secret@host/x") == "rtsp://host/x");
  CHECK(without_password("rtsp://user:secret@host:554/x?a=b") == "rtsp://host:554/x");
  CHECK(without_password("http://host/video?password=secret") == "http://host/video");
  CHECK(without_password("rtsp://user:se/cret@host:554/x") == "rtsp://host:554/x");
  CHECK(without_password("rtsp://host:554/a@b") == "rtsp://host:554/a@b");
  CHECK(without_password("rtsp://user@host") == "rtsp://host");
  CHECK(without_password("rtsp://user:s@cr@t@host/x") == "rtsp://host/x");
  CHECK(without_password("rtsp://host/a@b") == "rtsp://host/a@b");
  CHECK(without_password("rtsp://host:8554/x") == "rtsp://host:8554/x");
  CHECK(without_password("http://u:p@[::1]:80/v") == "http://[::1]:80/v");
  CHECK(without_password("clip.mp4") == "clip.mp4");
  CHECK(without_password("a@b.mp4") == "a@b.mp4");
  CHECK(without_password("0") == "0");
  CHECK(without_password("").empty());
}

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
