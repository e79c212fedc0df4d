// What people see of a camera: a window, a video, a picture that is refreshed.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/pipeline/watcher.hpp"
#include "faceatt/vision/draw.hpp"
#include "faceatt/vision/preview.hpp"
#include "faceatt/vision/recording.hpp"
#include "faceatt/vision/window.hpp"

namespace faceatt {

struct PictureOptions {
  std::string video, preview;  // files; empty: none
  bool window = false;
  bool overwrite = false;  // a video that is there
  double fps = 0;          // of the video

  bool any() const { return window || !video.empty() || !preview.empty(); }
};

// Of one camera.
class Pictures {
 public:
  // With `several` cameras the files are called by the camera, too: door.mp4 -> door-front.mp4.
  Pictures(cli::Tool& tool, const PictureOptions& options, const std::string& camera, bool several);

  // Draws a copy of the frame. A video that cannot be written any more is given up with a warning.
  void show(const Frame& frame, const std::vector<WatchedFace>& faces, const std::string& status);
  // The camera is lost: the last picture stays, with this status.
  void show_lost(const std::string& status);
  // Nothing to show: the window lives on. To be called a few times a second.
  void idle();
  // The key pressed in the window since the last call.
  std::optional<char> key() { return std::exchange(key_, std::nullopt); }
  // Closes the video. False when it is not whole, which is said on standard error.
  bool finish();

 private:
  cli::Tool& tool_;
  FacePainter painter_;
  std::unique_ptr<Recorder> video_;
  std::unique_ptr<Preview> preview_;
  std::unique_ptr<Window> window_;
  cv::Mat last_;  // drawn; of the window
  std::optional<char> key_;
  bool failed_ = false;
};

}  // namespace faceatt
