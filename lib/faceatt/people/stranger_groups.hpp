// Which visits of strangers are of the same person.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "faceatt/vision/encode.hpp"

namespace faceatt {

// Average linkage, kept up to date visit by visit: a visit belongs to the group whose visits it is most like on
// average, and two groups are one when their visits are. The average similarity to a group is the product with the sum
// of its encodings, so that a visit costs one pass over the groups, not over the visits. One false likeness among many
// visits joins nothing; see docs/accuracy.md for the alternatives measured.
class StrangerGroups {
 public:
  // `least`: average similarity from which they are of one person.
  explicit StrangerGroups(double least) : least_(least) {}

  // The group that the visit belongs to; empty when it is of nobody known.
  std::optional<int> find(const Encoding& encoding) const;
  // Another group of the same person, the nearest one.
  std::optional<int> find_twin(int group) const;

  void add(int group, const Encoding& encoding);
  void remove(int group, const Encoding& encoding);  // which was added
  void merge(int into, int from);

  std::size_t visits_of(int group) const;
  std::size_t size() const { return groups_.size(); }

 private:
  struct Group {
    std::vector<double> sum;  // of its encodings
    std::size_t visits = 0;
  };
  // The group most like `sum` of so many visits, but for `except`.
  std::optional<int> nearest(const std::vector<double>& sum, std::size_t visits, int except) const;

  double least_;
  std::map<int, Group> groups_;
};

}  // namespace faceatt
