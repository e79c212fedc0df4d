// OpenCV, libjpeg, libpng and FFmpeg write to standard error on their own. While a StderrCapture lives, what is written
// there is kept instead, so that a program can say one clear line of its own.
#pragma once

#include <mutex>
#include <string>

#include "faceatt/core/file.hpp"

namespace faceatt {

// Process-wide: what another thread writes to standard error meanwhile is captured too (the tools write their messages
// to a descriptor of their own), and a second thread that wants to capture waits. Keep it short.
class StderrCapture {
 public:
  StderrCapture();
  ~StderrCapture();
  StderrCapture(const StderrCapture&) = delete;
  StderrCapture& operator=(const StderrCapture&) = delete;

  std::string text() const;  // so far, at most 64 KB

 private:
  std::unique_lock<std::recursive_mutex> turn_;
  Descriptor sink_;
  Descriptor saved_;
};

// Turns OpenCV's own logging off. It would send INFO to standard output.
void silence_opencv();

}  // namespace faceatt
