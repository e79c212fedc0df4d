// Stage: camera, clip or folder -> Frames.
#pragma once

#include <memory>
#include <string>

#include "faceatt/vision/frame.hpp"

namespace faceatt {

class FrameSource {
 public:
  // `spec`: a device number, a URL, a folder of images (in the order of their names), or a video file. A user and
  // password in a URL are never part of a message. Throws Error(kCannotRun) when it cannot be opened.
  static std::unique_ptr<FrameSource> create(const std::string& spec);

  virtual ~FrameSource() = default;

  // The next frame; false at the end, or when a camera stops delivering (see is_live()). Throws Error(kInput) for an
  // image of a folder that cannot be read; the call after it goes on with the next image.
  virtual bool next(Frame& frame) = 0;
  // A camera: frames come at their own time and never end by themselves.
  virtual bool is_live() const = 0;
  // What to call it in records and messages.
  virtual const std::string& name() const = 0;
};

// `rtsp://user:secret@host/x` -> `rtsp://host/x`.
std::string without_password(const std::string& url);

}  // namespace faceatt
