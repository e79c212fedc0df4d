#include "faceatt/pipeline/photo.hpp"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>

#include "faceatt/core/parallel.hpp"

namespace faceatt {

namespace {

constexpr double kFarAbove = 0.1;  // threshold and margin, in cosine: more than a closer look takes away
// Small faces are not recognised well, but strangers are not named more often for it: of LFW shrunk to faces of 16
// pixels (7 between the eyes) 0.6 % of 12, of 30 pixels 0.9 %, while 49 and 94 % of those enrolled are found.
constexpr QualityLimits kPhotoLimits{5,
                                     kProbeLimits.min_sharpness,
                                     kProbeLimits.min_brightness,
                                     kProbeLimits.max_brightness,
                                     kProbeLimits.max_yaw,
                                     kProbeLimits.max_occlusion};
constexpr std::size_t kFacesAtOnce = 2;
constexpr std::size_t kFewFaces = 5;  // looked at as in enrolment: an enrolled photo is like itself

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

bool is_spoof(const SeenFace& face) { return face.liveness.verdict == LivenessVerdict::kSpoof; }

// The others take nobody's place.
bool takes_part(const SeenFace& face) { return !is_spoof(face) && !quality_problem(face.quality, kPhotoLimits); }

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

struct PhotoReader::Networks {
  std::unique_ptr<Detector> detector;  // for the landmarks
  std::unique_ptr<Encoder> encoder;
  std::unique_ptr<PassiveReader> passive;
};

PhotoReader::PhotoReader(const Stages& stages, const Options& options)
    : stages_(stages),
      options_(options),
      detector_(stages.make_photo_detector()),
      networks_(std::max<std::size_t>(1, options.threads)) {}

PhotoReader::~PhotoReader() = default;

std::unique_ptr<PhotoReader::Networks> PhotoReader::make_networks() const {
  return std::make_unique<Networks>(Networks{stages_.make_photo_detector(), stages_.make_encoder(),
                                             options_.judges_liveness ? stages_.make_passive() : nullptr});
}

std::vector<SeenFace> PhotoReader::look_at(const Frame& frame, std::span<const Face> faces, bool is_crowd,
                                           Networks& own) const {
  std::vector<Encoding> quick;
  if (is_crowd && options_.is_clear) quick = own.encoder->encode_quickly(frame, faces);
  std::vector<SeenFace> seen;
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const Face& face = faces[i];
    SeenFace& result = seen.emplace_back();
    result.face = face;
    result.quality = measure_quality(frame, face);
    if (!quick.empty() && options_.is_clear(quick[i])) {
      result.encoding = quick[i];
    } else {
      result.encoding = own.encoder->encode(
          frame, is_crowd ? own.detector->refine_closely(frame, face) : own.detector->refine(frame, face));
    }
    if (own.passive) result.liveness = judge_still(own.passive->look(frame, face));
    result.is_cut = is_cut(frame, face.box);
  }
  return seen;
}

std::vector<SeenFace> PhotoReader::look(const Frame& frame) {
  std::vector<Face> faces = detector_->detect(frame);
  sort_in_reading_order(faces);

  using Faces = std::span<const Face>;
  using Work = OrderedWork<Faces, std::vector<SeenFace>>;
  std::vector<SeenFace> seen;
  Faces coming = faces;
  const bool is_crowd = faces.size() > kFewFaces;
  std::atomic<std::size_t> worker{0};
  const std::size_t threads = std::min(networks_.size(), faces.size());
  Work::run(
      threads,
      [&]() -> std::optional<Faces> {
        if (coming.empty()) return std::nullopt;
        const Faces next = coming.first(std::min(kFacesAtOnce, coming.size()));
        coming = coming.subspan(next.size());
        return next;
      },
      [&]() -> Work::Worker {
        auto& networks = networks_[worker++];
        if (!networks) networks = make_networks();
        return [&, this, &own = *networks](const Faces& some) { return look_at(frame, some, is_crowd, own); };
      },
      [&](const Faces&, std::vector<SeenFace>&& some) {
        seen.insert(seen.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
      });
  return seen;
}

bool is_clear_match(const Gallery& gallery, const MatchRule& rule, const Encoding& encoding) {
  const MatchRule by_far{rule.threshold + kFarAbove, rule.margin + kFarAbove};
  return match(gallery, encoding, by_far).verdict == MatchVerdict::kMatch;
}

std::vector<RecognisedFace> recognise(const Gallery& gallery, const MatchRule& rule, std::span<const SeenFace> faces) {
  std::vector<RecognisedFace> recognised;
  std::vector<Encoding> probes;
  std::vector<std::size_t> judged;  // the face that each probe is of
  std::vector<bool> is_part;        // likewise
  for (const SeenFace& seen : faces) {
    RecognisedFace result{seen.face, seen.quality, {}, FaceVerdict::kUnknown, seen.liveness};
    if (takes_part(seen)) {
      judged.push_back(recognised.size());
      is_part.push_back(seen.is_cut);
      probes.push_back(seen.encoding);
    } else {
      result.match = match(gallery, seen.encoding, rule);
      result.verdict = is_spoof(seen) ? FaceVerdict::kSpoof : FaceVerdict::kLowQuality;
    }
    recognised.push_back(std::move(result));
  }
  auto matches = match_photo(gallery, probes, rule, is_part);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    RecognisedFace& result = recognised[judged[i]];
    result.match = matches[i];
    result.verdict = verdict_of(result.match.verdict);
  }
  return recognised;
}

void merge_views(std::span<std::vector<SeenFace>> photos, double alike) {
  struct View {
    std::size_t photo;
    SeenFace* face;
    std::size_t person;  // number of the group that it is in
  };
  std::vector<View> views;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    for (SeenFace& face : photos[i]) {
      if (takes_part(face)) views.push_back({i, &face, views.size()});
    }
  }
  struct Pair {
    float score;
    std::size_t a, b;
  };
  std::vector<Pair> pairs;
  for (std::size_t a = 0; a < views.size(); ++a) {
    for (std::size_t b = a + 1; b < views.size(); ++b) {
      const float score = similarity(views[a].face->encoding, views[b].face->encoding);
      if (views[a].photo != views[b].photo && score >= alike) pairs.push_back({score, a, b});
    }
  }
  // The most alike first; nobody is twice in one photo.
  std::sort(pairs.begin(), pairs.end(), [](const Pair& p, const Pair& q) { return p.score > q.score; });
  std::vector<std::vector<std::size_t>> people(views.size());
  for (std::size_t i = 0; i < views.size(); ++i) people[i] = {i};
  for (const Pair& pair : pairs) {
    auto &one = people[views[pair.a].person], &other = people[views[pair.b].person];
    const bool meet = std::any_of(one.begin(), one.end(), [&](std::size_t i) {
      return std::any_of(other.begin(), other.end(), [&](std::size_t k) { return views[i].photo == views[k].photo; });
    });
    if (meet) continue;  // the same group already, or two faces of one photo
    for (const std::size_t i : other) views[i].person = views[pair.a].person;
    one.insert(one.end(), other.begin(), other.end());
    other.clear();
  }
  for (const auto& person : people) {
    if (person.size() < 2) continue;
    Encoding mean(views[person[0]].face->encoding.size());
    for (const std::size_t i : person) {
      const SeenFace& face = *views[i].face;
      const auto weight = static_cast<float>(std::max(1, face.quality.percent()));
      for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += weight * face.encoding[k];
    }
    normalise(mean);
    for (const std::size_t i : person) views[i].face->encoding = mean;
  }
}

}  // namespace faceatt
