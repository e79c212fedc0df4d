// Frames -> tracks -> identity and liveness of each, for one camera or clip.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/liveness/eyes.hpp"
#include "faceatt/liveness/loop.hpp"
#include "faceatt/liveness/passive.hpp"
#include "faceatt/liveness/verdict.hpp"
#include "faceatt/people/decide.hpp"
#include "faceatt/vision/encode.hpp"
#include "faceatt/vision/follow.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {

class Stages;

// What a watcher looks with. All must outlive it; several watchers may share them, in one thread.
struct WatchStages {
  Detector& detector;
  Encoder& encoder;
  // Asked for when the liveness mode wants them.
  std::function<EyeReader&()> eyes;
  std::function<PassiveReader&()> passive;
};

// Of `stages`, which must outlive it; networks of liveness are loaded when they are asked for.
WatchStages watch_stages(Stages& stages);

struct WatchOptions {
  MatchRule rule;
  LivenessMode liveness = LivenessMode::kBoth;
  VoteOptions votes;
  FollowOptions follow;
  // Between two encodings of a track that is undecided, or in doubt; after `quick_votes` of them, fewer of somebody who
  // is like nobody, each pause is twice the one before. Once it is decided: is it still the same face?
  double encode_seconds = 0.15;
  double poor_seconds = 0.4;  // of a poor view: a clearly better one is taken at once
  int quick_votes = 8, stranger_votes = 1;
  double decided_seconds = 1.0;
  double marked_seconds = 10;   // of who was recognised: when the face changes, that is noticed at once
  double longest_seconds = 30;  // of a stranger: a better view is taken at once
  // Between two looks whether the face is a picture: the first few of somebody who is recognised already, and waits,
  // and of others; then as long as it is open; then of who stays.
  double passive_first_seconds = 0.13, passive_others_seconds = 0.3;
  double passive_seconds = 0.5, passive_longest_seconds = 4.0;
  double eye_seconds = 0.039;  // between two looks at open eyes: 15 a second of 30 frames
  int threads = 1;             // of the processor, for what takes long: encodings, full looks
  double same_face = 0.25;     // least similarity of two encodings of one track; below, another face took its place
  double proven_face = 0.42;   // similarity that proves a face to be the same after a doubt
  double most_doubt_seconds = 0.4;  // that a face which looks otherwise may go on with the track unproven
  double resume_seconds = 2.0;      // a face that comes back so soon after its track ended goes on with it
  double visit_seconds = 300;       // a stranger seen again within this time is the same visit
  bool keep_strangers = false;      // keep a picture of the best view of each stranger
};

struct WatchEvent {
  enum class Kind {
    kRecognised,  // identity decided and liveness live (or off): mark now; once per track
    kPrompt,      // in mode challenge somebody who is recognised is asked for something: LivenessResult::reason
    kSpoof,       // a presentation attack, as soon as that is sure; once per track
    kAmbiguous,   // at the end of a track that stayed between two people
    kUnknown,     // at the end of a track of nobody we know
    kTrackEnd,    // the summary of every track
  };
  Kind kind = Kind::kTrackEnd;
  int track = 0;
  double seconds = 0;                    // of the frame
  double since = 0;                      // seconds since the face was seen first; at the end how long it was there
  std::optional<Votes::Tally> identity;  // decided; for others the nearest person stands in `nearest`
  std::optional<Votes::Tally> nearest;
  LivenessResult liveness;
  int blinks = 0;
  int frames = 0;
  bool outsider = false;  // of kUnknown: enrolled, but not of the group asked for
  // Of kUnknown, when pictures are kept and this is not a visit that was told already.
  std::string picture;  // JPEG bytes of the best view
  Encoding encoding;    // and its encoding
  int quality = 0;      // percent
};

// A face in the picture now, for whoever draws it.
struct WatchedFace {
  int track = 0;
  Box box;
  std::optional<Votes::Tally> identity, nearest;
  bool recognised = false;  // kRecognised was told
  bool ambiguous = false;
  int judged = 0;  // frames in which the identity was looked at
  LivenessResult liveness;
};

class Watcher {
 public:
  using Sink = std::function<void(const WatchEvent&)>;

  // The gallery must outlive the watcher.
  Watcher(WatchStages stages, const Gallery& gallery, const WatchOptions& options);
  ~Watcher();

  void process(const Frame& frame, const Sink& sink);
  // The source has ended or the camera is lost: all tracks end.
  void finish(const Sink& sink);
  // Another gallery from now on (photos were added or removed): who is undecided is looked at anew.
  void use(const Gallery& gallery);
  // Other thresholds and another liveness mode from now on; when they are others, as use(gallery). Throws what loading
  // a network throws, and then nothing has changed.
  void use(const MatchRule& rule, LivenessMode liveness);

  // Who is in the picture now.
  std::vector<WatchedFace> watched() const;

  struct Work {
    Follower::Looks looks;
    int encodings = 0;
  };
  Work work() const;

 private:
  struct Visit;
  Visit& visit_of(int track);
  void look(const Frame& frame, const FollowedFace& seen);
  void identify(const Frame& frame, const FollowedFace& seen);
  double seconds_until_next(const Visit& visit) const;
  bool read_eyes(const Frame& frame, const Face& face, Visit& visit) const;
  void challenge(const Frame& frame, const Face& face, bool reads_eyes, Visit& visit) const;
  void look_for_picture(const Frame& frame, const Face& face, Visit& visit) const;
  void load_networks(LivenessMode liveness) const;
  void leave_unproven();
  void settle_doubt(int track, const Encoding& encoding);
  void replace(int track);
  bool take_back(int track, const Encoding& encoding, float least);
  LivenessResult liveness_of(const Visit& visit) const;
  WatchEvent summary(const Visit& visit) const;
  void end(const Visit& visit, const Sink& sink);
  bool seen_lately(const Visit& visit);

  WatchStages stages_;
  const Gallery* gallery_;
  WatchOptions options_;
  Follower follower_;
  RecentFrames recent_;
  std::map<int, Visit> visits_;  // by track of the follower
  std::vector<Visit> left_;      // their faces may come back
  struct Stranger {
    Encoding encoding;
    double seen;
  };
  std::vector<Stranger> strangers_;  // of this visit time
  double seconds_ = 0;
  int next_number_ = 1;
  int encodings_ = 0;
};

}  // namespace faceatt
