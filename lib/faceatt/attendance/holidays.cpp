#include "faceatt/attendance/holidays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kMostRows = 10'000;

bool is_header(std::string_view cell) {
  const std::string name = lower_ascii(trim(cell));
  return name == "from" || name == "date";
}

}  // namespace

Holidays Holidays::read(std::string_view text, const std::string& name) {
  Holidays holidays;
  CsvReader csv(text);
  bool is_first = true;
  while (const auto row = csv.next()) {
    const auto cell = [&](std::size_t at) { return at < row->cells.size() ? trim(row->cells[at]) : std::string(); };
    if (std::exchange(is_first, false) && is_header(cell(0))) continue;
    if (cell(0).starts_with('#') ||
        std::all_of(row->cells.begin(), row->cells.end(), [](const auto& c) { return trim(c).empty(); })) {
      continue;
    }
    const auto fail = [&](const std::string& why) {
      return Error(ErrorCode::kCannotRun, fmt::format("{}:{}: {}", name, row->line, why));
    };
    if (!is_date(cell(0))) {
      throw fail(fmt::format("'{}' is not a date; write a line like 2026-12-25,Christmas", quotable(cell(0))));
    }
    const bool is_range = is_date(cell(1));
    const std::string until = is_range ? cell(1) : cell(0);
    if (until < cell(0)) throw fail(fmt::format("{} is after {}", cell(0), until));
    if (holidays.ranges_.size() >= kMostRows) throw fail("over 10,000 rows; these are no holidays");
    holidays.ranges_.push_back({cell(0), until, to_nfc(is_range || cell(1).empty() ? cell(2) : cell(1))});
  }
  return holidays;
}

std::optional<std::string> Holidays::on(const std::string& date) const {
  for (const Range& range : ranges_) {
    if (date >= range.from && date <= range.until) return range.name;
  }
  return std::nullopt;
}

}  // namespace faceatt
