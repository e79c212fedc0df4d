#include "faceatt/core/written_time.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Takes `least` to `most` digits from the front.
std::optional<int> take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t n = 0;
  int value = 0;
  while (n < most && n < text.size() && is_digit(text[n])) value = value * 10 + (text[n++] - '0');
  if (n < least) return std::nullopt;
  text.remove_prefix(n);
  return value;
}

std::string take_word(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_letter(text[n])) ++n;
  std::string word = lower_ascii(text.substr(0, n));
  text.remove_prefix(n);
  return word;
}

// 1 to 12; 0: no month.
int take_month(std::string_view& text) {
  const std::string word = take_word(text);
  if (word == "sept") return 9;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (word == kMonths[i] || (word.size() == 3 && kMonths[i].starts_with(word))) return static_cast<int>(i) + 1;
  }
  return 0;
}

void skip_spaces(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

// "AM" or "PM", with or without dots: 0 or 12; none of them: empty.
std::optional<int> take_half(std::string_view& text) {
  std::string_view rest = text;
  const std::string first = take_word(rest);
  std::string word = first;
  if (first.size() == 1 && rest.starts_with('.')) {
    rest.remove_prefix(1);
    word += take_word(rest);
    if (rest.starts_with('.')) rest.remove_prefix(1);
  }
  if (word != "am" && word != "pm") return std::nullopt;
  text = rest;
  return word == "pm" ? 12 : 0;
}

// The hour of the day; scripts also write 14:53 PM.
std::optional<int> hour_of(int hour, std::optional<int> half) {
  if (!half || hour > 12 || hour == 0) return hour <= 23 ? std::optional(hour) : std::nullopt;
  return hour % 12 + *half;
}

struct Parts {
  std::optional<int> year{}, month{}, day{}, hour{}, minute{}, second{}, half{};
};

// Reads the front of `text` by `format`.
bool take(std::string_view& text, std::string_view format, Parts& parts) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == ' ') {
      skip_spaces(text);
      continue;
    }
    if (format[i] != '%' || i + 1 == format.size()) {
      if (text.empty() || text.front() != format[i]) return false;
      text.remove_prefix(1);
      continue;
    }
    ++i;
    const bool is_tight = i + 1 < format.size() && format[i + 1] == '%';
    const auto two = [&] { return take_digits(text, is_tight ? 2 : 1, 2); };
    switch (format[i]) {
      case 'Y':
        parts.year = take_digits(text, 4, 4);
        if (!parts.year) return false;
        break;
      case 'y':
        parts.year = take_digits(text, 2, 2);
        if (!parts.year) return false;
        *parts.year += 2000;
        break;
      case 'm':
        parts.month = two();
        if (!parts.month) return false;
        break;
      case 'd':
        parts.day = two();
        if (!parts.day) return false;
        break;
      case 'b':
      case 'B':
        parts.month = take_month(text);
        if (parts.month == 0) return false;
        break;
      case 'H':
      case 'I':
        parts.hour = two();
        if (!parts.hour) return false;
        break;
      case 'M':
        parts.minute = two();
        if (!parts.minute) return false;
        break;
      case 'S':
        parts.second = two();
        if (!parts.second) return false;
        break;
      case 'f':
        if (!take_digits(text, 1, 9)) return false;
        break;
      case 'p':
        parts.half = take_half(text);
        if (!parts.half) return false;
        break;
      default:
        if (format[i] != '%' || !text.starts_with('%')) return false;
        text.remove_prefix(1);
    }
  }
  return true;
}

std::optional<WrittenTime> time_of(const Parts& parts) {
  WrittenTime time;
  if (parts.year) {
    time.date = fmt::format("{:04}-{:02}-{:02}", *parts.year, parts.month.value_or(0), parts.day.value_or(0));
    if (!is_date(time.date)) return std::nullopt;
  }
  if (parts.hour) {
    const auto hour = hour_of(*parts.hour, parts.half);
    const int minute = parts.minute.value_or(0), second = parts.second.value_or(0);
    if (!hour || minute > 59 || second > 59) return std::nullopt;
    time.seconds = *hour * 3600 + minute * 60 + second;
  }
  return time;
}

// In the order in which they are named to people.
const std::vector<std::string>& known_formats() {
  static const std::vector<std::string> formats = [] {
    std::vector<std::string> list;
    for (const char* order :
         {"%Y-%m-%d", "%d-%m-%Y", "%m-%d-%Y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d", "%d-%b-%Y", "%d-%b-%y", "%Y-%b-%d"}) {
      for (const char separator : {'-', '/', '.', '_', ' '}) {
        std::string format = order;
        std::replace(format.begin(), format.end(), '-', separator);
        list.push_back(std::move(format));
      }
    }
    list.insert(list.end(), {"%b %d, %Y", "%b %d %Y", "%d. %b %Y", "%Y%m%d"});
    return list;
  }();
  return formats;
}

