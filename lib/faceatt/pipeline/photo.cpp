#include "faceatt/pipeline/photo.hpp"

namespace faceatt {

namespace {

FaceVerdict verdict_of(MatchVerdict verdict) {
  switch (verdict) {
    case MatchVerdict::kMatch:
      return FaceVerdict::kMatch;
    case MatchVerdict::kAmbiguous:
      return FaceVerdict::kAmbiguous;
    case MatchVerdict::kUnknown:
      break;
  }
  return FaceVerdict::kUnknown;
}

// The picture's edge cuts it.
bool is_cut(const Frame& frame, const Box& box) {
  return box.x < 1 || box.y < 1 || box.x + box.width > static_cast<float>(frame.image.cols - 1) ||
         box.y + box.height > static_cast<float>(frame.image.rows - 1);
}

}  // namespace

const char* name_of(FaceVerdict verdict) {
  switch (verdict) {
    case FaceVerdict::kMatch:
      return "match";
    case FaceVerdict::kAmbiguous:
      return "ambiguous";
    case FaceVerdict::kLowQuality:
      return "low_quality";
    case FaceVerdict::kSpoof:
      return "spoof";
    case FaceVerdict::kUnknown:
      break;
  }
  return "unknown";
}

std::vector<RecognisedFace> recognise_photo(const Frame& frame, Detector& detector, Encoder& encoder,
                                            const Gallery& gallery, const MatchRule& rule, PassiveReader* passive) {
  std::vector<Face> faces = detector.detect(frame);
  sort_in_reading_order(faces);

  std::vector<RecognisedFace> recognised;
  std::vector<Encoding> probes;
  std::vector<std::size_t> judged;  // the face that each probe is of
  std::vector<bool> is_part;        // likewise
  for (const Face& face : faces) {
    RecognisedFace result;
    result.face = face;
    result.quality = measure_quality(frame, face);
    Encoding encoding = encoder.encode(frame, detector.refine(frame, face));
    if (passive != nullptr) result.liveness = judge_still(passive->look(frame, face));
    const bool is_spoof = result.liveness.verdict == LivenessVerdict::kSpoof;
    if (is_spoof || quality_problem(result.quality, kProbeLimits)) {  // it takes nobody's place
      result.match = match(gallery, encoding, rule);
      result.verdict = is_spoof ? FaceVerdict::kSpoof : FaceVerdict::kLowQuality;
    } else {
      judged.push_back(recognised.size());
      is_part.push_back(is_cut(frame, face.box));
      probes.push_back(std::move(encoding));
    }
    recognised.push_back(std::move(result));
  }
  auto matches = match_photo(gallery, probes, rule, is_part);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    RecognisedFace& result = recognised[judged[i]];
    result.match = std::move(matches[i]);
    result.verdict = verdict_of(result.match.verdict);
  }
  return recognised;
}

}  // namespace faceatt
