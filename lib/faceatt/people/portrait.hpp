// A photo of one person -> the encoding that stands for them.
#pragma once

#include <cstddef>
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
  // JPEG that is to be stored in place of the photo, because a face was chosen that does not stand out in it: that face
  // cut out. Encoding and quality are those of this picture. Else empty.
  std::string picture;

  bool usable() const { return problem.empty(); }
};

// Reads a photo: its path, for messages, and the file's bytes. What is hashed and what is looked at are the same bytes,
// even while somebody replaces the file. The gallery takes a reader as a parameter, so that tests need no networks.
using PortraitReader = std::function<Portrait(const std::filesystem::path&, const std::string& bytes)>;

// Which face of a photo is meant.
struct FaceChoice {
  enum class Rule {
    kOnly,             // the one that stands out, see main_face()
    kLargest,          // by the area of its box
    kNearestToCentre,  // of the picture
    kNumber,           // as faceatt-mark-photo numbers them, see sort_in_reading_order()
  };
  Rule rule = Rule::kOnly;
  std::size_t number = 0;  // from 1, for kNumber
};

// "largest", "centre" or a number from 1. Throws UsageError for anything else.
FaceChoice parse_face_choice(const std::string& text);

// The face that a portrait is of: large and near the middle. Empty when there is none, or when another face comes close
// to it; `problem` then says so.
std::optional<Face> main_face(const std::vector<Face>& faces, int width, int height, std::string& problem);

// The face that is meant; empty, with a `problem`, when there is none.
std::optional<Face> choose_face(std::vector<Face> faces, int width, int height, const FaceChoice& choice,
                                std::string& problem);

// A face with some of its surroundings as a picture of its own.
struct Cutout {
  std::string jpeg;
  Frame frame;  // the JPEG decoded again
  Face face;    // in it
};

// Cuts a face out with a margin of its own size, or of less when neighbours are near, so that the main face of the
// result is this one: whoever reads it later needs not be told. Empty when that cannot be had.
std::optional<Cutout> cut_out(const Frame& frame, const Face& face, Detector& detector);

// Checks the quality of this face and encodes it.
Portrait portrait_of(const Frame& frame, const Face& face, Detector& detector, Encoder& encoder,
                     const QualityLimits& limits);

// Decodes, detects, chooses the face, and goes on as portrait_of(). A photo that cannot be used is a Portrait with a
// problem, not an exception.
Portrait read_portrait(const std::filesystem::path& photo, const std::string& bytes, Detector& detector,
                       Encoder& encoder, const QualityLimits& limits, const FaceChoice& choice = {});

}  // namespace faceatt
