#include "faceatt/attendance/meeting.hpp"

#include <algorithm>

namespace faceatt {

bool share_group(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& group) { return std::find(b.begin(), b.end(), group) != b.end(); });
}

bool is_for(const Meeting& meeting, const std::vector<std::string>& groups) {
  return meeting.groups.empty() || share_group(meeting.groups, groups);
}

}  // namespace faceatt
