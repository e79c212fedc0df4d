// The loop of faceatt-watch: frames of one or several sources -> marks, pictures of strangers and events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/notify.hpp"
#include "faceatt/core/privileges.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "watch_events.hpp"
#include "watch_pictures.hpp"

namespace faceatt {

// What the command line says beside the settings.
struct WatchRequest {
  std::vector<SourceSpec> sources;
  std::string until, duration;  // as parse_until() and parse_duration() read them; empty: no end
  std::int64_t max_frames = 0;  // of all sources together; 0: no end
  PictureOptions pictures;
  std::optional<OtherUser> user;  // who goes on once the sources are open
};

// Until the clips are over, a limit is reached, a signal comes or the window is closed. Returns the exit code.
int run_watch(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request,
              ServiceNotifier& service);

}  // namespace faceatt
