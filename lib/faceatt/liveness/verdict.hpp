// live | spoof | unsure, in the sense of ISO/IEC 30107: is this a bona fide presentation?
#pragma once

#include <string>

namespace faceatt {

enum class LivenessMode { kOff, kBlink };

enum class LivenessVerdict { kOff, kLive, kSpoof, kUnsure };

const char* name_of(LivenessVerdict verdict);
LivenessMode parse_liveness_mode(const std::string& name);  // throws UsageError

struct LivenessResult {
  LivenessVerdict verdict = LivenessVerdict::kOff;
  double score = 0;     // 0 attack .. 1 live
  std::string reason;   // what was seen or is missing, for people
  std::string request;  // what the person can do about it, "blink please"; empty when nothing is missing
};

// What the eyes of one track say. A blink makes it live; no blink is no proof of anything, so the answer is then
// `unsure`. `readable_seconds` is how long the eyes could be read, `rate` how many times a second.
LivenessResult judge_blinks(int blinks, double readable_seconds, double rate);

}  // namespace faceatt
