// One meeting of a session: the class on its date.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace faceatt {

struct Meeting {
  std::string session;                               // its name in the log
  std::vector<std::string> groups;                   // NFC, without spaces around; empty: everybody
  std::string location;                              // likewise; empty: anywhere
  std::string date;                                  // of its start on the wall: 2026-11-21
  std::int64_t start = 0, end = 0;                   // unix seconds, start < end; `end` is no longer of it
  std::optional<std::chrono::seconds> late_after{};  // after its start; none: what the settings say
};

// Whether two lists of groups have one in common.
bool share_group(const std::vector<std::string>& a, const std::vector<std::string>& b);

// Whether a session is for somebody of these groups: one that has no group is for everybody.
bool is_for(const Meeting& meeting, const std::vector<std::string>& groups);

}  // namespace faceatt
