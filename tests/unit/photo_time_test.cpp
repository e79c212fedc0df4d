#include "faceatt/pipeline/photo_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

constexpr const char* kNow = "2026-11-21T08:00:00+01:00";

// "" is a clue that is not there.
std::optional<LocalTime> clue(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(parse_time(text));
}

// What came of it: "exif 2026-11-20T09:00:00+01:00", or why not.
std::string outcome(const std::string& exif, const std::string& at, const std::string& file) {
  try {
    const PhotoTime taken = photo_time("class.jpg", {clue(exif), clue(at), clue(file)}, parse_time(kNow));
    return std::string(name_of(taken.from)) + " " + taken.time.iso8601();
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kInput);
    return e.what();
  }
}

const std::string kExif = "2026-11-20T09:00:00+01:00", kAt = "2026-11-19T10:00:00+01:00",
                  kFile = "2026-11-18T11:00:00+00:00";

}  // namespace

TEST_CASE("a photo's time: EXIF, else as told, else the file's") {
  CHECK(outcome(kExif, kAt, kFile) == "exif " + kExif);
  CHECK(outcome(kExif, "", "") == "exif " + kExif);
  CHECK(outcome("", kAt, kFile) == "at " + kAt);
  CHECK(outcome("", kAt, "") == "at " + kAt);
  CHECK(outcome("", "", kFile) == "file " + kFile);
}

TEST_CASE("five minutes of the future are a clock that is ahead") {
  for (const std::string time : {"2026-11-21T08:05:00+01:00", "2026-11-21T12:35:00+05:30"}) {
    CHECK(outcome(time, "", kFile) == "exif " + time);
    CHECK(outcome("", "", time) == "file " + time);
  }
  const std::string later = "2026-11-21T08:05:01+01:00";
  CHECK(outcome(later, "", kFile) ==
        "class.jpg: was taken in the future (" + later + ", by EXIF); set the camera's clock, or say when with --at");
  CHECK(outcome("", "", later) ==
        "class.jpg: was taken in the future (" + later + ", by its file); set the file's time, or say when with --at");
  CHECK(outcome(later, kAt, later) == "at " + kAt);
  CHECK(outcome(later, later, "") == "at " + later);  // as told
}

TEST_CASE("times before 1990 were never set") {
  const std::string epoch = "1970-01-01T00:00:00+00:00", dos = "1980-01-01T00:00:00+01:00",
                    last = "1989-12-31T23:59:59+00:00", first = "1990-01-01T00:00:00+00:00";
  const std::string nothing =
      "class.jpg: neither EXIF nor the file says when it was taken; set the file's time, or say when with --at";
  for (const auto& time : {epoch, dos, last}) {
    INFO(time);
    CHECK(outcome(time, "", kFile) == "file " + kFile);
    CHECK(outcome(time, kAt, kFile) == "at " + kAt);
    CHECK(outcome("", "", time) == nothing);
    CHECK(outcome(time, "", time) == nothing);
    CHECK(outcome("", time, time) == "at " + time);
  }
  CHECK(outcome("", "", "") == nothing);
  CHECK(outcome(first, "", kFile) == "exif " + first);
  CHECK(outcome("", "", first) == "file " + first);
}

TEST_CASE("a file's time is in the system's zone") {
  const TimeZone zone("Europe/Berlin");
  const TempFolder folder;
  write(folder / "a.jpg", "x");
  const auto modified = [&](const char* time, long nanoseconds) {
    const timespec at{parse_time(time).unix_seconds, nanoseconds};
    const timespec both[] = {at, at};
    REQUIRE(::utimensat(AT_FDCWD, (folder / "a.jpg").c_str(), both, 0) == 0);
    return file_time(folder / "a.jpg")->iso8601();
  };
  CHECK(modified("2026-01-15T07:00:00Z", 999'999'999) == "2026-01-15T08:00:00+01:00");
  CHECK(modified("2026-07-15T07:00:00Z", 0) == "2026-07-15T09:00:00+02:00");
  CHECK(modified("2028-02-29T12:00:00Z", 0) == "2028-02-29T13:00:00+01:00");
  CHECK(modified("1969-12-31T23:59:58Z", 500'000'000) == "1970-01-01T00:59:58+01:00");
  CHECK_FALSE(file_time(folder / "none.jpg"));
  CHECK_FALSE(file_time(folder.path()));
}
