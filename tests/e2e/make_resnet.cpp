// Writes a file like dlib_face_recognition_resnet_model_v1.dat, with random weights, so that it checks the network in
// encode_dlib.cpp.
// usage: faceatt-make-resnet FILE
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "../resnet29.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: faceatt-make-resnet FILE\n", stderr);
    return 2;
  }
  try {
    std::srand(1);  // what dlib seeds each layer from
    faceatt::resnet29::Network network;
    dlib::matrix<dlib::rgb_pixel> chip(150, 150);
    dlib::assign_all_pixels(chip, dlib::rgb_pixel(90, 110, 130));
    network(chip);  // the first picture makes the weights
    network.clean();
    dlib::serialize(argv[1]) << network;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "faceatt-make-resnet: %s\n", e.what());
    return 1;
  }
  return 0;
}
