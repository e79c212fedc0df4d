// Does a face in a frame look like one, or like a picture of one on paper or on a screen?
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "faceatt/vision/face.hpp"
#include "faceatt/vision/frame.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

// Why a face says nothing.
enum class PassiveProblem {
  kNone,
  kTooSmall,  // its box is less than 40 pixels wide
  kNoMargin,  // it fills the frame: paper and screens are told by what is round the face
};

struct PassiveLook {
  double log_odds = 0;  // of a live face, natural logarithm; when there is no problem
  double pattern = 0;   // screen_pattern()
  PassiveProblem problem = PassiveProblem::kNone;
};

class PassiveReader {
 public:
  // Networks that are used together, Silent-Face's MiniFASNet or others with its input (80x80 BGR 0..255, the face's
  // box widened Model::widen times) and output (three logits, the second is of a live face). Throws Error(kCannotRun)
  // when there is none, or when one cannot be loaded.
  static std::unique_ptr<PassiveReader> create(const std::vector<Model>& models);

  virtual ~PassiveReader() = default;

  // The mean of what all networks say of the face and of its mirror image, each at most 4.6 (99 %) either way. 8 ms.
  virtual PassiveLook look(const Frame& frame, const Face& face) = 0;
  // What one of them says, in turns: with `turn` 0, 1, 2 ... over a track they all have their say, a quarter of the
  // time each.
  virtual PassiveLook glance(const Frame& frame, const Face& face, int turn) = 0;
};

// The looks at one track.
class PassiveHistory {
 public:
  void add(double seconds, const PassiveLook& look);

  int looks() const { return looks_; }                 // that said something
  PassiveProblem problem() const { return problem_; }  // of the latest look
  double last_seconds() const { return last_; }        // of the latest look; far in the past before the first
  // Probability of a live face, from the mean log-odds of the latest looks; empty before the first.
  std::optional<double> live() const;
  // Mean screen_pattern() of the latest looks.
  double pattern() const;

 private:
  std::deque<PassiveLook> recent_;
  int looks_ = 0;
  PassiveProblem problem_ = PassiveProblem::kTooSmall;
  double last_ = -1e9;
};

double probability_of(double log_odds);

}  // namespace faceatt
