#include "faceatt/pipeline/photo_time.hpp"

#include <fmt/format.h>

#include <chrono>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt {
namespace {

using std::chrono::sys_days;

constexpr int kClockSkewSeconds = 300;  // by how much a camera or a file server may be ahead
constexpr std::int64_t kEarliest =
    sys_days{std::chrono::year{1990} / 1 / 1}.time_since_epoch() / std::chrono::seconds{1};

bool is_set(const LocalTime& time) { return time.unix_seconds >= kEarliest; }

}  // namespace

const char* name_of(TimeSource source) {
  switch (source) {
    case TimeSource::kExif:
      return "exif";
    case TimeSource::kAt:
      return "at";
    case TimeSource::kFile:
      break;
  }
  return "file";
}

PhotoTime photo_time(const std::string& photo, const TimeClues& clues, const LocalTime& now) {
  const auto refused = [&](const std::string& why) {
    return Error(ErrorCode::kInput, fmt::format("{}: {}, or say when with --at", photo, why));
  };
  const auto in_future = [&](const LocalTime& time) {
    return time.unix_seconds > now.unix_seconds + kClockSkewSeconds;
  };

  const bool has_exif = clues.exif && is_set(*clues.exif);
  if (has_exif && !in_future(*clues.exif)) return {*clues.exif, TimeSource::kExif};
  if (clues.at) return {*clues.at, TimeSource::kAt};
  if (has_exif) {
    throw refused(fmt::format("was taken in the future ({}, by EXIF); set the camera's clock", clues.exif->iso8601()));
  }
  if (!clues.file || !is_set(*clues.file)) {
    throw refused("neither EXIF nor the file says when it was taken; set the file's time");
  }
  if (in_future(*clues.file)) {
    throw refused(fmt::format("was taken in the future ({}, by its file); set the file's time", clues.file->iso8601()));
  }
  return {*clues.file, TimeSource::kFile};
}

std::optional<LocalTime> file_time(const std::filesystem::path& path) {
  const auto stamp = stamp_of(path);
  if (!stamp) return std::nullopt;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds(stamp->mtime_ns));
  return local_time_at(seconds.count());
}

}  // namespace faceatt
