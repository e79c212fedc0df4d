// faceatt-enroll on photos and cameras: brings people into the people folder.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "enroll_camera.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/people/portrait.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {

// A photo of which it is known whose it is.
struct AssignedPhoto {
  std::filesystem::path file;
  std::string id, name;
};

struct PhotoRequest {
  std::vector<std::string> photos;      // photos, folders, - for a list on standard input
  std::vector<AssignedPhoto> assigned;  // besides
  bool nul = false;                     // the list is separated by NUL
  std::string id;                       // all are of this person; empty: see id_of_path()
  FaceChoice choice;
  bool allow_duplicate = false;
  bool with_photos = false;  // for the store
  CameraRequest camera;      // instead of photos, when it has a source
};

// One record per photo; `enrolled` are the ids of those that are enrolled now, or were already. Photos are read on all
// cores and enrolled in the order in which they were given. Creates the people folder. Returns an exit code.
int enrol_photos(const PhotoRequest& request, const MatchRule& rule, Gallery& gallery, Stages& stages, const Tool& tool,
                 Output& out, std::set<std::string>& enrolled);

}  // namespace faceatt::cli
