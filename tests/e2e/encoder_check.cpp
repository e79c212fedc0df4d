// Does an encoder get the numbers that models.toml describes? Prints one line per check; exit 1 when one fails.
// usage: faceatt-encoder-check MODELS NAME PHOTO
//
// The network's input is worked out here a second time, pixel by pixel, on a chip that needs no alignment. An encoder
// called sface is also compared with OpenCV's own cv::FaceRecognizerSF, on that chip and on the faces of the photo.
#include <cmath>
#include <cstdio>
#include <exception>
#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>
#include <opencv2/objdetect/face.hpp>
#include <string>
#include <vector>

#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/photo.hpp"

namespace {

using namespace faceatt;

int failed = 0;

double cosine(const Encoding& a, const Encoding& b) {
  double dot = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    dot += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
  }
  return dot / std::sqrt(aa * bb);
}

void compare(const std::string& what, const Encoding& is, const Encoding& wanted, double least) {
  const double score = is.size() == wanted.size() ? cosine(is, wanted) : -1;
  const bool good = score >= least;
  if (!good) ++failed;
  std::printf("%s%s: similarity %.6f, at least %.6f\n", good ? "" : "FAILED: ", what.c_str(), score, least);
}

Encoding vector_of(const cv::Mat& out) { return {out.ptr<float>(), out.ptr<float>() + out.total()}; }

// value = (pixel * scale - mean) / std, per channel in the order of models.toml
Encoding by_hand(cv::dnn::Net& net, const ModelInput& input, const cv::Mat& chip, bool mirrored) {
  const int shape[] = {1, 3, input.size, input.size};
  cv::Mat blob(4, shape, CV_32F);
  for (int c = 0; c < 3; ++c) {
    const auto k = static_cast<std::size_t>(c);
    for (int y = 0; y < input.size; ++y) {
      for (int x = 0; x < input.size; ++x) {
        const auto& bgr = chip.at<cv::Vec3b>(y, mirrored ? input.size - 1 - x : x);
        const int at[] = {0, c, y, x};
        blob.at<float>(at) =
            (static_cast<float>(bgr[input.rgb ? 2 - c : c]) * input.scale - input.mean[k]) / input.std[k];
      }
    }
  }
  net.setInput(blob);
  Encoding encoding = vector_of(net.forward());
  normalise(encoding);
  return encoding;
}

int check(const std::string& models, const std::string& name, const std::string& photo) {
  Stages stages({models, "yunet", name});
  const Model& model = stages.encoder_model();
  const ModelInput& input = model.input;

  Frame frame;
  frame.image.create(input.size, input.size, CV_8UC3);
  cv::RNG random(1);
  random.fill(frame.image, cv::RNG::UNIFORM, 0, 256);
  for (int y = 0; y < input.size; ++y) {  // a shade from the left and one from above, another for each channel
    for (int x = 0; x < input.size; ++x) {
      auto& p = frame.image.at<cv::Vec3b>(y, x);
      p = {static_cast<uchar>(p[0] / 2 + 100 * x / input.size), static_cast<uchar>(p[1] / 2),
           static_cast<uchar>(p[2] / 2 + 100 * y / input.size)};
    }
  }
  const auto point = [&](std::size_t i) { return Point{input.points[i][0], input.points[i][1]}; };
  Face face;
  face.landmarks = {point(0), point(1), point(2), point(3), point(4)};
  const Encoding encoding = stages.encoder().encode(frame, face);

  cv::dnn::Net net = cv::dnn::readNetFromONNX(model.path.string());
  Encoding wanted = by_hand(net, input, frame.image, false);
  if (input.mirror) {
    const Encoding mirrored = by_hand(net, input, frame.image, true);
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] += mirrored[i];
  }
  compare(name + ": input as models.toml says", encoding, wanted, 0.99999);
  if (name != "sface") return failed == 0 ? 0 : 1;

  const auto opencv = cv::FaceRecognizerSF::create(model.path.string(), "");
  cv::Mat feature;
  opencv->feature(frame.image, feature);
  compare(name + ": input as OpenCV's", encoding, vector_of(feature), 0.99999);

  // The chips differ a little: ours is cut with cubic interpolation, and large faces are averaged first.
  const Frame picture = read_photo(photo);
  const auto faces = stages.photo_detector().detect(picture);
  for (const Face& found : faces) {
    cv::Mat row(1, 15, CV_32F, cv::Scalar(0));
    int at = 4;
    for (const Point& p : found.landmarks.points()) {
      row.at<float>(0, at++) = p.x;
      row.at<float>(0, at++) = p.y;
    }
    cv::Mat chip;
    opencv->alignCrop(picture.image, row, chip);
    opencv->feature(chip, feature);
    compare(name + ": face in a photo as OpenCV's", stages.encoder().encode(picture, found), vector_of(feature), 0.99);
  }
  if (faces.empty()) {
    std::printf("FAILED: no face in %s\n", photo.c_str());
    ++failed;
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: faceatt-encoder-check MODELS NAME PHOTO\n", stderr);
    return 2;
  }
  try {
    return check(argv[1], argv[2], argv[3]);
  } catch (const std::exception& e) {
    std::printf("FAILED: %s\n", e.what());
    return 1;
  }
}
