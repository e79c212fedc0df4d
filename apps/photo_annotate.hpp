// Photos with boxes and names drawn into them, in a folder of their own.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "faceatt/pipeline/photo.hpp"
#include "faceatt/vision/draw.hpp"
#include "picture_folder.hpp"

namespace faceatt {

// How a face is framed; a match that gets no mark, because nobody is sure that it lives, is only known.
Look look_of(const RecognisedFace& face);

class AnnotatedPhotos {
 public:
  // Makes the folder, which only its owner can enter, unless it is there. Throws Error(kCannotRun).
  AnnotatedPhotos(const std::filesystem::path& folder, bool overwrite) : folder_("--annotate", folder, overwrite) {}

  // A JPEG of the photo's resolution, named like it, and NAME-2.jpg when another of this run has that name already;
  // mode 0600. Throws Error(kInput) when it cannot be written, is there from before and is not to be overwritten, or
  // when the photo itself lies in the folder: nothing of it is replaced.
  void write(const std::string& photo, const Frame& frame, const std::vector<RecognisedFace>& faces,
             const std::string& status);

 private:
  std::string free_name(const std::string& photo);

  PictureFolder folder_;
  std::set<std::string> names_;  // of this run
  FacePainter painter_;
};

}  // namespace faceatt
