// Dates on which no session begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

class Holidays {
 public:
  // A line for each: `2026-12-25`, `2026-12-25,Christmas` or `2026-12-24,2027-01-06,Winter holidays` (both included); a
  // header is skipped. Throws Error(kCannotRun) "NAME:LINE: ...".
  static Holidays read(std::string_view text, const std::string& name);

  // Its name, which may be empty. `date` must satisfy is_date().
  std::optional<std::string> on(const std::string& date) const;

 private:
  struct Range {
    std::string from, until, name;
  };
  std::vector<Range> ranges_;
};

}  // namespace faceatt
