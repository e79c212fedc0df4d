// The text of an iCalendar file (.ics, RFC 5545, 3.1) as lines and components. For calendar.cpp.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt::ics {

// NAME;PARAMETER=VALUE:VALUE, unfolded.
struct ContentLine {
  std::string name;                               // upper case
  std::map<std::string, std::string> parameters;  // names in upper case
  std::string value;                              // as it is written

  std::string parameter(const std::string& key) const {
    const auto found = parameters.find(key);
    return found == parameters.end() ? std::string() : found->second;
  }
};

// A component: its own lines, and those of the ones in it that count.
struct Block {
  std::string kind;  // VEVENT, VTIMEZONE, STANDARD, DAYLIGHT
  std::size_t line = 0;
  std::vector<ContentLine> lines;
  std::vector<Block> parts;
  std::string damage{};  // why it cannot be used

  const ContentLine* find(std::string_view name) const {
    const auto found =
        std::find_if(lines.begin(), lines.end(), [&](const ContentLine& one) { return one.name == name; });
    return found == lines.end() ? nullptr : &*found;
  }
  std::string value(std::string_view name) const {
    const ContentLine* found = find(name);
    return found == nullptr ? std::string() : found->value;
  }
};

struct Blocks {
  bool is_calendar = false, ends = false;
  std::string zone_name;  // X-WR-TIMEZONE
  std::size_t zone_line = 0;
  std::vector<Block> events, zones;
};

// What a file holds of events and zones. Of nested components only those of zones are looked at, so that no depth of
// them costs anything.
Blocks split(std::string_view text);

std::string upper_ascii(std::string_view text);

}  // namespace faceatt::ics
