// Drawn faces for tests of what follows faces: squares on a grey wall, one colour per person. Detector and encoder know
// them.
#pragma once

#include <array>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "faceatt/vision/align.hpp"
#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/encode.hpp"

namespace faceatt::test {

struct DrawnFace {
  int person;  // 0 red, 1 green, 2 blue
  float x, y;  // top left
  float size = 100;
};

inline Frame picture(double seconds, const std::vector<DrawnFace>& faces, cv::Size size = {640, 480}) {
  Frame frame;
  frame.seconds = seconds;
  frame.image = cv::Mat(size, CV_8UC3, cv::Scalar::all(128));
  for (const DrawnFace& face : faces) {  // later ones are in front
    cv::Scalar colour = cv::Scalar::all(20);
    colour[2 - face.person] = 250;
    const cv::Rect box(static_cast<int>(face.x), static_cast<int>(face.y), static_cast<int>(face.size),
                       static_cast<int>(face.size));
    cv::rectangle(frame.image, box, colour, cv::FILLED);
    // A grid, so that the quality of the picture is good.
    for (int i = 8; i < box.width; i += 8) {
      cv::line(frame.image, {box.x + i, box.y}, {box.x + i, box.y + box.height}, colour * 0.6, 2);
      cv::line(frame.image, {box.x, box.y + i}, {box.x + box.width, box.y + i}, colour * 0.6, 2);
    }
  }
  return frame;
}

inline Face face_in(const cv::Rect& box) {
  Face face;
  face.box = {static_cast<float>(box.x), static_cast<float>(box.y), static_cast<float>(box.width),
              static_cast<float>(box.height)};
  std::array<Point, 5> p;
  for (std::size_t i = 0; i < p.size(); ++i) {
    p[i] = {face.box.x + face.box.width * kUsualPoints[i][0] / kUsualChip,
            face.box.y + face.box.height * kUsualPoints[i][1] / kUsualChip};
  }
  face.landmarks = {p[0], p[1], p[2], p[3], p[4]};
  face.score = 0.9F;
  return face;
}

// Finds what is square enough: a face that another covers by half is none.
class DrawnFaceDetector : public Detector {
 public:
  std::vector<Face> detect(const Frame& frame) override {
    ++full;
    return find(frame);
  }
  std::vector<Face> glance(const Frame& frame) override {
    ++glances;
    std::vector<Face> faces = find(frame);
    const auto longest = static_cast<float>(std::max(frame.image.cols, frame.image.rows));
    std::erase_if(faces, [&](const Face& face) { return face.box.width < kGlanceMinFace * longest; });
    return faces;
  }
  std::vector<Face> detect_near(const Frame& frame, const Box& where, bool /*roughly*/) override {
    ++near;
    std::vector<Face> faces = find(frame);
    std::erase_if(faces, [&](const Face& face) { return intersection_area(face.box, where) <= 0; });
    return faces;
  }
  Face refine(const Frame& /*frame*/, const Face& face) override { return face; }

  int full = 0, glances = 0, near = 0;
  Point nose;  // moved by so much, in distances of the eyes

 private:
  std::vector<Face> find(const Frame& frame) const {
    std::vector<Face> faces;
    for (int channel = 0; channel < 3; ++channel) {
      cv::Mat one, other, excess;
      cv::extractChannel(frame.image, one, channel);
      cv::extractChannel(frame.image, other, (channel + 1) % 3);
      cv::subtract(one, other, excess);
      cv::Mat mask = excess > 80;
      cv::extractChannel(frame.image, other, (channel + 2) % 3);
      cv::subtract(one, other, excess);
      mask &= excess > 80;
      std::vector<std::vector<cv::Point>> outlines;
      cv::findContours(mask, outlines, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
      for (const auto& outline : outlines) {
        const cv::Rect box = cv::boundingRect(outline);
        const double ratio = static_cast<double>(box.width) / box.height;
        if (box.width < 12 || ratio <= 0.6 || ratio >= 1.6) continue;
        faces.push_back(face_in(box));
        auto& points = faces.back().landmarks;
        points.nose = {points.nose.x + nose.x * points.inter_ocular(), points.nose.y + nose.y * points.inter_ocular()};
      }
    }
    return faces;
  }
};

// A person's colour as a unit vector; people are 0.1 alike.
class ColourEncoder : public Encoder {
 public:
  static Encoding of(int person) {
    Encoding encoding(3, 0.05F);
    encoding[static_cast<std::size_t>(person)] = 1;
    normalise(encoding);
    return encoding;
  }
  Encoding encode(const Frame& frame, const Face& face) override {
    ++encodings;
    const Point centre = face.box.centre();
    const cv::Rect part = cv::Rect(static_cast<int>(centre.x) - 20, static_cast<int>(centre.y) - 20, 40, 40) &
                          cv::Rect(0, 0, frame.image.cols, frame.image.rows);
    const cv::Scalar mean = cv::mean(frame.image(part));
    int person = 0;
    for (int i = 1; i < 3; ++i) {
      if (mean[2 - i] > mean[2 - person]) person = i;
    }
    return of(person);
  }
  int dimension() const override { return 3; }

  int encodings = 0;
};

}  // namespace faceatt::test
