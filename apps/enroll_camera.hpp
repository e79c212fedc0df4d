// faceatt-enroll --camera: good views of one person from a camera or a clip.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/tool.hpp"
#include "faceatt/people/portrait.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt {

struct CameraRequest {
  std::string source;  // as FrameSource::create() takes it; empty: no camera
  std::size_t count = 5;
  double seconds = 30;     // of the clip's or the camera's time
  double same_person = 0;  // similarity from which two views are of one person
};

struct CameraPicture {
  std::string name;   // camera-2026-11-21T08-59-58-1.jpg
  Portrait portrait;  // usable; its `picture` is what is to be stored, see enrol_portrait()
};

// Watches until there are enough views, the time is over, the source ends or a signal comes; what was taken until then
// counts. Guides the person on standard error when that is a terminal. Says in one line why there is nothing, if so.
// Throws Error(kCannotRun) when the source cannot be opened.
std::vector<CameraPicture> take_pictures(const cli::Tool& tool, Stages& stages, const CameraRequest& request);

}  // namespace faceatt
