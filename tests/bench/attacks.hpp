// Presentation attacks made from a live clip, for measuring: what a camera would see of the clip on paper or on a
// screen that somebody holds up, or gets instead of a camera's picture. Drawn, not filmed: easier to tell from life in
// some ways (the motion is smooth, paper is white) and harder in others (no real screen's glare). Real attacks count
// more; these are many and repeatable.
#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace faceatt::bench {

// A live recording, 8-bit BGR, and where the eyes are in each frame (empty rectangles where nobody knows).
struct Recording {
  std::vector<cv::Mat> frames;
  std::vector<cv::Rect> left_eyes, right_eyes;
  double fps = 30;
};

struct Species {
  const char* name;
  const char* what;
};
// print, bent print, print with the eyes cut out, screen, screen without its edge, frozen picture, loop.
const std::vector<Species>& all_species();

// Frames of 640x480, as many as the recording has. The same seed gives the same attack; seeds differ in size, motion,
// light, colours and what is behind.
std::vector<cv::Mat> present(const Recording& live, const std::string& species, std::uint32_t seed);

}  // namespace faceatt::bench
