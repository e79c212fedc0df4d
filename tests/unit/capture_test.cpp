#include "faceatt/pipeline/capture.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "faceatt/vision/align.hpp"
#include "faceatt/vision/photo.hpp"

using namespace faceatt;

namespace {

// A person drawn into a green picture: a square of skin with eyes and a mouth, and a blue nose that turns.
struct Drawn {
  cv::Rect box{300, 200, 160, 160};
  double yaw = 0;
  double skin = 170;  // tells who it is: from 150 on Ana, below Bob
  bool sunglasses = false;
};

const cv::Scalar kGreen(60, 160, 60);

void draw(cv::Mat& image, const Drawn& d) {
  cv::rectangle(image, d.box, cv::Scalar::all(d.skin), cv::FILLED);
  const double s = d.box.width / 112.0;
  const auto fill = [&](double x, double y, double w, double h, const cv::Scalar& colour) {
    const auto pixel = [](double v) { return static_cast<int>(std::lround(v)); };
    cv::rectangle(image, {d.box.x + pixel(x * s), d.box.y + pixel(y * s), pixel(w * s), pixel(h * s)}, colour,
                  cv::FILLED);
  };
  for (const double eye : {38, 74}) {
    fill(eye - 11, 42, 22, 4, cv::Scalar::all(80));
    fill(eye - 8, 49, 16, 6, cv::Scalar::all(215));
    fill(eye - 3, 48, 6, 7, cv::Scalar::all(40));
    fill(eye - 9, 47, 18, 2, cv::Scalar::all(60));
  }
  fill(42, 89, 28, 6, cv::Scalar::all(0.7 * d.skin));
  fill(42, 92, 28, 2, cv::Scalar::all(0.35 * d.skin));
  if (d.sunglasses) fill(20, 40, 72, 24, cv::Scalar::all(20));
  fill(56 + 35 * d.yaw - 4, 68, 8, 8, cv::Scalar(255, 60, 60));
}

Frame frame_of(double seconds, const std::vector<Drawn>& people) {
  Frame frame;
  frame.image = cv::Mat(600, 800, CV_8UC3, kGreen);
  for (const Drawn& d : people) draw(frame.image, d);
  frame.seconds = seconds;
  return frame;
}

class DrawnDetector final : public Detector {
 public:
  std::vector<Face> detect(const Frame& frame) override {
    cv::Mat rest;  // what is not green
    cv::extractChannel(frame.image, rest, 1);
    cv::Mat red;
    cv::extractChannel(frame.image, red, 2);
    cv::Mat excess = rest - red;
    cv::Mat face_mask = excess < 25;
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(face_mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
    std::vector<Face> faces;
    for (const auto& outline : outlines) {
      const cv::Rect box = cv::boundingRect(outline);
      if (box.width >= 16) faces.push_back(at(frame.image, box));
    }
    return faces;
  }
  Face refine(const Frame&, const Face& face) override { return face; }

 private:
  static Face at(const cv::Mat& image, const cv::Rect& box) {
    Face face;
    face.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.width),
                static_cast<float>(box.height)};
    std::array<Point, 5> p;
    for (std::size_t i = 0; i < 5; ++i) {
      p[i] = {face.box.x + face.box.width * kUsualPoints[i][0] / kUsualChip,
              face.box.y + face.box.height * kUsualPoints[i][1] / kUsualChip};
    }
    cv::Mat blue;
    cv::inRange(image(box), cv::Scalar(150, 0, 0), cv::Scalar(255, 110, 110), blue);
    const cv::Moments m = cv::moments(blue, true);
    if (m.m00 > 0) p[2].x = face.box.x + static_cast<float>(m.m10 / m.m00);
    face.landmarks = {p[0], p[1], p[2], p[3], p[4]};
    return face;
  }
};

// Who it is by the skin of the forehead, a little changed by the pose.
class DrawnEncoder final : public Encoder {
 public:
  Encoding encode(const Frame& frame, const Face& face) override {
    const cv::Rect forehead(static_cast<int>(face.box.x + 0.3F * face.box.width),
                            static_cast<int>(face.box.y + 0.1F * face.box.height),
                            static_cast<int>(0.4F * face.box.width), static_cast<int>(0.15F * face.box.height));
    const bool ana = cv::mean(frame.image(forehead))[0] >= 150;
    const float yaw = measure_quality(frame, face).yaw;
    Encoding encoding = {ana ? 1.0F : 0.0F, ana ? 0.0F : 1.0F, yaw};
    normalise(encoding);
    return encoding;
  }
  int dimension() const override { return 3; }
};

struct Booth {
  DrawnDetector finder, reader;
  DrawnEncoder encoder;
  Capture capture;
  double seconds = 0;

  explicit Booth(std::size_t count = 5) : capture(finder, reader, encoder, options(count)) {}

  static CaptureOptions options(std::size_t count) {
    CaptureOptions o;
    o.count = count;
    return o;
  }
  // Half a second later.
  Guidance look(const std::vector<Drawn>& people) { return capture.look(frame_of(seconds += 0.5, people)); }
};

