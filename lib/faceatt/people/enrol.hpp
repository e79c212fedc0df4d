// Enrolment: a photo comes into the people folder, or is refused with a reason.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"

namespace faceatt {

enum class EnrolVerdict {
  kEnrolled,
  kKnown,            // this very photo is enrolled for this person already
  kDuplicatePerson,  // the face is somebody else's who is enrolled
  kRejected,         // no face, several, poor quality, or an id that cannot be
  kError,            // the file cannot be read or stored
};

const char* name_of(EnrolVerdict verdict);

struct EnrolRequest {
  std::filesystem::path photo;
  std::string id;                  // as the user gave it or as it follows from the path
  std::filesystem::path folder;    // the people folder
  double duplicate_threshold = 0;  // similarity to another person from which on it is the same person
  bool allow_duplicate = false;
  bool dry_run = false;
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

// Stores the photo as FOLDER/ID/NAME, synced and renamed into place, and adds it to the gallery. A file that is there
// is never replaced: another photo of the same name gets a number. Does not throw for a bad photo.
EnrolResult enrol_photo(const EnrolRequest& request, Gallery& gallery, const PortraitReader& reader);

// The id that follows from where a photo lies: below `root` in a folder, that folder's name; else the file's stem.
std::string id_of_path(const std::filesystem::path& photo, const std::filesystem::path& root);

// Deletes the photos of a person from the people folder, and their folder when nothing else is in it.
// Returns what was deleted. Throws Error(kCannotRun) when a photo cannot be deleted.
std::vector<std::filesystem::path> remove_person(const std::filesystem::path& folder, const Person& person,
                                                 bool dry_run);

}  // namespace faceatt
