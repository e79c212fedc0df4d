// Charts of a page as inline SVG. They have no view box: lengths across are per cent, so that a chart is as wide as its
// place and its texts keep their size. Colours and patterns are page.css's, by class.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "faceatt/report/summary.hpp"

namespace faceatt {

// "18 present, 2 late, 1 absent, 0 excused"
std::string tally_text(const Tally& tally);

// The patterns that page.css refers to; once in a page, before any chart.
std::string chart_patterns();

// A sample of a status's colour and pattern; "present", "late", "absent" or "excused".
std::string chart_swatch(const char* status);

// One stacked column for each line. Empty when there is none.
std::string timeline_chart(const std::vector<TallyLine>& lines);

// One bar, the statuses' shares of the whole; for the eye only, the numbers stand beside it. Empty when
// there is nobody.
std::string share_bar(const Tally& tally);

// One column for each quarter hour, from the first hour that has somebody to the last. Empty when there is nobody.
std::string arrival_chart(const std::array<long, 96>& arrivals);

}  // namespace faceatt
