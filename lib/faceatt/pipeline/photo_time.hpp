// When a photo was taken: the time of its marks.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "faceatt/core/time.hpp"

namespace faceatt {

enum class TimeSource { kExif, kAt, kFile };

const char* name_of(TimeSource source);  // exif, at, file

struct PhotoTime {
  LocalTime time;
  TimeSource from = TimeSource::kFile;
};

// What is known of it, in the order in which it is believed.
struct TimeClues {
  std::optional<LocalTime> exif;  // Frame::taken
  std::optional<LocalTime> at;    // told by the user
  std::optional<LocalTime> file;  // see file_time()
};

// The first clue that holds. EXIF before 1990 is of a clock that was never set, and counts as not there. EXIF that is
// more than five minutes later than `now` does not hold, `at` always does. Throws Error(kInput) "PHOTO: reason" when
// the time left is more than five minutes in the future, before 1990, or there is none.
PhotoTime photo_time(const std::string& photo, const TimeClues& clues, const LocalTime& now);

// When the file was last modified, in the system's time zone. Empty when it is no regular file.
std::optional<LocalTime> file_time(const std::filesystem::path& path);

}  // namespace faceatt
