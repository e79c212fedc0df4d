// Asking a person to do something that no recording knows of beforehand.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "faceatt/vision/pose.hpp"

namespace faceatt {

enum class Prompt { kTurnLeft, kTurnRight, kNod, kBlinkTwice };

// For people, "turn your head to your left".
const char* text_of(Prompt prompt);

struct ChallengeOptions {
  int steps = 3;                // prompts that have to be answered, one after the other, without a failure in between
  double limit_seconds = 5;     // to answer one, and to look straight ahead again after it
  double react_seconds = 0.2;   // an answer that was under way so soon was not one
  double settle_seconds = 0.5;  // looking straight ahead and still, before each prompt
  double hold_seconds = 0.1;    // a turn has to last
  double pause_seconds = 4;     // after a failure; twice as long after each further one
  double longest_pause_seconds = 60;
  float turn = 0.18F, nod = 0.09F;   // HeadPose away from straight ahead; prints held askew vary by 0.07 and 0.05
  float still = 0.08F;               // a head that varies by less looks straight ahead
  double longest_gap_seconds = 0.5;  // between two looks; a longer one is a failure
};

// Of one face. Prompts come in random order, none twice in a row; who turns the wrong way, turns or nods when
// asked for something else, or does nothing in time, starts again after a pause.
class Challenge {
 public:
  explicit Challenge(const ChallengeOptions& options = {}, std::uint32_t seed = std::random_device{}())
      : options_(options), random_(seed) {}

  // One look at the face; `seconds` must not go back. `blinks`: counted so far, empty while the eyes cannot be read:
  // then it is not asked to blink.
  void add(double seconds, const HeadPose& pose, std::optional<int> blinks);

  std::optional<Prompt> prompt() const { return prompt_; }  // what is asked now
  int prompts() const { return prompts_; }                  // asked so far; each is told once
  int done() const { return done_; }                        // answered since the last failure
  bool passed() const { return done_ >= options_.steps; }
  // "asked to 'nod', did nothing in 5 s"; empty before the first failure.
  const std::string& failure() const { return failure_; }

 private:
  struct Look {
    double seconds;
    HeadPose pose;
  };
  std::optional<HeadPose> resting() const;
  bool is_straight(const HeadPose& pose) const;
  void ask(double seconds, std::optional<int> blinks);
  void fail(double seconds, std::string what);
  enum class Answer { kNone, kRight, kWrong };
  Answer answer(double seconds, const HeadPose& pose, std::optional<int> blinks);

  ChallengeOptions options_;
  std::mt19937 random_;
  std::deque<Look> looks_;  // of the time in which it has to settle
  std::optional<Prompt> prompt_, previous_;
  double asked_ = 0, answered_ = 0;   // seconds
  double not_before_ = 0;             // seconds of the next prompt
  std::optional<HeadPose> straight_;  // before the first prompt since the last failure
  int blinks_ = 0;                    // counted then
  std::optional<double> away_since_;
  bool went_away_ = false;  // for a nod: down, and then back
  int prompts_ = 0, done_ = 0, failures_ = 0;
  std::string failure_;
};

}  // namespace faceatt
