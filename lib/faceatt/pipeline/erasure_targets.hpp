// What there is of people who are to be erased.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "faceatt/attendance/erase.hpp"
#include "faceatt/core/mention.hpp"
#include "faceatt/people/erase.hpp"
#include "faceatt/pipeline/erasure.hpp"

namespace faceatt {

struct ErasureTarget {
  std::string id, name;  // NFC
  PersonTraces traces;
  Mentions mentions{{}, {}};
  std::vector<Encoding> faces;
  std::vector<std::string> encodings;  // as they lie in files
  std::string pseudonym;
  std::map<std::filesystem::path, LogErasure> logs;       // those that name them; without the texts
  std::map<std::filesystem::path, std::string> pictures;  // files and folders, and why each is theirs
  std::vector<std::filesystem::path> sidecars;            // of strangers' pictures that name them as the closest
};

struct ErasureTargets {
  std::vector<ErasureTarget> found;
  std::vector<ErasureTarget> missing;         // nothing is there of them, or only what cannot be removed
  std::vector<std::filesystem::path> caches;  // files that may hold encodings and are not the cache in use
};

// Reads the folders and the log, and all pictures below the folders when somebody has a face to know them by. Pictures
// that cannot be read are told as failed. Throws Error(kCannotRun).
ErasureTargets find_targets(const ErasureRequest& request, const Gallery& gallery, Stages& stages,
                            const ErasureListener& listener);

}  // namespace faceatt
