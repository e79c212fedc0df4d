#include "watch_request.hpp"

#include <algorithm>
#include <cstddef>

#include "faceatt/core/parallel.hpp"

namespace faceatt {
namespace {

constexpr double kUsualVideoRate = 30;
constexpr std::size_t kMostThreads = 4;  // the networks are too small for more

int threads_of(const cli::Tool& tool) {
  const auto threads = static_cast<int>(tool.settings.number("threads"));
  return threads > 0 ? threads : static_cast<int>(std::min(core_count(), kMostThreads));
}

}  // namespace

bool keeps_strangers(const cli::Tool& tool) { return !tool.settings.text("strangers").empty() && !tool.dry_run; }

WatchOptions watch_options(const cli::Tool& tool, const WatchRequest& request, bool is_live) {
  WatchOptions options;
  options.threads = threads_of(tool);
  options.follow.threads = options.threads;
  options.follow.is_live = is_live;
  if (request.has_several()) {  // they share the time for what costs most
    options.follow.company_seconds *= 2;
    options.follow.full_seconds *= 2;
  }
  if (request.pictures.any()) {  // boxes are to lie on their faces
    options.follow.moving_seconds = 0.07;
    options.follow.relaxed_sizes = 0.1F;
  }
  options.keep_strangers = keeps_strangers(tool);
  return options;
}

PictureOptions picture_options(const cli::Tool& tool, const WatchRequest& request) {
  PictureOptions options = request.pictures;
  const double fps = tool.settings.number("fps");
  options.fps = fps >= 1 ? fps : kUsualVideoRate;
  return options;
}

WatchLimits::WatchLimits(const WatchRequest& request, const LocalTime& start) : max_frames_(request.max_frames) {
  if (!request.until.empty()) until_ = parse_until(request.until, start);
  if (!request.duration.empty()) duration_ = static_cast<double>(parse_duration(request.duration).count());
}

bool WatchLimits::are_reached(std::int64_t frames, double seconds, const LocalTime& now) const {
  if (max_frames_ > 0 && frames >= max_frames_) return true;
  if (duration_ && seconds >= *duration_) return true;
  return until_ && now.unix_seconds >= until_->unix_seconds;
}

}  // namespace faceatt
