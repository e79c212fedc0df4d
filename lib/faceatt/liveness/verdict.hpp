// live | spoof | unsure, in the sense of ISO/IEC 30107: is this a bona fide presentation?
#pragma once

#include <optional>
#include <string>

#include "faceatt/liveness/passive.hpp"

namespace faceatt {

// What has to be shown: nothing, a blink, a face that does not look like a picture, both of them, or such a face that
// does what it is asked to.
enum class LivenessMode { kOff, kBlink, kPassive, kBoth, kChallenge };

enum class LivenessVerdict { kOff, kLive, kSpoof, kUnsure };

const char* name_of(LivenessVerdict verdict);
LivenessMode parse_liveness_mode(const std::string& name);  // off, blink, ...; throws UsageError

inline bool wants_eyes(LivenessMode mode) { return mode != LivenessMode::kOff && mode != LivenessMode::kPassive; }
inline bool wants_passive(LivenessMode mode) { return mode != LivenessMode::kOff && mode != LivenessMode::kBlink; }

struct LivenessResult {
  LivenessVerdict verdict = LivenessVerdict::kOff;
  double score = 0;     // 0 attack .. 1 live
  std::string reason;   // what was seen or is missing, for people
  std::string request;  // what the person can do about it, "blink please"; empty when nothing is missing
};

// What was seen of one face's stay.
struct LivenessEvidence {
  int blinks = 0;
  double readable_seconds = 0;    // how long the eyes could be read
  double rate = 0;                // and how many times a second
  std::optional<double> passive;  // PassiveHistory::live()
  int passive_looks = 0;
  double pattern = 0;                                  // PassiveHistory::pattern()
  PassiveProblem problem = PassiveProblem::kTooSmall;  // why there is none
  double repeated_seconds = 0;                         // LoopCounter::repeated_seconds()
  bool passed_challenge = false;                       // Challenge::passed()
  std::string prompt{};                                // what it is asked now, of the challenge
  std::string failure{};                               // Challenge::failure()
};

// From here on it is live, up to there it is an attack; probabilities of PassiveReader. See docs/liveness.md.
constexpr double kPassiveLive = 0.7, kPassiveSpoof = 0.3;
// In a video, to call it anything, and to call it live: each network and its mirror image once, twice.
constexpr int kLeastPassiveLooks = 4, kLeastLiveLooks = 8;
// Of screen_pattern(), from here on it is a screen: the mean of a track's looks, one still picture.
constexpr double kScreenPattern = 3.7, kScreenPatternStill = 4.3;

// No blink, and no answer to a challenge, is no proof of anything, so the answer is then `unsure`; only the look of the
// face says `spoof`, and in modes both and challenge it takes both to say `live`.
LivenessResult judge_liveness(const LivenessEvidence& evidence, LivenessMode mode);

// One still picture of a face.
LivenessResult judge_still(const PassiveLook& look);

}  // namespace faceatt
