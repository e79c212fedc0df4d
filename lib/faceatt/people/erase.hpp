// Takes a person out of the people folder, and looks whether anything of them is left anywhere.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "faceatt/core/mention.hpp"
#include "faceatt/people/gallery.hpp"

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

// Looks through files for what is left of a person.
class LeftoverSearch {
 public:
  // `encodings`: as encoding_bytes() gives them.
  LeftoverSearch(const Mentions& person, std::vector<std::string> encodings)
      : person_(person), encodings_(std::move(encodings)) {}

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
  std::size_t files_ = 0;
  std::vector<std::string> found_;
};

}  // namespace faceatt
