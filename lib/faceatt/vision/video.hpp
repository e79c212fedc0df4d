// Stage: camera, clip or folder -> Frames.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "faceatt/vision/frame.hpp"

namespace faceatt {

class FrameSource {
 public:
  // `spec`: a device number or path (/dev/video*, /dev/v4l/*), a URL, a folder of images (in the order of their names),
  // or a video file. A user and password in a URL are never part of a message. Throws Error(kCannotRun) when it cannot
  // be opened. For a stream `stop` ends opening and grab(), which then fails within 0.2 s. Several threads may open
  // sources at once.
  static std::unique_ptr<FrameSource> create(const std::string& spec, std::stop_token stop = {});

  virtual ~FrameSource() = default;

  // Goes on to the next frame, without making its picture; false at the end, or when a camera stops delivering (a
  // stream: nothing for 5 s).
  virtual bool grab() = 0;
  // The time of the frame last grabbed, see Frame::seconds.
  virtual double seconds() const = 0;
  // The frame last grabbed; false when it is damaged: the next may be whole. Throws Error(kInput) for an image of a
  // folder that cannot be read.
  virtual bool retrieve(Frame& frame) = 0;
  // A camera: frames come at their own time and never end by themselves.
  virtual bool is_live() const = 0;
  // What to call it in records and messages.
  virtual const std::string& name() const = 0;

  // The next whole frame; false and throws as above. The call after a throw goes on with the next image.
  bool next(Frame& frame) {
    while (grab()) {
      if (retrieve(frame)) return true;
    }
    return false;
  }
};

}  // namespace faceatt
