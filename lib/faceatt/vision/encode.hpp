// Stage: face -> encoding, a unit vector whose dot product with another is the similarity of the two faces (cosine,
// -1..1).
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

using Encoding = std::vector<float>;  // length Encoder::dimension(), L2 norm 1

class Encoder {
 public:
  // Loads the network that `model` describes. Throws Error(kCannotRun) when the file is missing, is not the one that
  // models.toml names (SHA-256) or cannot be read by the backend.
  static std::unique_ptr<Encoder> create(const Model& model);

  virtual ~Encoder() = default;

  // Aligns the face by its landmarks, runs the network and normalises. Not thread-safe: one Encoder per thread.
  virtual Encoding encode(const Frame& frame, const Face& face) = 0;
  // The same without the mirror image, where the model wants that added: a little less exact, in half the time. Best
  // given two faces at a time.
  virtual std::vector<Encoding> encode_quickly(const Frame& frame, std::span<const Face> faces);
  virtual int dimension() const = 0;
};

// Cosine similarity of two encodings of one encoder, -1..1. Of different lengths: the common part is compared.
float similarity(const Encoding& a, const Encoding& b);

// Scales to L2 norm 1. A zero or non-finite vector becomes all zeros, which is similar (0) to nothing.
void normalise(Encoding& encoding);

}  // namespace faceatt
