#include "faceatt/vision/draw.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

using namespace faceatt;

namespace {

const cv::Scalar kGrey = cv::Scalar::all(90);

cv::Mat picture(int width, int height) { return cv::Mat(height, width, CV_8UC3, kGrey); }

// Where a picture is no longer grey: 255, else 0.
cv::Mat drawn(const cv::Mat& image) {
  cv::Mat same;
  cv::inRange(image, kGrey, kGrey, same);
  return ~same;
}

cv::Mat draw(int width, int height, const std::vector<FaceLabel>& faces, const std::string& status = {}) {
  cv::Mat image = picture(width, height);
  FacePainter().draw(image, faces, status);
  return image;
}

int changed(const cv::Mat& image) { return cv::countNonZero(drawn(image)); }

int changed(const cv::Mat& image, const cv::Rect& part) { return changed(image(part)); }

bool same(const cv::Mat& a, const cv::Mat& b) { return cv::norm(a, b, cv::NORM_INF) == 0; }

}  // namespace

TEST_CASE("nothing is drawn outside the picture, or onto faces") {
  // The picture is a part of a larger one, which must not change.
  cv::Mat whole = picture(840, 560);
  cv::Mat part = whole(cv::Rect(100, 100, 640, 360));
  const std::vector<FaceLabel> faces = {{{-40, 100, 90, 110}, Look::kKnown, "At the left", "0.6"},
                                        {{600, 100, 90, 110}, Look::kSpoof, "At the right", "0.6"},
                                        {{300, -50, 90, 110}, Look::kMarked, "At the top", "0.6"},
                                        {{300, 320, 90, 110}, Look::kUnknown, "At the bottom", "0.6"},
                                        {{-1e30F, -1e30F, 2e30F, 2e30F}, Look::kAmbiguous, "Everywhere", "0.6"}};
  FacePainter().draw(part, faces, "status");
  CHECK(changed(part) > 5000);
  part.setTo(kGrey);
  CHECK(changed(whole) == 0);
}

TEST_CASE("a face at the border has its whole label in the picture") {
  const auto label = [](float x, float y) {  // pixels that are drawn outside the face's box
    cv::Mat image = draw(640, 360, {{{x, y, 90, 110}, Look::kKnown, "Ana Silva", "0.62"}});
    image(cv::Rect(static_cast<int>(x) - 1, static_cast<int>(y) - 1, 92, 112) & cv::Rect(0, 0, 640, 360)).setTo(kGrey);
    return changed(image);
  };
  const int whole = label(250, 150);
  CHECK(whole > 1000);
  for (const auto& [x, y] :
       {std::pair{-40.F, 100.F}, {600.F, 100.F}, {300.F, -50.F}, {300.F, 320.F}, {-45.F, -55.F}, {595.F, 320.F}}) {
    CAPTURE(x, y);
    CHECK(label(x, y) > whole * 9 / 10);
  }
}

TEST_CASE("boxes that are none are left out") {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  for (const Box& box : std::vector<Box>{{kNan, 0, 10, 10},
                                         {0, 0, kNan, 10},
                                         {0, 0, kInfinity, 10},
                                         {-kInfinity, 0, 10, 10},
                                         {10, 10, 0, 10},
                                         {10, 10, 10, -10},
                                         {1000, 10, 10, 10},
                                         {-1000, 10, 10, 10},
                                         {3e38F, 3e38F, 3e38F, 3e38F},
                                         {}}) {
    CAPTURE(box.x, box.y, box.width, box.height);
    CHECK(changed(draw(100, 80, {{box, Look::kMarked, "Ana", "0.6"}})) == 0);
  }
}

TEST_CASE("small pictures and small faces") {
  for (const int side : {1, 2, 7, 20}) {
    CHECK_NOTHROW(draw(
        side, side, {{{0, 0, 5, 5}, Look::kSpoof, "Ana", "0.6"}, {{1, 1, 1, 1}, Look::kAmbiguous, "B", ""}}, "status"));
  }
  CHECK_NOTHROW(draw(64, 48, {{{20, 20, 0.3F, 0.3F}, Look::kUnknown, "Ana", "0.6"}}));
}

TEST_CASE("a label without text is left out, unless the look has a sign") {
  const Box box{100, 100, 100, 100};
  const cv::Rect around(99, 99, 102, 102);
  const auto outside = [&](Look look, const char* title, const char* note) {
    cv::Mat image = draw(400, 300, {{box, look, title, note}});
    image(around).setTo(kGrey);
    return changed(image);
  };
  CHECK(outside(Look::kKnown, "", "") == 0);
  CHECK(outside(Look::kUndecided, "", "") == 0);
  CHECK(outside(Look::kUnknown, "", "") > 50);
  CHECK(outside(Look::kKnown, "Ana", "") > 200);
  CHECK(outside(Look::kKnown, "", "0.6") > 200);
}

