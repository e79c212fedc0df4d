#include "enroll_camera.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/signals.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/pipeline/capture.hpp"
#include "faceatt/vision/source_spec.hpp"
#include "faceatt/vision/video.hpp"

namespace faceatt {
namespace {

// One line on a terminal that is written over and over.
class GuidanceLine {
 public:
  explicit GuidanceLine(const cli::Tool& tool) : tool_(tool), shown_(!tool.quiet() && ::isatty(STDERR_FILENO) != 0) {}
  ~GuidanceLine() { clear(); }
  GuidanceLine(const GuidanceLine&) = delete;
  GuidanceLine& operator=(const GuidanceLine&) = delete;

  void show(const std::string& text) {
    if (shown_ && text != last_) put(fmt::format("\r\x1b[K{}: {}", tool_.app.get_name(), text));
    last_ = text;
  }
  // Before other messages.
  void clear() {
    if (shown_ && !last_.empty()) put("\r\x1b[K");
    last_.clear();
  }

 private:
  static void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

  const cli::Tool& tool_;
  bool shown_;
  std::string last_;
};

// False at the end. Images of a folder that cannot be read are left out with a warning.
bool next_frame(FrameSource& source, Frame& frame, const cli::Tool& tool, GuidanceLine& line) {
  while (true) {
    try {
      return source.next(frame);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kInput) throw;
      line.clear();
      tool.warn(e.what());
    }
  }
}

}  // namespace

std::vector<CameraPicture> take_pictures(const cli::Tool& tool, Stages& stages, const CameraRequest& request) {
  cli::catch_signals();
  const auto source = FrameSource::create(parse_source_spec(request.source).spec);
  std::string stamp = tool.clock()().iso8601().substr(0, 19);
  std::replace(stamp.begin(), stamp.end(), ':', '-');

  CaptureOptions options;
  options.count = request.count;
  options.same_person = request.same_person;
  Capture capture(stages.video_detector(), stages.photo_detector(), stages.encoder(), options);
  double seconds = 0;
  {
    GuidanceLine line(tool);
    Frame frame;
    while (cli::stop_signal() == 0 && !capture.done() && next_frame(*source, frame, tool, line)) {
      if (frame.seconds > request.seconds) break;
      seconds = frame.seconds;
      const Guidance guidance = capture.look(frame);
      line.show(fmt::format("{}/{}  {}", capture.kept(), request.count, text_of(guidance)));
    }
  }

  std::vector<CameraPicture> pictures;
  for (Portrait& portrait : capture.take()) {
    pictures.push_back({fmt::format("camera-{}-{}.jpg", stamp, pictures.size() + 1), std::move(portrait)});
  }
  if (pictures.empty()) {
    const auto obstacle = capture.main_obstacle();
    tool.error(fmt::format("{}: no usable view in {:.{}f} s: {}{}", source->name(), seconds, seconds < 10 ? 1 : 0,
                           obstacle ? "mostly " : "", obstacle ? text_of(*obstacle) : "no frames"));
  }
  return pictures;
}

}  // namespace faceatt
