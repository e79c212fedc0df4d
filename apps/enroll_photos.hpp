// faceatt-enroll on photos and cameras: brings people into the people folder.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "enroll_camera.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/people/portrait.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {

struct PhotoRequest {
  std::vector<std::string> photos;  // photos, folders, - for a list on standard input
  bool nul = false;                 // the list is separated by NUL
  std::string id;                   // all are of this person; empty: see id_of_path()
  FaceChoice choice;
  bool allow_duplicate = false;
  CameraRequest camera;  // instead of photos, when it has a source
};

// One record per photo. Photos are read on all cores and enrolled in the order in which they were given. Creates the
// people folder. Returns an exit code.
int enrol_photos(const PhotoRequest& request, const MatchRule& rule, Gallery& gallery, Stages& stages, const Tool& tool,
                 Output& out);

}  // namespace faceatt::cli
