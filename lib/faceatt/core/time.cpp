#include "faceatt/core/time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

int system_offset_at(std::int64_t unix_seconds) {
  const std::time_t t = static_cast<std::time_t>(unix_seconds);
  std::tm local{};
  localtime_r(&t, &local);
  return static_cast<int>(local.tm_gmtoff);
}

struct Civil {
  year_month_day date;
  int hour, minute, second;
};

Civil civil_of(const LocalTime& time) {
  const std::int64_t local = time.unix_seconds + time.offset_seconds;
  const std::int64_t days = local >= 0 ? local / 86400 : -((-local + 86399) / 86400);
  const int rest = static_cast<int>(local - days * 86400);
  return {year_month_day{sys_days{std::chrono::days{days}}}, rest / 3600, rest / 60 % 60, rest % 60};
}

std::string format_date(year_month_day date) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

// Takes exactly `digits` digits from the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<year_month_day> take_date(std::string_view& text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d) return std::nullopt;
  const year_month_day date{std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)},
                            std::chrono::day{static_cast<unsigned>(*d)}};
  if (!date.ok()) return std::nullopt;
  return date;
}

// What follows the date: [T ]HH:MM[:SS[.fff]][offset]. Empty when malformed.
struct Clockface {
  int seconds_of_day = 0;
  std::optional<int> offset;
};

std::optional<Clockface> take_clock(std::string_view text) {
  Clockface face;
  if (text.empty()) return face;
  if (!take(text, "T t")) return std::nullopt;
  const auto h = take_number(text, 2);
  if (!h || !take(text, ":")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m) return std::nullopt;
  int s = 0;
  if (take(text, ":")) {
    const auto seconds = take_number(text, 2);
    if (!seconds) return std::nullopt;
    s = *seconds;
    if (take(text, ".")) {
      while (take(text, "0123456789")) {
      }
    }
  }
  if (*h > 23 || *m > 59 || s > 59) return std::nullopt;
  face.seconds_of_day = *h * 3600 + *m * 60 + s;
  if (text.empty()) return face;
  if (take(text, "Zz")) {
    face.offset = 0;
  } else {
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take(text, "+-")) return std::nullopt;
    const auto oh = take_number(text, 2);
    take(text, ":");
    const auto om = take_number(text, 2);
    if (!oh || !om || *oh > 18 || *om > 59) return std::nullopt;
    face.offset = sign * (*oh * 3600 + *om * 60);
  }
  if (!text.empty()) return std::nullopt;
  return face;
}

}  // namespace

std::string LocalTime::iso8601() const {
  const Civil c = civil_of(*this);
  const int offset = std::abs(offset_seconds) / 60;
  return fmt::format("{}T{:02}:{:02}:{:02}{}{:02}:{:02}", format_date(c.date), c.hour, c.minute, c.second,
                     offset_seconds < 0 ? '-' : '+', offset / 60, offset % 60);
}

std::string LocalTime::date() const { return format_date(civil_of(*this).date); }

LocalTime LocalTime::after(double seconds) const {
  LocalTime later = *this;
  later.unix_seconds += static_cast<std::int64_t>(std::floor(seconds));
  if (!fixed_offset) later.offset_seconds = system_offset_at(later.unix_seconds);
  return later;
}

LocalTime system_now() {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  LocalTime time;
  time.unix_seconds = now.time_since_epoch().count();
  time.offset_seconds = system_offset_at(time.unix_seconds);
  return time;
}

LocalTime parse_time(std::string_view text) {
  std::string_view rest = text;
  const auto date = take_date(rest);
  const auto clock = date ? take_clock(rest) : std::nullopt;
  if (!clock) {
    throw UsageError(fmt::format("'{}' is not a time; write it like 2026-11-21T08:59:58+01:00", text));
  }
  LocalTime time;
  const std::int64_t local = sys_days{*date}.time_since_epoch().count() * std::int64_t{86400} + clock->seconds_of_day;
  if (clock->offset) {
    time.offset_seconds = *clock->offset;
    time.fixed_offset = true;
  } else {
    std::tm tm{};
    tm.tm_year = static_cast<int>(date->year()) - 1900;
    tm.tm_mon = static_cast<int>(static_cast<unsigned>(date->month())) - 1;
    tm.tm_mday = static_cast<int>(static_cast<unsigned>(date->day()));
    tm.tm_sec = clock->seconds_of_day % 60;
    tm.tm_min = clock->seconds_of_day / 60 % 60;
    tm.tm_hour = clock->seconds_of_day / 3600;
    tm.tm_isdst = -1;
    time.offset_seconds = system_offset_at(std::mktime(&tm));
  }
  time.unix_seconds = local - time.offset_seconds;
  return time;
}

bool is_date(std::string_view text) { return take_date(text) && text.empty(); }

std::string add_days(std::string_view date, int days) {
  const auto parsed = take_date(date);
  return parsed ? format_date(year_month_day{sys_days{*parsed} + std::chrono::days{days}}) : std::string(date);
}

}  // namespace faceatt