Drawn with(double yaw, int size = 160) {
  Drawn d;
  d.yaw = yaw;
  d.box = {300, 200, size, size};
  return d;
}

}  // namespace

TEST_CASE("capture says what is in the way, and keeps nothing") {
  Booth booth;
  CHECK_FALSE(booth.capture.main_obstacle());
  CHECK(booth.look({}) == Guidance::kNobody);
  CHECK(booth.look({with(0, 40)}) == Guidance::kComeCloser);
  Drawn other = with(0);
  other.box.x = 100;
  Drawn beside = with(0);
  beside.box.x = 540;
  CHECK(booth.look({other, beside}) == Guidance::kOnlyOne);
  CHECK(booth.look({with(0.75)}) == Guidance::kLookAtCamera);
  CHECK(booth.look({with(0.4)}) == Guidance::kLookAtCamera);  // the first view is to be frontal
  Drawn hidden = with(0);
  hidden.sunglasses = true;
  CHECK(booth.look({hidden}) == Guidance::kShowFace);
  Frame frame = frame_of(10, {with(0)});
  cv::GaussianBlur(frame.image, frame.image, {}, 12);
  CHECK(booth.capture.look(frame) == Guidance::kHoldStill);
  CHECK(booth.capture.kept() == 0);
  CHECK(booth.capture.take().empty());
  CHECK(booth.capture.main_obstacle() == Guidance::kLookAtCamera);
}

TEST_CASE("capture keeps as many different views as asked for, no more") {
  Booth booth(3);
  CHECK(booth.look({with(0)}) == Guidance::kTurnALittle);
  CHECK(booth.capture.kept() == 1);
  CHECK(booth.look({with(0.02)}) == Guidance::kTurnALittle);  // the same view
  CHECK(booth.capture.kept() == 1);
  CHECK(booth.look({with(0.3)}) == Guidance::kTurnALittle);
  CHECK(booth.capture.kept() == 2);
  CHECK(booth.look({with(-0.3)}) == Guidance::kDone);
  CHECK(booth.capture.done());
  CHECK(booth.look({with(0.5)}) == Guidance::kDone);
  CHECK(booth.capture.take().size() == 3);
  CHECK_FALSE(booth.capture.main_obstacle());
}

TEST_CASE("capture leaves time between two views") {
  Booth booth;
  booth.capture.look(frame_of(1.0, {with(0)}));
  booth.capture.look(frame_of(1.2, {with(0.3)}));
  CHECK(booth.capture.kept() == 1);
  booth.capture.look(frame_of(1.31, {with(0.3)}));
  CHECK(booth.capture.kept() == 2);
}

TEST_CASE("capture replaces a view by a better one of the same pose") {
  Booth booth;
  booth.look({with(0, 80)});
  booth.look({with(0.3, 80)});
  booth.look({with(0, 160)});
  booth.look({with(0, 90)});
  const auto portraits = booth.capture.take();
  REQUIRE(portraits.size() == 2);
  // In the order of their time: the view from the side came first now.
  CHECK(decode_photo(portraits[0].picture, "").image.cols == Approx(3 * 80).margin(6));
  CHECK(decode_photo(portraits[1].picture, "").image.cols == Approx(3 * 160).margin(6));
  CHECK(portraits[1].quality > portraits[0].quality);
}

TEST_CASE("capture does not mix in a second person") {
  Booth booth;
  Drawn bob = with(0.1);
  bob.skin = 125;
  booth.look({with(0)});
  CHECK(booth.look({bob}) == Guidance::kSomebodyElse);
  CHECK(booth.look({with(0.3)}) == Guidance::kTurnALittle);
  CHECK(booth.look({bob}) == Guidance::kSomebodyElse);
  CHECK(booth.capture.main_obstacle() == Guidance::kSomebodyElse);
  const auto portraits = booth.capture.take();
  REQUIRE(portraits.size() == 2);
  for (const Portrait& portrait : portraits) CHECK(portrait.encoding[0] > 0.9F);
}

TEST_CASE("what is captured reads again as what it was") {
  Booth booth;
  Drawn child = with(0, 60);  // somebody in the background
  child.box = {600, 60, 60, 60};
  booth.look({with(0), child});
  booth.look({with(0.3), child});
  const auto portraits = booth.capture.take();
  REQUIRE(portraits.size() == 2);
  for (const Portrait& portrait : portraits) {
    CHECK(portrait.usable());
    const Frame frame = decode_photo(portrait.picture, "");
    std::string problem;
    const auto face = main_face(booth.reader.detect(frame), frame.image.cols, frame.image.rows, problem);
    REQUIRE(face);
    CHECK(booth.encoder.encode(frame, *face) == portrait.encoding);
    CHECK(measure_quality(frame, *face).percent() == portrait.quality);
  }
}

TEST_CASE("every guidance has its words") {
  for (int i = 0; i <= static_cast<int>(Guidance::kDone); ++i) {
    CHECK(std::string(text_of(static_cast<Guidance>(i))).size() > 3);
    if (i > 0) CHECK(text_of(static_cast<Guidance>(i)) != std::string(text_of(static_cast<Guidance>(i - 1))));
  }
}
