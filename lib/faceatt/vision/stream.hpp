// Stage: network stream -> Frames, with FFmpeg's own libraries: they can be interrupted, tell damaged pictures, and
// decode without delay, which OpenCV 4.6 passes none of on.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "faceatt/vision/video.hpp"

namespace faceatt {

// See FrameSource::create(). OPENCV_FFMPEG_CAPTURE_OPTIONS (`key;value|key;value`) adds to the options of the protocol,
// or replaces them.
std::unique_ptr<FrameSource> open_stream(const std::string& url, std::stop_token stop);

}  // namespace faceatt
