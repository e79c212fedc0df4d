#include "faceatt/core/lag.hpp"

#include <algorithm>

namespace faceatt {

void LagMeter::add(double seconds) {
  const auto last = static_cast<double>(counts_.size() - 1);
  ++counts_[static_cast<std::size_t>(std::clamp(seconds * 1000, 0.0, last))];
  ++count_;
}

std::optional<double> LagMeter::quantile(double share) const {
  if (count_ == 0) return std::nullopt;
  const double wanted = share * static_cast<double>(count_);
  std::int64_t seen = 0;
  std::size_t ms = 0;
  while (true) {
    seen += counts_[ms];
    if (static_cast<double>(seen) >= wanted || ms + 1 == counts_.size()) return static_cast<double>(ms) / 1000;
    ++ms;
  }
}

}  // namespace faceatt
