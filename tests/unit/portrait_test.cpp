#include "faceatt/people/portrait.hpp"

#include <catch2/catch.hpp>
#include <opencv2/imgproc.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/align.hpp"
#include "faceatt/vision/photo.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

Face face(float x, float y, float size) {
  Face f;
  f.box = {x - size / 2, y - size / 2, size, size};
  f.score = 0.9F;
  return f;
}

// Finds the red squares of a picture: each is a face, with landmarks where faces have theirs.
class SquareDetector : public Detector {
 public:
  std::vector<Face> detect(const Frame& frame) override {
    ++looks;
    cv::Mat red;
    cv::inRange(frame.image, cv::Scalar(0, 0, 150), cv::Scalar(90, 90, 255), red);
    std::vector<std::vector<cv::Point>> outlines;
    cv::findContours(red, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
    std::vector<Face> faces;
    for (const auto& outline : outlines) {
      const cv::Rect box = cv::boundingRect(outline);
      if (box.width < 12) continue;  // ringing of JPEG
      Face f;
      f.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.width),
               static_cast<float>(box.height)};
      std::array<Point, 5> p;
      for (std::size_t i = 0; i < 5; ++i) {
        p[i] = {f.box.x + f.box.width * kUsualPoints[i][0] / kUsualChip,
                f.box.y + f.box.height * kUsualPoints[i][1] / kUsualChip};
      }
      f.landmarks = {p[0], p[1], p[2], p[3], p[4]};
      faces.push_back(f);
    }
    return faces;
  }
  Face refine(const Frame&, const Face& f) override { return f; }

  int looks = 0;
};

// The size of the face and of the picture, as a unit vector.
class SizeEncoder : public Encoder {
 public:
  Encoding encode(const Frame& frame, const Face& f) override {
    Encoding encoding = {f.box.width, 100, static_cast<float>(frame.image.cols)};
    normalise(encoding);
    return encoding;
  }
  int dimension() const override { return 3; }
};

constexpr QualityLimits kNoLimits{0, 0, 0, 255, 9, 1};

Frame squares(int width, int height, const std::vector<cv::Rect>& faces) {
  Frame frame;
  frame.image = cv::Mat(height, width, CV_8UC3, cv::Scalar(60, 120, 60));
  for (const auto& f : faces) cv::rectangle(frame.image, f, cv::Scalar(40, 40, 200), cv::FILLED);
  return frame;
}

std::string problem_of(const std::vector<Face>& faces, const FaceChoice& choice) {
  std::string problem;
  CHECK_FALSE(choose_face(faces, 640, 480, choice, problem));
  return problem;
}

float size_of_chosen(const std::vector<Face>& faces, const std::string& choice) {
  std::string problem;
  const auto chosen = choose_face(faces, 640, 480, parse_face_choice(choice), problem);
  CHECK(problem.empty());
  return chosen ? chosen->box.width : 0;
}

}  // namespace

TEST_CASE("the main face of a portrait") {
  std::string problem;
  CHECK_FALSE(main_face({}, 640, 480, problem));
  CHECK(problem == "no face found");

  problem.clear();
  auto main = main_face({face(320, 240, 200)}, 640, 480, problem);
  REQUIRE(main);
  CHECK(problem.empty());

  // Somebody small in the background does not matter, in whatever order they are found.
  for (const bool first : {true, false}) {
    std::vector<Face> faces = {face(320, 240, 200), face(600, 100, 60)};
    if (first) std::swap(faces[0], faces[1]);
    main = main_face(faces, 640, 480, problem);
    REQUIRE(main);
    CHECK(main->box.width == 200);
  }

  // Two alike: whose photo is it?
  CHECK_FALSE(main_face({face(200, 240, 150), face(440, 240, 145)}, 640, 480, problem));
  CHECK_THAT(problem, Catch::Contains("2 faces"));
}

