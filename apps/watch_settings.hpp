// The settings that may change while faceatt-watch runs: whom it names, when a face is live, how long pictures are
// kept.
#pragma once

#include <functional>

#include "cli/tool.hpp"
#include "faceatt/liveness/verdict.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

class WatchedSettings {
 public:
  // `encoder` must outlive it. Throws UsageError.
  WatchedSettings(cli::Tool& tool, const Model& encoder);

  const MatchRule& rule() const { return rule_; }
  LivenessMode liveness() const { return liveness_; }

  // Reads the settings again and says what changed, and what would only after a new start. `apply` makes use of rule
  // and liveness. When a value is wrong or `apply` throws, that is a warning and all settings stay as they were.
  void read_again(const std::function<void(const MatchRule&, LivenessMode)>& apply);

 private:
  MatchRule read_rule() const;
  LivenessMode read_liveness() const;

  cli::Tool& tool_;
  const Model& encoder_;
  MatchRule rule_;
  LivenessMode liveness_;
};

}  // namespace faceatt