TEST_CASE("every look has a line of its own, colours aside") {
  std::vector<cv::Mat> frames;
  for (const Look look :
       {Look::kUndecided, Look::kKnown, Look::kMarked, Look::kUnknown, Look::kAmbiguous, Look::kSpoof}) {
    cv::Mat image = draw(640, 480, {{{200, 200, 150, 200}, look, "", ""}});
    frames.push_back(drawn(image(cv::Rect(199, 199, 152, 202))));
  }
  for (std::size_t a = 0; a < frames.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      CAPTURE(a, b);
      CHECK(cv::countNonZero(frames[a] != frames[b]) > 300);
    }
  }
}

TEST_CASE("text is text") {
  const auto label = [](const std::string& title) {
    return draw(640, 360, {{{200, 150, 90, 110}, Look::kKnown, title, "0.6"}});
  };
  CHECK_FALSE(same(label("<b>Ana</b>"), label("Ana")));
  CHECK_FALSE(same(label("&amp;"), label("&")));
  CHECK(same(label("Ana\nSilva"), label("Ana\uFFFDSilva")));
  CHECK(same(label("Ana \xC3\x28\xFF"), label("Ana \uFFFD(\uFFFD")));
  CHECK(same(label("Jose\u0301"), label("Jos\u00E9")));
}

TEST_CASE("a long name ends in an ellipsis") {
  const auto label = [](const std::string& title) {
    return draw(640, 360, {{{100, 150, 90, 110}, Look::kKnown, title, ""}});
  };
  const cv::Mat some = label(std::string(100, 'x')), many = label(std::string(100'000, 'x'));
  CHECK(changed(some, {100, 100, 200, 50}) > 2000);
  CHECK(changed(some, {400, 0, 240, 360}) == 0);
  CHECK(same(some, many));
  // Where the picture is narrow, too.
  CHECK_NOTHROW(draw(60, 60, {{{10, 30, 20, 20}, Look::kMarked, std::string(500, 'x'), std::string(500, 'y')}},
                     std::string(500, 'z')));
}

TEST_CASE("neighbours' labels leave their faces free") {
  const std::vector<FaceLabel> faces = {
      {{300, 200, 60, 80}, Look::kKnown, "Maximiliane Mustermann", "0.62  blink please"},
      {{362, 205, 60, 80}, Look::kKnown, "Ana", "0.7"},
      {{424, 200, 60, 80}, Look::kUnknown, "unknown", "0.2"}};
  const cv::Mat image = draw(800, 600, faces);
  for (const FaceLabel& face : faces) {
    const cv::Rect inner(static_cast<int>(face.box.x) + 8, static_cast<int>(face.box.y) + 8, 44, 64);
    CHECK(changed(image, inner) == 0);
  }
}

TEST_CASE("the status line is a bar at the bottom") {
  const cv::Mat image = draw(640, 360, {}, "door  08:59:58");
  CHECK(changed(image, {0, 0, 640, 330}) == 0);
  CHECK(changed(image, {0, 345, 640, 15}) > 640 * 14);  // text may be as grey as the picture
  CHECK(changed(draw(640, 360, {})) == 0);
  // A face under it has its label above it.
  cv::Mat with_face = draw(640, 360, {{{200, 300, 60, 80}, Look::kKnown, "Ana", "0.6"}}, "door  08:59:58");
  CHECK(same(with_face(cv::Rect(400, 340, 240, 20)), image(cv::Rect(400, 340, 240, 20))));
  CHECK(changed(with_face, {200, 250, 60, 40}) > 500);
}

TEST_CASE("a request is in large letters above the status line, and never cut short") {
  cv::Mat image = picture(640, 360);
  FacePainter().draw(image, {}, "door", "Ana: nod please");
  CHECK(changed(image, {0, 0, 640, 300}) == 0);
  CHECK(changed(image, {0, 325, 640, 15}) > 640 * 14);
  cv::Mat narrow = picture(480, 640), longer = picture(480, 640);
  const std::string words = "Anna Maria Schmidt: turn your head to your left please";
  FacePainter().draw(narrow, {}, {}, words);
  FacePainter().draw(longer, {}, {}, words + "!");
  CHECK_FALSE(same(narrow, longer));  // the end is seen
}

TEST_CASE("what is kept of past pictures is bounded, and the same when drawn again") {
  FacePainter painter;
  const auto draw_names = [&](int first, int count) {
    std::vector<FaceLabel> faces;
    for (int i = 0; i < count; ++i) {
      const auto x = static_cast<float>(i % 10 * 190), y = static_cast<float>(50 + i / 10 * 100);
      faces.push_back({{x, y, 40, 50}, Look::kKnown, "Name " + std::to_string(first + i), "0.6"});
    }
    cv::Mat image = picture(1920, 1080);
    painter.draw(image, faces, "status " + std::to_string(first));
    return image;
  };
  const cv::Mat first = draw_names(0, 3);
  CHECK(painter.kept() == 4);
  CHECK(same(first, draw_names(0, 3)));
  CHECK(painter.kept() == 4);
  for (int i = 1; i < 100; ++i) {
    draw_names(i * 10, 3);
    CHECK(painter.kept() <= 64);
  }
  draw_names(5000, 80);
  CHECK(painter.kept() >= 81);
  draw_names(6000, 3);
  CHECK(painter.kept() == 4);
  CHECK(same(first, draw_names(0, 3)));
}