TEST_CASE("which face: what may be said") {
  CHECK(parse_face_choice("largest").rule == FaceChoice::Rule::kLargest);
  CHECK(parse_face_choice("centre").rule == FaceChoice::Rule::kNearestToCentre);
  CHECK(parse_face_choice("12").rule == FaceChoice::Rule::kNumber);
  CHECK(parse_face_choice("12").number == 12);
  for (const char* text : {"", "0", "-1", "+1", "1.5", "2x", " 2", "first", "Largest", "99999999999999999999999"}) {
    CHECK_THROWS_AS(parse_face_choice(text), UsageError);
  }
}

TEST_CASE("which face: largest, nearest to the centre, by number") {
  // In reading order: 100 upper left, 140 upper right, 150 low in the middle.
  const std::vector<Face> faces = {face(330, 300, 150), face(540, 80, 140), face(90, 90, 100)};
  CHECK(size_of_chosen(faces, "largest") == 150);
  CHECK(size_of_chosen({face(320, 240, 100), face(540, 80, 140)}, "largest") == 140);
  CHECK(size_of_chosen({face(320, 240, 100), face(540, 80, 140)}, "centre") == 100);
  CHECK(size_of_chosen(faces, "1") == 100);
  CHECK(size_of_chosen(faces, "2") == 140);
  CHECK(size_of_chosen(faces, "3") == 150);
  CHECK(problem_of(faces, parse_face_choice("4")) == "face 4 wanted, 3 found");
  for (const char* choice : {"largest", "centre", "1"})
    CHECK(problem_of({}, parse_face_choice(choice)) == "no face found");
  // Nothing said: never "the first".
  CHECK_THAT(problem_of({face(200, 240, 150), face(440, 240, 145)}, {}), Catch::Contains("none stands out"));
}

TEST_CASE("a face is cut out with as much round it as leaves it the main one") {
  SquareDetector detector;
  // Alone: a margin of its own size on every side.
  Frame frame = squares(800, 600, {{300, 200, 80, 80}});
  auto cut = cut_out(frame, detector.detect(frame).front(), detector);
  REQUIRE(cut);
  CHECK(cut->frame.image.cols == Approx(240).margin(4));
  CHECK(cut->frame.image.rows == Approx(240).margin(4));
  CHECK(cut->face.box.x == Approx(80).margin(4));
  CHECK(decode_photo(cut->jpeg, "x").image.size() == cut->frame.image.size());

  // At the edge of the picture: what there is.
  frame = squares(800, 600, {{0, 0, 80, 80}});
  cut = cut_out(frame, detector.detect(frame).front(), detector);
  REQUIRE(cut);
  CHECK(cut->frame.image.cols == Approx(160).margin(4));

  // Beside one as large: less, but the same face.
  frame = squares(800, 600, {{250, 200, 86, 86}, {350, 205, 90, 90}});
  for (const Face& wanted : detector.detect(frame)) {
    cut = cut_out(frame, wanted, detector);
    REQUIRE(cut);
    CHECK(cut->face.box.width == Approx(wanted.box.width).margin(4));
    CHECK(cut->frame.image.cols <= 3 * 90 + 4);
    std::string problem;
    CHECK(main_face(detector.detect(cut->frame), cut->frame.image.cols, cut->frame.image.rows, problem));
  }
}

TEST_CASE("a face that cannot be cut out of its neighbours is refused") {
  // Sees two faces wherever it looks.
  class Twins final : public SquareDetector {
   public:
    std::vector<Face> detect(const Frame& frame) override {
      const auto w = static_cast<float>(frame.image.cols), h = static_cast<float>(frame.image.rows);
      return {face(w * 0.4F, h / 2, h / 3), face(w * 0.6F, h / 2, h / 3)};
    }
  } twins;
  const Frame frame = squares(400, 300, {});
  CHECK_FALSE(cut_out(frame, face(150, 150, 100), twins));

  const TempFolder folder;
  write(folder / "a.jpg", encode_jpeg(frame, {0, 0, 400, 300}));
  SizeEncoder encoder;
  const Portrait portrait =
      read_portrait(folder / "a.jpg", slurp(folder / "a.jpg"), twins, encoder, kNoLimits, parse_face_choice("2"));
  CHECK_FALSE(portrait.usable());
  CHECK_THAT(portrait.problem, Catch::Contains("cannot be cut out"));
}

