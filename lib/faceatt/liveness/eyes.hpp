// How open the eyes of a face are.
#pragma once

#include <memory>
#include <optional>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

struct EyeState {
  float left = 0, right = 0;  // 0 closed .. 1 open, as seen in the picture

  float openness() const { return (left + right) / 2; }
};

class EyeReader {
 public:
  // Open Model Zoo's open-closed-eye-0001 (32x32 crop of each eye) or a network with the same input and output.
  // Throws Error(kCannotRun) when it cannot be loaded.
  static std::unique_ptr<EyeReader> create(const Model& model);

  virtual ~EyeReader() = default;

  // Empty when the face is too small or too much turned for its eyes to be read.
  virtual std::optional<EyeState> read(const Frame& frame, const Face& face) = 0;
};

}  // namespace faceatt
