// A window on the desktop. Needs OpenCV's highgui, and with it Qt: an object file of its own, so that only programs
// that show one load them, and left out of builds with -DFACEATT_WINDOW=OFF.
#pragma once

#include <memory>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <string>

namespace faceatt {

class Window {
 public:
  // Throws Error(kCannotRun) when no display can be opened (which a process of its own tries first, since the toolkit
  // would end this one), UsageError when the build has no window. The locale stays as it is, and the toolkit is told
  // not to write messages. From then on the toolkit ends the process with exit(1) when the display goes away.
  static std::unique_ptr<Window> create(const std::string& title);

  virtual ~Window() = default;

  // Shows the picture (8-bit BGR), the first one at its own size, and returns the key that was pressed, if it is an
  // ASCII one; 'q' once the window has been closed. In the thread that created the window. Takes a few milliseconds.
  virtual std::optional<char> show(const cv::Mat& image) = 0;
};

}  // namespace faceatt
