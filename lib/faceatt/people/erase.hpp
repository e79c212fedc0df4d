// Takes a person out of the people folder, and looks whether anything of them is left anywhere.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/core/mention.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/people/stranger_file.hpp"

namespace faceatt {

// What of a person lies in the people folder.
struct PersonTraces {
  std::vector<std::filesystem::path> entries;  // flat photos, and folders as a whole
  std::vector<std::filesystem::path> files;    // the same, file by file
  std::size_t roster_rows = 0;
  std::set<std::string> names;  // ids and names as they are spelled there
};

// Throws Error(kCannotRun) when the folder cannot be read.
PersonTraces traces_of(const std::filesystem::path& folder, const std::string& id);

// Files in .faceatt that may hold encodings, but for the cache named `kept`: caches of other models, temporary files of
// any cache. All of them are safe to delete.
std::vector<std::filesystem::path> other_caches(const std::filesystem::path& folder, const std::string& kept);

// Each throws Error(kCannotRun) that names the file.
void remove_all_of(const std::vector<std::filesystem::path>& paths);
void remove_from_roster(const std::filesystem::path& folder, const std::string& id);

// Encodings as they may lie in a file: half-precision as in the cache, and 32-bit.
std::vector<std::string> encoding_bytes(const Gallery& gallery, const Person& person);

// The faces of a person, to know encodings of other pictures by.
struct KnownFaces {
  std::vector<Encoding> encodings;
  std::string fingerprint;  // of detector and encoder
  double threshold = 0;     // similarity from which another encoding is of the person

  // The best similarity to the face in a stranger's sidecar when it reaches the threshold.
  std::optional<double> score_of(const Sidecar& sidecar) const;
};

// Sidecars of strangers' pictures anywhere below a folder that name the person as the closest; links are not followed.
// Throws Error(kCannotRun).
std::vector<std::filesystem::path> sidecars_naming(const std::filesystem::path& folder, const Mentions& person,
                                                   const Seal& seal = {});

// The sidecar names nobody as the closest any more. The caller holds a FolderLock on its folder. Nothing happens when
// it has gone meanwhile. Throws Error(kCannotRun).
void forget_closest(const std::filesystem::path& file, const Seal& seal = {});

// Looks through files for what is left of a person.
class LeftoverSearch {
 public:
  // `encodings`: as encoding_bytes() gives them. `faces`: looked for in sidecars of strangers' pictures.
  // What is sealed is opened with `seal`; what cannot be opened counts as left over.
  LeftoverSearch(const Mentions& person, std::vector<std::string> encodings, KnownFaces faces = {}, Seal seal = {})
      : person_(person), encodings_(std::move(encodings)), faces_(std::move(faces)), seal_(std::move(seal)) {}

  // All files below a folder, hidden ones too; links are not followed. Nothing when there is no such folder.
  void look_below(const std::filesystem::path& folder);
  // roster.csv by cells: also ids that are too short to be looked for in any text.
  void look_at_roster(const std::filesystem::path& file);
  // The cache record by record.
  void look_at_cache(const GalleryOptions& options);

  std::size_t files() const { return files_; }
  const std::vector<std::string>& found() const { return found_; }  // "PATH: what is left"

 private:
  void look_at_name(const std::filesystem::path& path, bool names_people);
  void look_into(const std::filesystem::path& file);

  const Mentions& person_;
  std::vector<std::string> encodings_;
  KnownFaces faces_;
  Seal seal_;
  std::size_t files_ = 0;
  std::vector<std::string> found_;
};

}  // namespace faceatt
