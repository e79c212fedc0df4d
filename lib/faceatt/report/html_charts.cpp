#include "faceatt/report/html_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string_view>

#include "faceatt/report/html_text.hpp"

namespace faceatt {
namespace {

constexpr double kPlotTop = 10, kPlotHeight = 180;  // pixels
constexpr int kChartHeight = 215;                   // with the labels below
constexpr double kBottom = kPlotTop + kPlotHeight;

struct Part {
  const char* status;
  long count;
};

// From the bottom up, or from the left.
std::array<Part, 4> parts_of(const Tally& tally) {
  return {{{"present", tally.present}, {"late", tally.late}, {"excused", tally.excused}, {"absent", tally.absent}}};
}

long total_of(const Tally& tally) { return tally.counted() + tally.excused; }

// Between lines of the grid: 1, 2 or 5 times a power of ten, so that at most five reach `highest`.
long grid_step(long highest) {
  for (long power = 1;; power *= 10) {
    for (const long factor : {1, 2, 5}) {
      if (highest <= 5 * factor * power) return factor * power;
    }
  }
}

// A plot of columns side by side, with lines across and labels below.
class ColumnChart {
 public:
  ColumnChart(const char* id, std::string_view title, std::string_view description, long highest, std::size_t columns)
      : step_(grid_step(std::max(highest, 1L))),
        top_((std::max(highest, 1L) + step_ - 1) / step_ * step_),
        slot_(100.0 / static_cast<double>(std::max<std::size_t>(columns, 1))) {
    add(R"(<svg class="chart" role="img" aria-labelledby="{0}-title {0}-desc" width="100%" height="{1}">)"
        R"(<title id="{0}-title">{2}</title><desc id="{0}-desc">{3}</desc>)",
        id, kChartHeight, html_text(title), html_text(description));
    for (long value = 0; value <= top_; value += step_) {
      add(R"(<line class="grid" x1="0" x2="100%" y1="{0:.1f}" y2="{0:.1f}"/><text x="-6" y="{1:.1f}" )"
          R"(text-anchor="end">{2}</text>)",
          y_of(value), y_of(value) + 4, value);
    }
  }

  // `hint` shows where the mouse is.
  void add_column(std::size_t index, std::string_view hint, const auto& parts) {
    add("<g><title>{}</title>", html_text(hint));
    const double gap = slot_ * 0.12;
    long below = 0;
    for (const auto& [status, count] : parts) {
      if (count <= 0) continue;
      add(R"(<rect class="{}" x="{:.3f}%" y="{:.2f}" width="{:.3f}%" height="{:.2f}"/>)", status,
          slot_ * static_cast<double>(index) + gap / 2, y_of(below + count), slot_ - gap,
          y_of(below) - y_of(below + count));
      below += count;
    }
    svg_ += "</g>";
  }

  // Under the middle of column `at`, or between it and the one before when `at` is x.0. Minor ones go where there is
  // little room.
  void add_label(double at, std::string_view text, bool is_minor) {
    const double x = slot_ * at;
    const char* anchor = x < 8 ? "start" : x > 92 ? "end" : "middle";
    const double edge = x < 8 ? 0 : x > 92 ? 100 : x;
    add(R"(<text{} x="{:.3f}%" y="{}" text-anchor="{}">{}</text>)", is_minor ? R"( class="minor")" : "", edge,
        kChartHeight - 6, anchor, html_text(text));
  }

  std::string svg() && { return std::move(svg_) + "</svg>\n"; }

 private:
  double y_of(long value) const {
    return kBottom - kPlotHeight * static_cast<double>(value) / static_cast<double>(top_);
  }
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(svg_), format, std::forward<Arguments>(arguments)...);
  }

  std::string svg_;
  long step_, top_;  // of the grid
  double slot_;      // per cent
};

std::string clock_of(std::size_t quarter) { return fmt::format("{:02}:{:02}", quarter / 4, quarter % 4 * 15); }

}  // namespace

std::string tally_text(const Tally& tally) {
  return fmt::format("{} present, {} late, {} absent, {} excused", tally.present, tally.late, tally.absent,
                     tally.excused);
}

