// The loop of faceatt-watch: frames of one or several sources -> marks, pictures of strangers and events.
#pragma once

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/core/notify.hpp"
#include "watch_events.hpp"
#include "watch_request.hpp"

namespace faceatt {

// Until the clips are over, a limit is reached, a signal comes or the window is closed. Returns the exit code.
int run_watch(cli::Tool& tool, cli::Output& out, EventWriter& events, const WatchRequest& request,
              ServiceNotifier& service);

}  // namespace faceatt
