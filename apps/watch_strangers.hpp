// What faceatt-watch keeps of people nobody knows: a picture of each visit, for as long as the settings say.
#pragma once

#include <chrono>
#include <string>

#include "cli/tool.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/people/strangers.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "watch_events.hpp"

namespace faceatt {

// A folder that cannot be written is one warning a visit, not the end of the session.
class StrangerBook {
 public:
  // Opens the folder of --strangers; removes what is over age, and who is enrolled by now. Throws UsageError when it is
  // the people folder, and as Strangers().
  StrangerBook(cli::Tool& tool, const Stages& stages, const Gallery& gallery, const MatchRule& rule);

  // The picture of a visit, unless it may be somebody enrolled; `details` learns the file and the group.
  void keep(const WatchEvent& event, const std::string& camera, const Gallery& gallery, EventDetails& details);
  // Pictures of people who were enrolled since.
  void forget_enrolled(const Gallery& gallery, const MatchRule& rule);
  // Once an hour; to be called often.
  void expire();
  // keep_days and keep_mb have changed.
  void use_settings();

 private:
  void expire_now();

  cli::Tool& tool_;
  Strangers strangers_;
  std::chrono::steady_clock::time_point expired_ = std::chrono::steady_clock::now();
};

}  // namespace faceatt
