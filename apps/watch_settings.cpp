#include "watch_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <string>
#include <vector>

#include "cli/matching.hpp"
#include "faceatt/core/error.hpp"

namespace faceatt {

WatchedSettings::WatchedSettings(cli::Tool& tool, const Model& encoder)
    : tool_(tool), encoder_(encoder), rule_(read_rule()), liveness_(read_liveness()) {}

MatchRule WatchedSettings::read_rule() const { return cli::rule_of(tool_, encoder_); }

LivenessMode WatchedSettings::read_liveness() const { return parse_liveness_mode(tool_.settings.text("liveness")); }

void WatchedSettings::read_again(const std::function<void(const MatchRule&, LivenessMode)>& apply) {
  const std::vector<std::string> live = {"level", "threshold", "liveness", "keep_days", "keep_mb"};
  const auto go_on = [this](const std::exception& e) {
    tool_.warn(std::string(e.what()) + "; going on with the settings as they were");
  };
  try {
    const auto changed = tool_.reload_settings(live, [&] {
      const MatchRule rule = read_rule();
      const LivenessMode liveness = read_liveness();
      apply(rule, liveness);
      rule_ = rule;
      liveness_ = liveness;
    });
    for (const auto& key : changed) {
      if (std::find(live.begin(), live.end(), key) != live.end()) continue;
      tool_.warn(fmt::format("{} has changed; it takes effect when faceatt-watch is started again", key));
    }
    tool_.note(changed.empty() ? "settings read again: no change"
                               : fmt::format("settings read again: {} changed", fmt::join(changed, ", ")));
  } catch (const UsageError& e) {
    go_on(e);
  } catch (const Error& e) {  // a network that cannot be loaded
    go_on(e);
  }
}

}  // namespace faceatt
