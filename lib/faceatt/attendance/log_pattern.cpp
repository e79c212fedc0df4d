#include "faceatt/attendance/log_pattern.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::string_view kYear = "%Y", kMonth = "%m";

// "Attendance-%Y.csv" -> "Attendance-", "%Y", ".csv". Throws UsageError.
std::vector<std::string> parts_of(const std::string& text, const std::string& whole) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view literal) {
    if (parts.empty() || parts.back() == kYear || parts.back() == kMonth) parts.emplace_back();
    parts.back() += literal;
  };
  for (std::string_view rest = text; !rest.empty();) {
    const auto percent = rest.find('%');
    if (percent != 0) {
      add(rest.substr(0, percent));
      rest.remove_prefix(std::min(percent, rest.size()));
      continue;
    }
    const std::string_view code = rest.substr(0, 2);
    if (code == kYear || code == kMonth) {
      parts.emplace_back(code);
    } else if (code == "%%") {
      add("%");
    } else {
      throw UsageError(fmt::format("{}: '{}' means nothing in the name of a log; there are %Y, %m and %%",
                                   quotable(whole, kQuotedPath), printable(code)));
    }
    rest.remove_prefix(code.size());
  }
  return parts;
}

bool has(const std::vector<std::string>& parts, std::string_view part) {
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

}  // namespace

LogPattern::LogPattern(const std::filesystem::path& file) {
  const std::string whole = file.string();
  const auto folder = parts_of(file.parent_path().string(), whole);
  if (has(folder, kYear) || has(folder, kMonth)) {
    throw UsageError(fmt::format("{}: %Y and %m may stand in the name of the file only; folders are not made",
                                 quotable(whole, kQuotedPath)));
  }
  for (const auto& part : folder) folder_ += part;
  parts_ = parts_of(file.filename().string(), whole);
  has_year_ = has(parts_, kYear);
  if (has(parts_, kMonth) && !has_year_) {
    throw UsageError(fmt::format("{}: %m without %Y would put the same month of all years into one file",
                                 quotable(whole, kQuotedPath)));
  }
}

std::string LogPattern::name_of(std::string_view year, std::string_view month) const {
  std::string name;
  for (const auto& part : parts_) name += part == kYear ? year : part == kMonth ? month : std::string_view(part);
  return name;
}

std::filesystem::path LogPattern::file_of(std::string_view date) const {
  if (!has_year_) return folder_ / name_of("", "");
  if (!is_date(date)) throw UsageError(fmt::format("'{}' is not a date", quotable(date)));
  return folder_ / name_of(date.substr(0, 4), date.substr(5, 2));
}

// "202611" of the name of a file of this pattern, to sort them by.
std::optional<std::string> LogPattern::month_of(const std::string& name) const {
  std::string year, month = "01";
  std::size_t at = 0;
  for (const auto& part : parts_) {
    if (at > name.size()) return std::nullopt;
    if (part == kYear) year = name.substr(at, 4);
    if (part == kMonth) month = name.substr(at, 2);
    at += part == kYear ? 4 : part == kMonth ? 2 : part.size();
  }
  const bool is_one = is_date(fmt::format("{}-{}-01", year, month)) && name_of(year, month) == name;
  return is_one ? std::optional(year + month) : std::nullopt;
}

std::vector<std::filesystem::path> LogPattern::files() const {
  std::error_code error;
  if (!has_year_) {
    const auto file = folder_ / name_of("", "");
    return std::filesystem::exists(file, error) ? std::vector{file} : std::vector<std::filesystem::path>{};
  }
  const std::filesystem::path folder = folder_.empty() ? "." : folder_;
  std::multimap<std::string, std::filesystem::path> found;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (const auto month = month_of(name)) found.emplace(*month, folder_ / name);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", folder.string(), error.message()));
  }
  std::vector<std::filesystem::path> files;
  for (auto& [month, file] : found) files.push_back(std::move(file));
  return files;
}

std::filesystem::path as_pattern(const std::filesystem::path& file) {
  std::string pattern;
  for (const char c : file.string()) pattern.append(c == '%' ? 2 : 1, c);
  return pattern;
}

}  // namespace faceatt
