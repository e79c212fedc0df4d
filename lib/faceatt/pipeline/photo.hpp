// Frame -> who is in it, for a still picture: one verdict per face.
#pragma once

#include <vector>

#include "faceatt/liveness/verdict.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {

enum class FaceVerdict { kMatch, kAmbiguous, kUnknown, kLowQuality, kSpoof };

const char* name_of(FaceVerdict verdict);

struct RecognisedFace {
  Face face;
  Quality quality;
  Match match;
  FaceVerdict verdict = FaceVerdict::kUnknown;
  LivenessResult liveness;
};

// In reading order. A person is at most one face of a photo, see match_photo(). A face too poor to judge is
// kLowQuality, never a name. With `passive` given each face is looked at for signs of a picture of one: then it is
// kSpoof, whoever it shows.
std::vector<RecognisedFace> recognise_photo(const Frame& frame, Detector& detector, Encoder& encoder,
                                            const Gallery& gallery, const MatchRule& rule,
                                            PassiveReader* passive = nullptr);

}  // namespace faceatt
