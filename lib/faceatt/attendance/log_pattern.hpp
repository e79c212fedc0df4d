// The name of a log, or of monthly logs: "Attendance-%Y-%m.csv".
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

class LogPattern {
 public:
  // `file`: in its last part %Y is the year of the session date, %m its month, and %% a %. Throws UsageError for any
  // other %, for %m without %Y, and for %Y or %m in a folder's name: folders are not made.
  explicit LogPattern(const std::filesystem::path& file);

  // The file that rows of `date` (2026-11-21) go into.
  std::filesystem::path file_of(std::string_view date) const;
  // Those that are there, by year and month. Throws Error(kCannotRun) when the folder of a pattern cannot be read.
  std::vector<std::filesystem::path> files() const;

 private:
  std::string name_of(std::string_view year, std::string_view month) const;
  std::optional<std::string> month_of(const std::string& name) const;

  std::filesystem::path folder_;
  std::vector<std::string> parts_;  // of the name: "%Y", "%m", or text
  bool has_year_ = false;
};

// The pattern that stands for exactly this file, whatever is in its name.
std::filesystem::path as_pattern(const std::filesystem::path& file);

}  // namespace faceatt
