// Frames -> tracks -> identity and liveness of each, for a camera or a clip.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/liveness/blink.hpp"
#include "faceatt/liveness/verdict.hpp"
#include "faceatt/people/decide.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/quality.hpp"
#include "faceatt/vision/track.hpp"

namespace faceatt {

struct WatchOptions {
  MatchRule rule;
  LivenessMode liveness = LivenessMode::kBlink;
  VoteOptions votes;
  double encode_seconds = 0.15;  // between two encodings of a track that is still undecided
  double recheck_seconds = 1.0;  // of one that is decided: is it still the same face?
  double same_face = 0.25;       // least similarity of two encodings of one track; below, another face took its place
  double visit_seconds = 300;    // a stranger seen again within this time is the same visit
  bool keep_strangers = false;   // keep a picture of the best view of each stranger
};

struct WatchEvent {
  enum class Kind {
    kRecognised,  // identity decided and liveness live (or off): mark now; once per track
    kAmbiguous,   // at the end of a track that stayed between two people
    kUnknown,     // at the end of a track of nobody we know
    kTrackEnd,    // the summary of every track
  };
  Kind kind = Kind::kTrackEnd;
  int track = 0;
  double seconds = 0;                    // of the frame
  std::optional<Votes::Tally> identity;  // decided; for others the nearest person stands in `nearest`
  std::optional<Votes::Tally> nearest;
  LivenessResult liveness;
  int blinks = 0;
  int frames = 0;
  std::string picture;    // JPEG bytes of a stranger's best view; empty when none is kept
  bool outsider = false;  // of kUnknown: enrolled, but not of the group asked for
};

class Watcher {
 public:
  using Sink = std::function<void(const WatchEvent&)>;

  // The stages and the gallery must outlive the watcher. The eye network is loaded unless liveness is off.
  Watcher(Stages& stages, const Gallery& gallery, const WatchOptions& options);
  ~Watcher();

  void process(const Frame& frame, const Sink& sink);
  // The source has ended: all tracks end.
  void finish(const Sink& sink);
  // Another gallery from now on (photos were added or removed).
  void use(const Gallery& gallery) { gallery_ = &gallery; }

 private:
  struct Visit;
  void look(const Frame& frame, const Face& face, Visit& visit);
  void identify(const Frame& frame, const Face& face, const Quality& quality, Visit& visit);
  LivenessResult liveness_of(const Visit& visit) const;
  WatchEvent summary(int track, const Visit& visit) const;
  void end(int track, const Sink& sink);
  bool seen_lately(const Visit& visit);

  Stages& stages_;
  const Gallery* gallery_;
  WatchOptions options_;
  Tracker tracker_;
  std::map<int, Visit> visits_;  // by track
  struct Stranger {
    Encoding encoding;
    double seen;
  };
  std::vector<Stranger> strangers_;  // of this visit time
  double seconds_ = 0;
};

}  // namespace faceatt