// A date, and what may follow it: nothing, or a time of the day.
std::optional<WrittenTime> read_front(std::string_view text, std::string_view format) {
  Parts parts;
  if (!take(text, format, parts)) return std::nullopt;
  auto time = time_of(parts);
  if (!time || text.empty()) return time;
  if (text.front() == ',') text.remove_prefix(1);
  if (text.empty() || (text.front() != ' ' && text.front() != 'T' && text.front() != '_')) return std::nullopt;
  text.remove_prefix(1);
  const auto clock = read_clock(text);
  if (!clock) return std::nullopt;
  time->seconds = clock->seconds;
  time->utc_offset = clock->utc_offset;
  return time;
}

// "Saturday, 21 November 2026"
std::string_view without_weekday(std::string_view text) {
  std::string_view rest = text;
  const std::string word = take_word(rest);
  for (const std::string_view day : {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}) {
    if (word != day && !(word.size() == 3 && day.starts_with(word))) continue;
    if (rest.starts_with(',')) rest.remove_prefix(1);
    skip_spaces(rest);
    return rest;
  }
  return text;
}

}  // namespace

std::optional<std::string> format_problem(std::string_view format) {
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    ++i;
    if (i == format.size() || std::string_view("YymdbBHIMSfp%").find(format[i]) == std::string_view::npos) {
      return fmt::format("has '%{}', which is not known; there are %Y %y %m %d %b %H %I %M %S %p", format.substr(i, 1));
    }
  }
  return std::nullopt;
}

std::optional<WrittenTime> read_written(std::string_view text, std::string_view format) {
  const std::string trimmed = trim(text);
  std::string_view rest = trimmed;
  Parts parts;
  if (!take(rest, format, parts) || !trim(rest).empty()) return std::nullopt;
  return time_of(parts);
}

std::vector<DateReading> date_readings(std::string_view text) {
  std::vector<DateReading> readings;
  for (const auto& format : known_formats()) {
    if (auto time = read_date(text, format)) readings.push_back({format, std::move(*time)});
  }
  return readings;
}

std::optional<WrittenTime> read_date(std::string_view text, std::string_view format) {
  const std::string trimmed = trim(text);
  return read_front(without_weekday(trimmed), format);
}

std::optional<WrittenTime> read_clock(std::string_view text) {
  const std::string trimmed = trim(text);
  std::string_view rest = trimmed;
  const auto hour = take_digits(rest, 1, 2);
  if (!hour) return std::nullopt;
  const char separator = rest.empty() ? '\0' : rest.front();
  Parts parts;
  parts.hour = hour;
  const auto next = [&](std::optional<int>& part) {
    if (rest.size() < 2 || rest.front() != separator || !is_digit(rest[1])) return false;
    rest.remove_prefix(1);
    part = take_digits(rest, 2, 2);
    return part.has_value();
  };
  if (separator == ':' || separator == '.' || separator == '-') {
    if (!next(parts.minute)) return std::nullopt;
    next(parts.second);
    if (parts.second && rest.size() > 1 && (rest.front() == '.' || rest.front() == ',') && is_digit(rest[1])) {
      rest.remove_prefix(1);
      while (!rest.empty() && is_digit(rest.front())) rest.remove_prefix(1);
    }
  }
  if (rest.starts_with(':')) rest.remove_prefix(1);  // 08:59:58:AM
  skip_spaces(rest);
  parts.half = take_half(rest);
  if (!parts.minute && !parts.half) return std::nullopt;  // a number alone
  auto time = time_of(parts);
  if (!time) return std::nullopt;
  skip_spaces(rest);
  if (rest.empty()) return time;
  if (rest == "Z" || rest == "z") {
    time->utc_offset = 0;
    return time;
  }
  const int sign = rest.front() == '-' ? -1 : 1;
  if (rest.front() != '+' && rest.front() != '-') return std::nullopt;
  rest.remove_prefix(1);
  const auto hours = take_digits(rest, 2, 2);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minutes = take_digits(rest, 2, 2);
  if (!hours || !minutes || !rest.empty() || *hours > 18 || *minutes > 59) return std::nullopt;
  time->utc_offset = sign * (*hours * 3600 + *minutes * 60);
  return time;
}

std::string date_in_name(std::string_view stem) {
  // Three parts with the same character between them, or eight digits.
  for (std::size_t begin = 0; begin < stem.size(); ++begin) {
    if (!is_digit(stem[begin])) continue;
    std::size_t end = begin;
    char separator = '\0';
    int parts = 1;
    for (; end < stem.size(); ++end) {
      if (is_digit(stem[end]) || (parts == 2 && is_letter(stem[end]))) continue;
      if (parts == 3 || std::string_view("-_. ").find(stem[end]) == std::string_view::npos) break;
      if (separator != '\0' && stem[end] != separator) break;
      separator = stem[end];
      ++parts;
    }
    const std::string_view text = stem.substr(begin, end - begin);
    if (!date_readings(text).empty()) return std::string(text);
    while (begin + 1 < stem.size() && is_digit(stem[begin + 1])) ++begin;
  }
  return {};
}

}  // namespace faceatt
