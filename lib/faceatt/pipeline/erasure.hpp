// Erases people out of the people folder, the caches, folders of pictures and the log, then searches for what is left.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt {

struct ErasureRequest {
  std::vector<std::string> ids;                // as given
  std::filesystem::path people;                // folder
  std::filesystem::path log;                   // or a pattern: all its files
  std::vector<std::filesystem::path> folders;  // of pictures, and all below them; those that are not there are no error
  double threshold = 0;                        // similarity from which the face in a picture is theirs
  bool dry_run = false;
  // Ids (NFC) of people who are somewhere else, too, and the pseudonyms they have there: with nothing of them here,
  // that is no failure, and pictures here are looked through for their faces.
  std::map<std::string, std::string> elsewhere = {};
};

struct ErasureChange {
  std::filesystem::path file;
  std::string id, name;  // of whom
  const char* verdict;   // "removed" or "rewritten"
  std::string reason;
};

// Who wants to know. Every change is told when it is done, in a dry run when it would be.
struct ErasureListener {
  std::function<void(const ErasureChange&)> changed;
  std::function<void(const std::string&)> failed, warned;  // one line
  std::function<void(const std::string&)> erased;          // of one person, after the search: what was looked through
};

// `gallery` is that of the people folder. Pictures go first, while there are encodings to know them by; the log follows
// the photos, when nobody recognises them any more; the roster, which knows the names, is the last. What a crash leaves
// is found by the next run. Returns false when something failed, which was told. Throws Error(kCannotRun).
bool erase_people(const ErasureRequest& request, const Gallery& gallery, Stages& stages,
                  const ErasureListener& listener);

}  // namespace faceatt
