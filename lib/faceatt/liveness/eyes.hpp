// How open the eyes of a face are.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

struct EyeState {
  float left = 0, right = 0;  // 0 closed .. 1 open, as seen in the picture

  // Grey pictures of both eyes, 40x40, level and at the same size whatever the face's: EyeMemory compares them.
  std::vector<float> left_patch, right_patch;

  // The mean of both; a wink closes one, so the more open one counts for more when they differ by much.
  float openness() const { return std::max((left + right) / 2, std::max(left, right) - 0.35F); }
};

// What the open eyes of one track looked like lately. The network calls the eyes of a moved photo closed now and then,
// but a lid that comes down changes the picture of the eye and a moved photo does not.
class EyeMemory {
 public:
  // How much these eyes look like the open ones remembered, 0..1: the highest normalised correlation over shifts of up
  // to a few pixels, mean of both eyes. 1 while nothing is remembered. Measured: blinks 0.63 to 0.96, photos that are
  // moved 0.97 to 1.
  float likeness(const EyeState& eyes) const;
  // Remembers these eyes when they are open.
  void remember(double seconds, const EyeState& eyes);

 private:
  struct View {
    double seconds;
    std::vector<float> left, right;
  };
  std::deque<View> views_;
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
