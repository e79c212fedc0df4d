// A folder for the pictures that a run makes: only its owner can enter it.
#pragma once

#include <filesystem>
#include <string>

#include "faceatt/vision/frame.hpp"

namespace faceatt {

class PictureFolder {
 public:
  // Makes the folder unless it is there. `option` is what asked for it ("--annotate"). Throws Error(kCannotRun).
  PictureFolder(std::string option, std::filesystem::path folder, bool overwrite);

  const std::filesystem::path& path() const { return folder_; }
  bool overwrites() const { return overwrite_; }

  // Throws Error(kInput) when this photo lies in the folder itself: it could be replaced.
  void refuse_photo_inside(const std::string& photo) const;

  // A JPEG, mode 0600. Throws Error(kInput) when it cannot be written, or is there and is not to be overwritten.
  void write(const std::string& name, const Frame& picture) const;

 private:
  std::string option_;
  std::filesystem::path folder_;
  bool overwrite_;
};

}  // namespace faceatt
