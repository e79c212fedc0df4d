// What the user writes for a camera, a clip or a folder of images.
#pragma once

#include <string>
#include <vector>

namespace faceatt {

struct SourceSpec {
  std::string name;  // for records and messages; holds no password
  std::string spec;  // as FrameSource::create() takes it; may hold a password
};

// `NAME=SOURCE` or `SOURCE`. NAME is of [A-Za-z0-9_.-]; an argument that names a file or folder as it stands has none.
// SOURCE is a device number or path (/dev/video*, /dev/v4l/*), a URL, a video file, a folder of images, `@FILE` (the
// first line of FILE is the source) or `env:VARIABLE` (its value is): the last two keep a password out of `ps`. Without
// a NAME it is called source_name(). Throws UsageError for an empty source, a FILE that cannot be read or a variable
// that is not set.
SourceSpec parse_source_spec(const std::string& argument);
// All of them; throws UsageError when two have the same name.
std::vector<SourceSpec> parse_source_specs(const std::vector<std::string>& arguments);

// "camera0" for the device 0, else the spec without its password.
std::string source_name(const std::string& spec);
// True for a device or a stream: frames come at their own time and never end by themselves.
bool is_live_spec(const std::string& spec);
// The number of `spec` when it is a device number, else -1.
int device_number(const std::string& spec);

// `rtsp://user:secret@host/x?token=1` -> `rtsp://host/x`.
std::string without_password(const std::string& url);
// Overwrites in place, with '*', what without_password() leaves out of the URL in `argument`, so that `ps` does not
// show it. For the strings of argv, after they were parsed.
void hide_password(char* argument);

}  // namespace faceatt