std::string chart_patterns() {
  return R"(<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>
<pattern id="fill-late" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="late-ground" width="6" height="6"/><path class="late-line" d="M-1 1 1 -1M0 6 6 0M5 7 7 5"/></pattern>
<pattern id="fill-absent" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"/><path class="absent-line" d="M0 2.5H5M2.5 0V5"/></pattern>
<pattern id="fill-excused" width="5" height="5" patternUnits="userSpaceOnUse"><rect class="ground" width="5" height="5"/><circle class="excused-dot" cx="2.5" cy="2.5" r="1.6"/></pattern>
</defs></svg>
)";
}

std::string chart_swatch(const char* status) {
  return fmt::format(
      R"(<svg class="swatch" aria-hidden="true" width="16" height="16"><rect class="{}" width="16" height="16"/></svg>)",
      status);
}

std::string timeline_chart(const std::vector<TallyLine>& lines) {
  if (lines.empty()) return {};
  long highest = 0;
  for (const TallyLine& line : lines) highest = std::max(highest, total_of(line.tally));
  const auto worst = std::max_element(lines.begin(), lines.end(), [](const TallyLine& a, const TallyLine& b) {
    return a.tally.absent < b.tally.absent;
  });
  std::string description = fmt::format("Columns from {} to {}.", lines.front().key, lines.back().key);
  if (worst->tally.absent > 0) {
    description += fmt::format(" Most were absent on {}: {}.", worst->key, tally_text(worst->tally));
  }
  ColumnChart chart("timeline", "Attendance over time", description, highest, lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    chart.add_column(i, lines[i].key + ": " + tally_text(lines[i].tally), parts_of(lines[i].tally));
  }
  const std::size_t labels = std::min<std::size_t>(lines.size(), 7);
  for (std::size_t i = 0; i < labels; ++i) {
    const std::size_t column = labels == 1 ? 0 : (lines.size() - 1) * i / (labels - 1);
    chart.add_label(static_cast<double>(column) + 0.5, lines[column].key, i % 3 != 0);
  }
  return std::move(chart).svg();
}

std::string share_bar(const Tally& tally) {
  const long total = total_of(tally);
  if (total == 0) return {};
  std::string svg = R"(<svg class="share" aria-hidden="true" width="100%" height="14">)";
  double x = 0;
  for (const auto& [status, count] : parts_of(tally)) {
    if (count <= 0) continue;
    const double width = 100.0 * static_cast<double>(count) / static_cast<double>(total);
    fmt::format_to(std::back_inserter(svg), R"(<rect class="{}" x="{:.2f}%" width="{:.2f}%" height="14"/>)", status, x,
                   width);
    x += width;
  }
  return svg + "</svg>";
}

std::string arrival_chart(const std::array<long, 96>& arrivals) {
  const auto is_some = [](long count) { return count > 0; };
  const auto first_some = std::find_if(arrivals.begin(), arrivals.end(), is_some);
  if (first_some == arrivals.end()) return {};
  const auto last_some = std::find_if(arrivals.rbegin(), arrivals.rend(), is_some).base();  // behind it
  const auto first = static_cast<std::size_t>(first_some - arrivals.begin()) / 4 * 4;
  const auto end = (static_cast<std::size_t>(last_some - arrivals.begin()) + 3) / 4 * 4;
  const auto busiest = std::max_element(arrivals.begin(), arrivals.end());
  const auto peak = static_cast<std::size_t>(busiest - arrivals.begin());
  ColumnChart chart("arrivals", "Arrival times",
                    fmt::format("From {} to {}; most people, {}, came between {} and {}.", clock_of(first),
                                clock_of(end), *busiest, clock_of(peak), clock_of(peak + 1)),
                    *busiest, end - first);
  for (std::size_t i = first; i < end; ++i) {
    const std::array<Part, 1> column = {{{"present", arrivals[i]}}};
    if (arrivals[i] > 0) chart.add_column(i - first, fmt::format("{}: {}", clock_of(i), arrivals[i]), column);
  }
  const std::size_t hours = (end - first) / 4;
  const std::size_t step = (hours + 5) / 6;
  for (std::size_t hour = 0; hour <= hours; hour += step) {
    chart.add_label(static_cast<double>(hour * 4), clock_of(first + hour * 4),
                    hours / step > 3 && hour / step % 2 != 0);
  }
  return std::move(chart).svg();
}

}  // namespace faceatt
