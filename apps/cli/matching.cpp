#include "cli/matching.hpp"

#include <fmt/format.h>

#include <cmath>

#include "faceatt/core/error.hpp"
#include "faceatt/people/calibrate.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {
namespace {

// "65,000": two figures are as much as is known.
std::string two_figures(double number) {
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(number)) - 1));
  std::string text = fmt::format("{:.0f}", std::round(number / unit) * unit);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

}  // namespace

std::string percent(double share) {
  if (share > 0 && share < 1e-4) return "under 0.01 %";
  return fmt::format("{:.{}f} %", 100 * share, share < 0.01 ? 2 : share < 0.1 ? 1 : 0);
}

MatchRule rule_of(const Tool& tool, const Model& encoder) {
  const ThresholdRange range = sensible_thresholds(encoder.thresholds);
  std::optional<double> threshold;
  try {
    threshold = tool.settings.number("threshold", range.low, range.high);
  } catch (const UsageError& e) {
    const auto& t = encoder.thresholds;
    throw UsageError(fmt::format("{}; with {}, strict is {}, normal {}, loose {}", e.what(), encoder.name, t.strict,
                                 t.normal, t.loose));
  }
  return match_rule(encoder, tool.settings.text("level"), threshold);
}

void describe_rule(const Tool& tool, const Model& encoder, const MatchRule& rule, std::size_t people) {
  const bool by_level = tool.settings.text("threshold").empty();
  std::string text = by_level ? fmt::format("level {}: threshold {}", tool.settings.text("level"), rule.threshold)
                              : fmt::format("threshold {}", rule.threshold);
  if (const auto fmr = model_fmr(encoder.thresholds, rule.threshold)) {
    text += fmt::format(", about 1 false match in {} comparisons", two_figures(1 / *fmr));
    if (people > 0) {
      text += fmt::format("; with {} people enrolled {} of strangers would be named", people,
                          percent(expected_fpir(*fmr, static_cast<double>(people))));
    }
  } else {
    text += fmt::format(", false matches of {} not measured", encoder.name);
  }
  tool.detail(text);
}

}  // namespace faceatt::cli
