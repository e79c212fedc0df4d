#include "faceatt/people/stranger_groups.hpp"

#include <algorithm>
#include <numeric>

namespace faceatt {

std::optional<int> StrangerGroups::find(const Encoding& encoding) const {
  return nearest({encoding.begin(), encoding.end()}, 1, 0);
}

std::optional<int> StrangerGroups::find_twin(int group) const {
  const Group& own = groups_.at(group);
  return nearest(own.sum, own.visits, group);
}

std::optional<int> StrangerGroups::nearest(const std::vector<double>& sum, std::size_t visits, int except) const {
  std::optional<int> best;
  double best_score = least_;
  for (const auto& [number, group] : groups_) {
    if (number == except || group.sum.size() != sum.size()) continue;
    const double dot = std::inner_product(sum.begin(), sum.end(), group.sum.begin(), 0.0);
    const double score = dot / static_cast<double>(visits * group.visits);
    if (score < best_score || (best && score == best_score)) continue;
    best = number;
    best_score = score;
  }
  return best;
}

void StrangerGroups::add(int group, const Encoding& encoding) {
  Group& own = groups_[group];
  own.sum.resize(encoding.size());
  std::transform(encoding.begin(), encoding.end(), own.sum.begin(), own.sum.begin(), std::plus<>());
  ++own.visits;
}

void StrangerGroups::remove(int group, const Encoding& encoding) {
  Group& own = groups_.at(group);
  if (--own.visits == 0) {
    groups_.erase(group);
    return;
  }
  std::transform(own.sum.begin(), own.sum.end(), encoding.begin(), own.sum.begin(), std::minus<>());
}

void StrangerGroups::merge(int into, int from) {
  const auto gone = groups_.extract(from);
  Group& own = groups_.at(into);
  std::transform(own.sum.begin(), own.sum.end(), gone.mapped().sum.begin(), own.sum.begin(), std::plus<>());
  own.visits += gone.mapped().visits;
}

std::size_t StrangerGroups::visits_of(int group) const {
  const auto at = groups_.find(group);
  return at == groups_.end() ? 0 : at->second.visits;
}

}  // namespace faceatt
