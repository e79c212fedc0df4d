// Enrolment: a photo comes into the people folder, or is refused with a reason.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"

namespace faceatt {

enum class EnrolVerdict {
  kEnrolled,
  kKnown,            // this photo, or nearly this photo, is enrolled for this person already
  kDuplicatePerson,  // the face is somebody else's who is enrolled
  kRejected,         // no face, several, poor quality, or an id that cannot be
  kError,            // the file cannot be read or stored
};

const char* name_of(EnrolVerdict verdict);

// A photo offered for enrolment, and what was found in it.
struct Offer {
  std::filesystem::path name;        // of the file, for messages and for what it is stored as
  std::string bytes;                 // as they are stored
  Digest sha256{};                   // of `bytes`
  std::string unreadable;            // why the file cannot be read; empty when it can
  std::optional<Portrait> portrait;  // none when nothing had to be looked at
};

// Reads a photo. One whose bytes are `known` is not looked at. For use by several threads at once, each with a reader
// of its own.
Offer read_offer(const std::filesystem::path& photo, const PortraitReader& reader, const std::set<Digest>& known);

// A picture that is in no file: of a camera. `portrait.picture` is its JPEG, and `name` what it is stored as.
Offer offer_of(const std::string& name, Portrait portrait);

// The bytes of all photos of a gallery.
std::set<Digest> digests_of(const Gallery& gallery);

struct EnrolRequest {
  std::string id;                  // as the user gave it or as it follows from the path
  std::filesystem::path folder;    // the people folder
  double duplicate_threshold = 0;  // similarity to another person from which on it is the same person
  bool allow_duplicate = false;    // of a person, or of a photo
  bool dry_run = false;
  std::string name{};  // of who is new; empty: made from the id
};

struct EnrolResult {
  EnrolVerdict verdict = EnrolVerdict::kRejected;
  std::string id, name;
  std::string reason;              // empty when enrolled
  int quality = 0;                 // percent
  std::string closest_id;          // the nearest other person; empty when there is none
  double closest_score = -1;       // their similarity
  std::optional<NewPhoto> stored;  // what is new in the people folder
};

// Two photos of one person that are more alike than this are the same shot: copied, scaled or encoded anew.
constexpr double kSameShot = 0.98;

// Stores the photo as FOLDER/ID/NAME, synced and renamed into place, and adds it to the gallery. A file that is there
// is never replaced: another photo of the same name gets a number. Does not throw for a bad photo. Throws
// Error(kCannotRun) when the people folder cannot be written to.
EnrolResult enrol(const EnrolRequest& request, const Offer& offer, Gallery& gallery);

// The id that follows from where a photo lies: below `root` in a folder, that folder's name; else the file's stem.
std::string id_of_path(const std::filesystem::path& photo, const std::filesystem::path& root);

// Deletes the photos of a person from the people folder, and their folder when nothing else is in it.
// Returns what was deleted. Throws Error(kCannotRun) when a photo cannot be deleted.
std::vector<std::filesystem::path> remove_person(const std::filesystem::path& folder, const Person& person,
                                                 bool dry_run);

}  // namespace faceatt
