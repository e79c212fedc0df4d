// Frame -> who is in it, for still pictures: one verdict per face.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "faceatt/liveness/verdict.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {

enum class FaceVerdict { kMatch, kAmbiguous, kUnknown, kLowQuality, kSpoof };

const char* name_of(FaceVerdict verdict);

// A face as the networks see it, before anybody asks whose it is.
struct SeenFace {
  Face face;
  Quality quality;
  Encoding encoding;
  LivenessResult liveness;
  bool is_cut = false;  // by the picture's edge
};

// Photo -> faces, in reading order.
class PhotoReader {
 public:
  struct Options {
    std::size_t threads = 1;       // that share out the faces of a photo, each with networks of its own
    bool judges_liveness = false;  // each face is looked at for signs of a picture of one
    // Where there are many faces, asked of a quick encoding of each, in any of the threads: true when it is so clear
    // whose it is that a closer look would not change it. Empty: each face is looked at closely, which takes three
    // times as long.
    std::function<bool(const Encoding&)> is_clear{};
  };
  // `stages` outlives it.
  PhotoReader(const Stages& stages, const Options& options);
  ~PhotoReader();

  // Not thread-safe: one reader for each thread that reads photos. Throws Error(kCannotRun) when a model cannot be
  // loaded, the first time.
  std::vector<SeenFace> look(const Frame& frame);

 private:
  struct Networks;
  std::unique_ptr<Networks> make_networks() const;
  std::vector<SeenFace> look_at(const Frame& frame, std::span<const Face> faces, bool is_crowd, Networks& own) const;

  const Stages& stages_;
  Options options_;
  std::unique_ptr<Detector> detector_;
  std::vector<std::unique_ptr<Networks>> networks_;  // one set for each thread, loaded there when first used
};

struct RecognisedFace {
  Face face;
  Quality quality;
  Match match;
  FaceVerdict verdict = FaceVerdict::kUnknown;
  LivenessResult liveness;
};

// Whether this quick encoding already names somebody, and by far.
bool is_clear_match(const Gallery& gallery, const MatchRule& rule, const Encoding& encoding);

// Whose the faces of one photo are, in the same order. A person is at most one of them, see match_photo(). A face too
// poor to judge is kLowQuality, never a name; a picture of a face is kSpoof, whoever it shows.
std::vector<RecognisedFace> recognise(const Gallery& gallery, const MatchRule& rule, std::span<const SeenFace> faces);

// Photos of the same people at the same time, before they are asked whose faces they are: faces of different photos
// that are `alike` (cosine) or more are one person's, and each gets the mean of their encodings, the better pictures
// counting more. What one photo leaves open is so decided by all of them. Faces too poor to judge are left as they are.
void merge_views(std::span<std::vector<SeenFace>> photos, double alike);

}  // namespace faceatt
