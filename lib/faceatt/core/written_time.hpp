// Dates and times as people and other programs write them: 21/11/2026, 11-21-26, "21 Nov 2026 9:02 AM".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

struct WrittenTime {
  std::string date{};               // 2026-11-21; empty: none was written
  std::optional<int> seconds{};     // of the day, 0 to 86399
  std::optional<int> utc_offset{};  // seconds, where it was written
  bool operator==(const WrittenTime&) const = default;
};

// Reads a whole text by a format of strftime: %Y %y %m %d %b %B %H %I %M %S %f %p; anything else stands for itself, and
// a space for any number of them. Numbers need no leading zeros, but where no other character parts them; %y is of
// 2000-2099, %b and %B take English names of months, long or short. Empty when the text does not fit or is no date.
std::optional<WrittenTime> read_written(std::string_view text, std::string_view format);

// Why a format cannot be used ("%Q is not known"); empty when it can.
std::optional<std::string> format_problem(std::string_view format);

// One way to read a text that begins with a date, and may go on with a time.
struct DateReading {
  std::string format;  // of the date, as for read_written()
  WrittenTime time;
};
// All of them: 03/04/2026 has two, and 03/04/05 three.
std::vector<DateReading> date_readings(std::string_view text);
// The one by a format of date_readings(); empty when the text does not fit.
std::optional<WrittenTime> read_date(std::string_view text, std::string_view format);

// Reads a time of the day: `8:59`, `08:59:58.123`, `8.59`, `08-59-58`, `8:59 pm`, `08:59:58:AM`, with or without `Z` or
// `+01:00`.
std::optional<WrittenTime> read_clock(std::string_view text);

// What looks like a date in the name of a file, without its suffix: "21-11-2026" of "Attendance_21-11-2026_09-00-00".
// Empty when there is none.
std::string date_in_name(std::string_view stem);

}  // namespace faceatt
