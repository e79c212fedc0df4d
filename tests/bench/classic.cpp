// The recipe of most scripts, as fast as C++ and OpenBLAS make it: every picture enlarged to twice its size, dlib's HOG
// detector over it, 68 landmarks, a chip of 150x150, the ResNet of 29 layers. Its weights are random: the time is that
// of the real ones, the answers mean nothing.
// usage: faceatt-bench-classic photo FILE... | video FILE FRAMES
// Prints, per photo or frame after the first: milliseconds, milliseconds of the processor; and how many faces in all.
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/image_processing/shape_predictor.h>
#include <dlib/opencv.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <string>

#include "../resnet29.hpp"

namespace {

using Pixels = dlib::matrix<dlib::rgb_pixel>;

class ClassicRecipe {
 public:
  ClassicRecipe() { dlib::deserialize("/usr/share/dlib/shape_predictor_68_face_landmarks.dat") >> landmarks_; }

  int faces_in(const cv::Mat& bgr) {
    Pixels picture, large;
    dlib::assign_image(picture, dlib::cv_image<dlib::bgr_pixel>(bgr));
    large = picture;
    dlib::pyramid_up(large);
    int faces = 0;
    for (const dlib::rectangle& found : detector_(large)) {
      const dlib::drectangle box = dlib::pyramid_down<2>().rect_down(dlib::drectangle(found));
      Pixels chip;
      dlib::extract_image_chip(picture, dlib::get_face_chip_details(landmarks_(picture, box), 150, 0.25), chip);
      faces += static_cast<int>(network_(chip).size() / 128);
    }
    return faces;
  }

 private:
  dlib::frontal_face_detector detector_ = dlib::get_frontal_face_detector();
  dlib::shape_predictor landmarks_;
  faceatt::resnet29::Network network_;
};

double processor_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what != "photo" && !(what == "video" && argc == 4)) {
    fmt::print(stderr, "usage: faceatt-bench-classic photo FILE... | video FILE FRAMES\n");
    return 2;
  }
  ClassicRecipe recipe;
  cv::VideoCapture video;
  if (what == "video" && !video.open(argv[2])) throw std::runtime_error("cannot open the clip");
  const int most = what == "video" ? std::stoi(argv[3]) : argc - 2;
  int pictures = 0, faces = 0;
  double processor = 0, seconds = 0;
  const auto one = [&](bool counts) {
    const double cpu = processor_seconds();
    const auto begin = std::chrono::steady_clock::now();
    cv::Mat picture;
    if (what == "photo") picture = cv::imread(argv[2 + pictures]);
    if (what == "video") video.read(picture);
    if (picture.empty()) return false;
    const int found = recipe.faces_in(picture);
    if (!counts) return true;
    faces += found;
    processor += processor_seconds() - cpu;
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    ++pictures;
    return true;
  };
  one(false);  // loads what is loaded late
  while (pictures < most && one(true)) {
  }
  if (pictures == 0) throw std::runtime_error("no picture could be read");
  fmt::print("{:.1f} {:.1f} {}\n", 1000 * seconds / pictures, 1000 * processor / pictures, faces);
} catch (const std::exception& e) {
  fmt::print(stderr, "faceatt-bench-classic: {}\n", e.what());
  return 4;
}
