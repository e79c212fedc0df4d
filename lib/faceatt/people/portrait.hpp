// A photo of one person -> the encoding that stands for them.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/vision/detect.hpp"
#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {

struct Portrait {
  std::string problem;   // why the photo cannot be used; empty when it can
  Encoding encoding;     // empty when it cannot
  int quality = 0;       // Quality::percent()
  bool readable = true;  // false: the file itself is the problem, not the face

  bool usable() const { return problem.empty(); }
};

// Reads a photo file. The gallery takes one as a parameter, so that tests need no networks.
using PortraitReader = std::function<Portrait(const std::filesystem::path&)>;

// The face that a portrait is of: large and near the middle. Empty when there is none, or when another face comes close
// to it; `problem` then says so.
std::optional<Face> main_face(const std::vector<Face>& faces, int width, int height, std::string& problem);

// Reads, detects, checks the quality, encodes. A photo that cannot be used is a Portrait with a problem, not an
// exception.
Portrait read_portrait(const std::filesystem::path& photo, Detector& detector, Encoder& encoder,
                       const QualityLimits& limits);

}  // namespace faceatt
