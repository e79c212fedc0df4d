// What a session of faceatt-watch is asked for: the command line, with the settings, -> how sources are looked at, and
// when it is over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/core/privileges.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "watch_pictures.hpp"

namespace faceatt {

// What the command line says beside the settings.
struct WatchRequest {
  std::vector<SourceSpec> sources;
  std::string until, duration;  // as parse_until() and parse_duration() read them; empty: no end
  std::int64_t max_frames = 0;  // of all sources together; 0: no end
  PictureOptions pictures;
  std::optional<OtherUser> user;  // who goes on once the sources are open

  bool has_several() const { return sources.size() > 1; }
};

bool keeps_strangers(const cli::Tool& tool);

// Whom it names and when it takes a face for live is not in here: that may change while it runs.
WatchOptions watch_options(const cli::Tool& tool, const WatchRequest& request, bool is_live);

// With the frame rate of a video.
PictureOptions picture_options(const cli::Tool& tool, const WatchRequest& request);

// The end that was asked for.
class WatchLimits {
 public:
  // Throws UsageError when `until` or `duration` cannot be read. `start`: now.
  WatchLimits(const WatchRequest& request, const LocalTime& start);

  // `frames` of all sources, `seconds` from the first frame to the latest, at the time of `now`.
  bool are_reached(std::int64_t frames, double seconds, const LocalTime& now) const;

 private:
  std::int64_t max_frames_;         // 0: none
  std::optional<double> duration_;  // seconds
  std::optional<LocalTime> until_;
};

}  // namespace faceatt
