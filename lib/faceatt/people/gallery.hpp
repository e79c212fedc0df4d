// The people folder as a gallery: who is enrolled and with which encodings.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "faceatt/people/portrait.hpp"

namespace faceatt {

struct GalleryPhoto {
  std::filesystem::path path;  // people folder included
  Portrait portrait;
  std::string sha256;  // of the file's bytes, hex
};

struct Person {
  std::string id;    // NFC
  std::string name;  // from the roster, else made from the id
  std::vector<std::string> groups;
  std::vector<GalleryPhoto> photos;  // sorted by path; none for people who are only in the roster

  std::size_t usable_photos() const;
};

// A photo in the people folder and the id it belongs to.
struct PhotoOfPerson {
  std::filesystem::path path;
  std::string id;
};

// Lists the folder: flat files (stem is the id) and a folder per person. Names that cannot be ids, folders that cannot
// be read and links to folders are reported in `warnings`. Throws Error(kCannotRun) when `folder` itself cannot be
// listed.
std::vector<PhotoOfPerson> list_people_photos(const std::filesystem::path& folder, std::vector<std::string>& warnings);

struct GalleryOptions {
  std::filesystem::path folder;
  std::string fingerprint;  // of model and parameters; the cache of one is never used for another
  std::string cache_name;   // file name for the cache, one per model
  int dimension = 0;
  std::function<void(std::size_t done, std::size_t total)>
      progress;  // called while photos are being read; may be empty
};

// Puts photos that were read just now into the cache, so that no load() reads them again.
void add_to_cache(const GalleryOptions& options, const std::vector<GalleryPhoto>& photos);

// Changes when a photo or the roster is added, replaced, renamed or removed.
std::size_t people_folder_state(const std::filesystem::path& folder);

class Gallery {
 public:
  Gallery() = default;

  // Reads what changed since the cache was written, with `reader`, and brings the cache up to date. Only new or altered
  // photos are read; a photo is altered when its content is, whatever its name and time. What is wrong with the cache,
  // the roster or photos read just now is reported in `warnings`; a folder that cannot be written to costs the cache
  // only. Throws Error(kCannotRun) when the folder or the roster cannot be read.
  static Gallery load(const GalleryOptions& options, const PortraitReader& reader, std::vector<std::string>& warnings);

  const std::vector<Person>& people() const { return people_; }  // sorted by id
  const Person* find(const std::string& id) const;               // null when there is none
  // A photo that was stored just now; load() would find it too.
  void add(const std::string& id, const std::string& name, GalleryPhoto photo);
  std::size_t photos_read() const { return photos_read_; }  // by `reader`, in load()

  // Highest similarity of each person to the probe, in the order of people(); -1 for people without usable photos.
  std::vector<float> scores(const Encoding& probe) const;

 private:
  std::vector<Person> people_;
  std::vector<float> matrix_;  // one row per encoding
  std::vector<std::size_t> row_to_person_;
  std::size_t dimension_ = 0;
  std::size_t photos_read_ = 0;

  void build_matrix();
};

}  // namespace faceatt
