// Frames of one person before a camera -> a few different good views of them, for enrolment.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "faceatt/people/portrait.hpp"

namespace faceatt {

// What the person should do next.
enum class Guidance {
  kNobody,
  kOnlyOne,       // several faces, none of which stands out
  kSomebodyElse,  // not the person of the views kept so far
  kComeCloser,
  kMoreLight,
  kLessLight,
  kHoldStill,
  kLookAtCamera,
  kShowFace,     // covered, or cut off by the edge of the picture
  kTurnALittle,  // good, but seen already
  kDone,
};

// "too small, come closer"
const char* text_of(Guidance guidance);

struct CaptureOptions {
  std::size_t count = 5;         // views wanted
  double same_person = 0.45;     // least similarity to the first view; the threshold of the encoder's level
  double same_view = 0.93;       // similarity from which two views of one pose are one; measured: median 0.95
  float pose_step = 0.15F;       // of Quality::yaw or pitch; a larger difference is another pose
  float frontal = 0.25F;         // most yaw of the first view
  double spacing_seconds = 0.3;  // between two views
};

class Capture {
 public:
  // `finder` looks at every frame, `reader` at what is cut out of the good ones: the people folder is read with it. All
  // must outlive the capture.
  Capture(Detector& finder, Detector& reader, Encoder& encoder, const CaptureOptions& options);

  // Frames in the order of their time.
  Guidance look(const Frame& frame);

  bool done() const { return views_.size() >= options_.count; }
  std::size_t kept() const { return views_.size(); }
  // What stood most often in the way of a view; empty when nothing did.
  std::optional<Guidance> main_obstacle() const;

  // The views in the order of their time, each fit for enrolment and with its `picture`: the face cut out at full
  // resolution with a margin of its own size. Encoding and quality are those of that JPEG.
  std::vector<Portrait> take();

 private:
  struct View {
    Portrait portrait;
    double seconds = 0;
    float yaw = 0, pitch = 0;
  };
  Guidance judge(const Frame& frame);
  Guidance look_again(const Frame& frame, const Face& face);
  Guidance keep(View view);
  bool is_same_view(const View& a, const View& b) const;

  Detector& finder_;
  Detector& reader_;
  Encoder& encoder_;
  CaptureOptions options_;
  std::vector<View> views_;
  Encoding first_;                             // stays the first view's, whatever replaces that
  std::optional<double> second_seconds_;       // when the last second look was
  Guidance second_look_ = Guidance::kNobody;   // and what it said
  std::map<Guidance, std::size_t> obstacles_;  // frames
};

}  // namespace faceatt