TEST_CASE("what is stored of a chosen face reads as that face without being told") {
  const TempFolder folder;
  const Frame frame = squares(800, 600, {{270, 250, 80, 80}, {440, 250, 90, 90}, {650, 20, 40, 40}});
  write(folder / "a.jpg", encode_jpeg(frame, {0, 0, 800, 600}));
  SquareDetector detector;
  SizeEncoder encoder;
  const auto read = [&](const std::filesystem::path& photo, const FaceChoice& choice) {
    return read_portrait(photo, slurp(photo), detector, encoder, kNoLimits, choice);
  };
  CHECK_FALSE(read(folder / "a.jpg", {}).usable());
  // In reading order the small one at the top is the first.
  for (const auto& [choice, size] : {std::pair{"1", 40.0}, {"2", 80.0}, {"3", 90.0}, {"largest", 90.0}}) {
    const Portrait portrait = read(folder / "a.jpg", parse_face_choice(choice));
    REQUIRE(portrait.usable());
    CHECK(portrait.encoding[0] / portrait.encoding[1] == Approx(size / 100).margin(0.05));
    REQUIRE_FALSE(portrait.picture.empty());
    write(folder / "stored.jpg", portrait.picture);
    const Portrait again = read(folder / "stored.jpg", {});
    CHECK(again.usable());
    CHECK(again.encoding == portrait.encoding);
    CHECK(again.quality == portrait.quality);
  }
}

TEST_CASE("a photo whose main face is the chosen one is kept as it is") {
  const TempFolder folder;
  const Frame frame = squares(800, 600, {{300, 200, 200, 200}, {650, 20, 40, 40}});
  write(folder / "a.jpg", encode_jpeg(frame, {0, 0, 800, 600}));
  SquareDetector detector;
  SizeEncoder encoder;
  const auto read = [&](const FaceChoice& choice) {
    return read_portrait(folder / "a.jpg", slurp(folder / "a.jpg"), detector, encoder, kNoLimits, choice);
  };
  for (const char* choice : {"largest", "centre", "2"}) {
    const Portrait portrait = read(parse_face_choice(choice));
    CHECK(portrait.usable());
    CHECK(portrait.picture.empty());
    CHECK(portrait.encoding == read({}).encoding);
  }
  CHECK(read(parse_face_choice("3")).problem == "face 3 wanted, 2 found");
  CHECK(read(parse_face_choice("3")).readable);
}

TEST_CASE("what a library throws of one photo is a problem of that photo, what we throw is not") {
  struct Throwing : SquareDetector {
    std::vector<Face> detect(const Frame&) override {
      if (ours) throw Error(ErrorCode::kCannotRun, "no model");
      throw std::runtime_error("assertion\nfailed");
    }
    bool ours = false;
  } detector;
  SizeEncoder encoder;
  Frame frame;
  frame.image = cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(90));
  const std::string photo = encode_jpeg(frame, {0, 0, 64, 64});
  const Portrait portrait = read_portrait("a.jpg", photo, detector, encoder, kNoLimits);
  CHECK_FALSE(portrait.usable());
  CHECK_THAT(portrait.problem, Catch::StartsWith("cannot be looked at: assertion") && !Catch::Contains("\n"));
  detector.ours = true;
  CHECK_THROWS_AS(read_portrait("a.jpg", photo, detector, encoder, kNoLimits), Error);
}

TEST_CASE("a small face is chosen beside a large one") {
  const TempFolder folder;
  const Frame frame = squares(800, 600, {{300, 200, 200, 200}, {510, 280, 40, 40}});
  write(folder / "a.jpg", encode_jpeg(frame, {0, 0, 800, 600}));
  SquareDetector detector;
  SizeEncoder encoder;
  const Portrait small =
      read_portrait(folder / "a.jpg", slurp(folder / "a.jpg"), detector, encoder, kNoLimits, parse_face_choice("2"));
  REQUIRE(small.usable());
  CHECK(100 * small.encoding[0] / small.encoding[1] == Approx(40).margin(4));
  CHECK_FALSE(small.picture.empty());
}
