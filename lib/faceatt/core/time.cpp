#include "faceatt/core/time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <optional>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

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

constexpr std::chrono::year kFirstYear{1};

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

// See parse_time(); empty when it cannot be read.
std::optional<LocalTime> read_time(std::string_view text) {
  const auto date = take_date(text);
  const auto clock = date ? take_clock(text) : std::nullopt;
  if (!clock) return std::nullopt;
  const std::int64_t local = sys_days{*date}.time_since_epoch().count() * std::int64_t{86400} + clock->seconds_of_day;
  const LocalTime time =
      clock->offset ? LocalTime{local - *clock->offset, *clock->offset, true} : Zone().from_wall(local);
  return civil_of(time).date.year() >= kFirstYear ? std::optional(time) : std::nullopt;
}

constexpr std::size_t kExifTimeSize = std::string_view("2026:11:21 08:59:58").size();
constexpr std::size_t kExifOffsetSize = std::string_view("+01:00").size();

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
  if (!fixed_offset) later.offset_seconds = Zone().offset_at(later.unix_seconds);
  return later;
}

LocalTime system_now() {
  ::tzset();  // the machine may have been taken to another zone
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  return local_time_at(now.time_since_epoch().count());
}

LocalTime local_time_at(std::int64_t unix_seconds) { return Zone().at(unix_seconds); }

LocalTime parse_time(std::string_view text) {
  if (const auto time = read_time(text)) return *time;
  throw UsageError(fmt::format("'{}' is not a time; write it like 2026-11-21T08:59:58+01:00", quotable(text)));
}

std::optional<LocalTime> try_parse_time(std::string_view text) { return read_time(text); }

std::optional<LocalTime> parse_exif_time(std::string_view date_time, std::string_view offset) {
  std::string text(date_time.substr(0, kExifTimeSize));
  if (text.size() < kExifTimeSize || text[4] != ':' || text[7] != ':') return std::nullopt;
  text[4] = text[7] = '-';
  const auto time = read_time(text + std::string(offset.substr(0, kExifOffsetSize)));
  return time ? time : read_time(text);
}

std::chrono::seconds parse_duration(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{10} * 366 * 86400;
  const auto fail = [&](std::string_view why) {
    return UsageError(fmt::format("'{}' {}; write it like 1h30m, 90m or 45s", quotable(text), why));
  };
  if (text.find(':') != std::string_view::npos) throw fail("may be minutes or hours");
  std::int64_t total = 0;
  std::string_view units = "hms", rest = text;  // units: those that may still come
  do {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc::result_out_of_range || number > kMost) throw fail("is more than 10 years");
    if (error != std::errc{} || number < 0) throw fail("is not a duration");
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.empty() && units.size() < 3) throw fail("ends in a number without a unit");
    const char unit = rest.empty() ? 's' : rest.front();
    const auto at = units.find(unit);
    if (at == std::string_view::npos) throw fail("is not a duration");
    total += number * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
    units.remove_prefix(at + 1);
    if (!rest.empty()) rest.remove_prefix(1);
  } while (!rest.empty());
  if (total == 0) throw fail("is no time");
  if (total > kMost) throw fail("is more than 10 years");
  return std::chrono::seconds(total);
}

std::chrono::seconds parse_grace(std::string_view text) {
  const std::string given(text);
  if (given == "0" || given == "0m" || given == "0s") return std::chrono::seconds(0);
  const bool is_number = !given.empty() && given.find_first_not_of("0123456789") == std::string::npos;
  return parse_duration(is_number ? given + "m" : given);
}

LocalTime parse_until(std::string_view text, const LocalTime& now) {
  if (const auto face = take_clock(fmt::format("T{}", text)); face && !face->offset && !text.empty()) {
    const auto on = [&](const std::string& date) {
      std::string when = fmt::format("{}T{}", date, text);
      if (now.fixed_offset) when += now.iso8601().substr(19);
      return parse_time(when);
    };
    const LocalTime today = on(now.date());
    return today.unix_seconds > now.unix_seconds ? today : on(add_days(now.date(), 1));
  }
  LocalTime until;
  try {
    until = parse_time(text);
  } catch (const UsageError&) {
    throw UsageError(fmt::format("'{}' is not a time; write it like 17:30 or 2026-11-21T17:30", quotable(text)));
  }
  if (until.unix_seconds <= now.unix_seconds) {
    throw UsageError(fmt::format("'{}' has passed; it is {}", quotable(text), now.iso8601()));
  }
  return until;
}

bool is_date(std::string_view text) { return take_date(text) && text.empty(); }

std::string add_days(std::string_view date, int days) {
  const auto parsed = take_date(date);
  return parsed ? format_date(year_month_day{sys_days{*parsed} + std::chrono::days{days}}) : std::string(date);
}

}  // namespace faceatt
