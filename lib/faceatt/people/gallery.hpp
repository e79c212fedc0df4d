// The people folder as a gallery: who is enrolled and with which encodings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/core/seal.hpp"
#include "faceatt/people/encodings.hpp"
#include "faceatt/people/portrait.hpp"

namespace faceatt {

// A photo of a person of the gallery.
struct GalleryPhoto {
  static constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

  std::string path;  // people folder included
  Digest sha256{};   // of the file's bytes
  std::string problem;
  int quality = 0;           // percent
  std::size_t row = kNoRow;  // of its encoding; none when the photo cannot be used

  bool usable() const { return problem.empty(); }
};

struct Person {
  std::string id;    // NFC
  std::string name;  // from the roster, else made from the id
  std::vector<std::string> groups;
  std::vector<GalleryPhoto> photos;  // sorted by path; none for people who are only in the roster
  bool expected = true;              // false: not of the group that the gallery is restricted to

  std::size_t usable_photos() const;
};

// A person and how much a probe is like them: cosine similarity of their best photo.
struct Candidate {
  const Person* person = nullptr;  // owned by the gallery
  double score = -1;
};

// A photo in the people folder and the id it belongs to.
struct PhotoOfPerson {
  std::string file;  // relative to the people folder
  std::string id;
  std::optional<FileStamp> stamp;  // none when it is not a readable regular file
};

// Lists the folder: flat files (stem is the id) and a folder per person; sorted by `file`. Names that cannot be ids,
// folders that cannot be read and links to folders are reported in `warnings`. Throws Error(kCannotRun) when `folder`
// itself cannot be listed.
std::vector<PhotoOfPerson> list_people_photos(const std::filesystem::path& folder, std::vector<std::string>& warnings);

struct GalleryOptions {
  std::filesystem::path folder;
  std::string fingerprint;  // of model and parameters; the cache of one is never used for another
  std::string cache_name;   // file name for the cache, one per model
  std::size_t dimension = 0;
  std::size_t threads = 1;  // that read photos
  Seal seal = {};           // of the cache
  // Called while photos are being read, in the calling thread; may be empty.
  std::function<void(std::size_t done, std::size_t total)> progress;
};

// A photo that was stored in the people folder just now.
struct NewPhoto {
  std::filesystem::path path;  // people folder included
  Digest sha256{};
  Portrait portrait;
};

// Puts photos that were read just now into the cache, so that no load() reads them again.
void add_to_cache(const GalleryOptions& options, const std::vector<NewPhoto>& photos);

// Changes when a photo or the roster is added, replaced, renamed or removed.
std::size_t people_folder_state(const std::filesystem::path& folder);

class Gallery {
 public:
  // Makes a reader, once for each thread that reads photos.
  using ReaderFactory = std::function<PortraitReader()>;

  Gallery() = default;

  // Reads what changed since the cache was written, and brings the cache up to date. Only new or altered photos are
  // read; a photo is altered when its content is, whatever its name and time. What is wrong with the cache, the roster
  // or photos read just now is reported in `warnings`; a folder that cannot be written to costs the cache only. Throws
  // Error(kCannotRun) when the folder or the roster cannot be read, or the cache is sealed with a key that is not here.
  static Gallery load(const GalleryOptions& options, const ReaderFactory& make_reader,
                      std::vector<std::string>& warnings);

  const std::vector<Person>& people() const { return people_; }  // sorted by id
  const Person* find(const std::string& id) const;               // null when there is none
  std::size_t photos_read() const { return photos_read_; }       // looked at in load()
  // The people of both, as faceatt-enroll compares a newcomer with them: the name and the photos of `first` come first,
  // and of photos with the same bytes there is one.
  static Gallery of_both(const Gallery& first, const Gallery& second);

  // A photo that was stored just now; load() would find it too.
  void add(const std::string& id, const std::string& name, const NewPhoto& photo);

  // From now on only people of this group are `expected`; its name is compared in NFC, without spaces around it. Throws
  // UsageError that names the groups when there is no such group.
  void restrict_to(const std::string& group);
  // The same people are `expected` as in `before`, and nobody else: the group is not in the roster any more.
  void restrict_as(const Gallery& before);

  struct Nearest {
    std::vector<Candidate> expected;    // people with usable photos, best first, each once
    std::optional<Candidate> outsider;  // the best of those who are not of the group
  };
  // The `most` people nearest to each probe. A probe of another dimension, or that has a NaN, is near to nobody.
  // Any thread, as long as none changes the gallery.
  std::vector<Nearest> nearest(std::span<const Encoding> probes, std::size_t most) const;

  // The encoding of a usable photo of this gallery.
  Encoding encoding(const GalleryPhoto& photo) const { return encodings_.unpacked(photo.row); }
  const EncodingMatrix& encodings() const { return encodings_; }
  // The index in people() of whom row `row` of encodings() belongs to.
  std::size_t person_of(std::size_t row) const { return person_of_row_[row]; }

 private:
  friend class GalleryBuilder;

  std::vector<Person> people_;
  EncodingMatrix encodings_;
  std::vector<std::uint32_t> person_of_row_;
  std::size_t photos_read_ = 0;
};

// Puts a gallery together, wherever the people come from.
class GalleryBuilder {
 public:
  // Encodings have `dimension` numbers; about so many `photos` are expected.
  explicit GalleryBuilder(std::size_t dimension, std::size_t photos = 0);

  // People come sorted by id, each once, and each is followed by their photos. An empty name is made from the id.
  void add_person(const std::string& id, const std::string& name, std::vector<std::string> groups);
  // `photo.row` is set here; `encoding` is as EncodingMatrix packs it, and empty when the photo is not usable.
  void add_photo(GalleryPhoto photo, std::span<const std::uint16_t> encoding);
  // Somebody as they are in another gallery.
  void add_person_of(const Gallery& other, const Person& person);

  Gallery take() { return std::move(gallery_); }

 private:
  Gallery gallery_;
};

}  // namespace faceatt
