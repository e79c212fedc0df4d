// Is the people folder in order? Photos of somebody else, people enrolled twice, copies, photos too poor to help.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "faceatt/vision/models.hpp"
#include "faceatt/vision/quality.hpp"

namespace faceatt {

enum class FindingKind {
  kWrongPhoto,     // does not agree with the other photos of its person
  kSamePerson,     // two ids whose photos are in the range of one person
  kNearDuplicate,  // the same picture as another photo of the person: copied, re-encoded, resized or cropped
  kWeakPhoto,      // the gallery uses it, but enrolment would have refused it
  kUnusablePhoto,
  kNoUsablePhoto,  // a person nobody can be recognised as
  kStaleFile,      // nothing reads it
};

const char* name_of(FindingKind kind);  // "wrong_photo"

struct Finding {
  FindingKind kind = FindingKind::kStaleFile;
  std::string file, id;              // people folder included; either may be empty
  std::string other_id, other_file;  // what it was compared with, where there is something
  std::optional<double> score;       // similarity to that: cosine, or same_picture() for copies
  std::string reason;                // with the numbers, and what to do
  bool unclear = false;              // kWrongPhoto: any photo of the person may be the wrong one
};

// From when on similarities mean something. For MobileFaceNet, measured on LFW (1,943 photos of 996 people), the London
// set and dlib's johns, label errors left out:
struct CheckLimits {
  // Photos of one person below this disagree: loose level minus one and a half times what lies between loose and
  // strict, 0.25. 1.0 % of the pairs of different people reach it; of 1,579 pairs of photos of one person 7 real ones
  // stay below, and of 1,448 photos with others of their person one.
  double different;
  double loose, normal, margin;  // of the model
  // Two ids from here on are one person: the strict level, 0.50. One pair of 1,885,000 of different people reaches it,
  // 92 % of the pairs of photos of one person do.
  double same_person;
  // Photos from here on are compared as pictures: halfway from strict to 1, 0.75. Copies resized to 40 % or more,
  // cropped by 10 % on every side, or JPEG quality 30 have 0.75 and more; different shots reach 0.985, which is why the
  // similarity alone cannot tell copies.
  double candidate;
  // same_picture() of copies; see the figures there.
  double copy;

  static CheckLimits of(const ModelThresholds& thresholds);
};

// Looks at photo files again. A test has its own.
struct PhotoInspector {
  // Empty when the photo shows no face any more.
  std::function<std::optional<Quality>(const std::string& file)> quality;
  // As same_picture(); -1 when it cannot be told.
  std::function<double(const std::string& file, const std::string& other)> same_picture;
};

struct CheckOptions {
  ModelThresholds thresholds;
  QualityLimits quality = kEnrolmentLimits;
  std::size_t threads = 1;
  // Makes an inspector for each thread. Empty: photos are not looked at again, and only copies byte for byte and
  // photos that the gallery refused are found.
  std::function<PhotoInspector()> make_inspector;
  std::function<void(std::size_t done, std::size_t total)> progress;  // in the calling thread; may be empty
};

// What is wrong with the people of the gallery, sorted by kind, id and file. A cause gives one finding: a photo too
// poor to be compared is weak, not wrong; a copy that is small is a copy. Deterministic.
std::vector<Finding> check(const Gallery& gallery, const CheckOptions& options);

// What lies in the folder and nothing reads: left-over temporary files, caches other than `caches`, files that are no
// photo, folders without photos and names that cannot be ids. Dot files of others are left alone. Throws
// Error(kCannotRun) when the folder cannot be listed.
std::vector<Finding> check_folder(const std::filesystem::path& folder, const std::vector<GalleryOptions>& caches);

}  // namespace faceatt
