#include "watch_strangers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr auto kExpire = std::chrono::hours(1);  // between two looks at the age of pictures

int keep_days(const cli::Tool& tool) { return static_cast<int>(tool.settings.number("keep_days")); }
std::uint64_t most_bytes(const cli::Tool& tool) {
  return static_cast<std::uint64_t>(tool.settings.number("keep_mb")) << 20;
}

StrangersOptions options_of(const cli::Tool& tool, const Stages& stages, const MatchRule& rule) {
  const GalleryOptions of_gallery = stages.gallery_options(tool.db());
  const Model& model = stages.encoder_model();
  StrangersOptions options;
  options.fingerprint = of_gallery.fingerprint;
  options.dimension = of_gallery.dimension;
  options.same_person = match_rule(model, "normal", {}).threshold;
  options.enrolled = std::min(match_rule(model, "loose", {}).threshold, rule.threshold);
  options.seal = stages.seal();
  options.keep_days = keep_days(tool);
  options.most_bytes = most_bytes(tool);
  return options;
}

fs::path folder_of(const cli::Tool& tool) {
  fs::path folder = tool.settings.text("strangers");
  std::error_code ignored;
  if (fs::equivalent(folder, tool.db(), ignored)) {
    throw UsageError(folder.string() + ": is the people folder; name another one for --strangers");
  }
  return folder;
}

}  // namespace

StrangerBook::StrangerBook(cli::Tool& tool, const Stages& stages, const Gallery& gallery, const MatchRule& rule)
    : tool_(tool), strangers_(folder_of(tool), options_of(tool, stages, rule), tool.clock()()) {
  forget_enrolled(gallery, rule);
}

void StrangerBook::keep(const WatchEvent& event, const std::string& camera, const Gallery& gallery,
                        EventDetails& details) {
  if (event.picture.empty()) return;
  StrangerVisit visit;
  visit.time = details.time;
  visit.camera = camera;
  visit.track = event.track;
  visit.seconds = event.since;
  visit.frames = event.frames;
  visit.quality = event.quality;
  if (event.nearest) {
    visit.closest_id = event.nearest->id;
    visit.closest_score = event.nearest->best_score;
  }
  visit.encoding = event.encoding;
  try {
    const auto added = strangers_.add(visit, event.picture, gallery);
    if (added.enrolled) {
      tool_.detail(fmt::format("track {}: no picture is kept, it may be {} ({:.2f})", event.track,
                               added.enrolled->person->name, added.enrolled->score));
      return;
    }
    details.file = added.file.string();
    details.group = added.group;
    if (added.visits_before > 0) {
      details.reason = fmt::format("visit {} since {}", added.visits_before + 1, added.first_seen.date());
    }
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

void StrangerBook::forget_enrolled(const Gallery& gallery, const MatchRule& rule) {
  try {
    for (const auto& known : strangers_.forget_enrolled(gallery, rule)) {
      tool_.note(fmt::format("{} of {} {} of {}, enrolled now: removed",
                             known.pictures == 1 ? "a picture" : fmt::format("{} pictures", known.pictures),
                             known.group, known.pictures == 1 ? "was" : "were", known.name));
    }
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

void StrangerBook::expire() {
  if (Steady::now() - expired_ >= kExpire) expire_now();
}

void StrangerBook::expire_now() {
  expired_ = Steady::now();
  try {
    strangers_.expire(tool_.clock()());
  } catch (const Error& e) {
    tool_.warn(e.what());
  }
}

void StrangerBook::use_settings() {
  strangers_.limit(keep_days(tool_), most_bytes(tool_));
  expire_now();
}

}  // namespace faceatt
