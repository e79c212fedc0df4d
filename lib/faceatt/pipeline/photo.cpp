#include "faceatt/pipeline/photo.hpp"

#include <map>

namespace faceatt {

const char* name_of(FaceVerdict verdict) {
  switch (verdict) {
    case FaceVerdict::kMatch:
      return "match";
    case FaceVerdict::kAmbiguous:
      return "ambiguous";
    case FaceVerdict::kLowQuality:
      return "low_quality";
    case FaceVerdict::kUnknown:
      break;
  }
  return "unknown";
}

std::vector<RecognisedFace> recognise_photo(const Frame& frame, Detector& detector, Encoder& encoder,
                                            const Gallery& gallery, const MatchRule& rule) {
  std::vector<Face> faces = detector.detect(frame);
  sort_in_reading_order(faces);

  std::vector<RecognisedFace> recognised;
  std::map<const Person*, std::size_t> seat;  // of each person named, their face
  for (const Face& face : faces) {
    RecognisedFace result;
    result.face = face;
    result.quality = measure_quality(frame, face);
    result.match = match(gallery, encoder.encode(frame, detector.refine(frame, face)), rule);
    if (quality_problem(result.quality, kProbeLimits)) {
      result.verdict = FaceVerdict::kLowQuality;
    } else if (result.match.verdict == MatchVerdict::kAmbiguous) {
      result.verdict = FaceVerdict::kAmbiguous;
    } else if (result.match.verdict == MatchVerdict::kMatch) {
      result.verdict = FaceVerdict::kMatch;
      const auto [other, is_first] = seat.try_emplace(result.match.best->person, recognised.size());
      if (!is_first) {
        RecognisedFace& rival = recognised[other->second];
        const bool better = result.match.best->score > rival.match.best->score;
        (better ? rival : result).verdict = FaceVerdict::kUnknown;
        if (better) other->second = recognised.size();
      }
    }
    recognised.push_back(std::move(result));
  }
  return recognised;
}

}  // namespace faceatt
