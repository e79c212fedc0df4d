// The cache of encodings: what was found in each photo, so that no photo is looked at twice. Safe to delete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>

#include "faceatt/core/file.hpp"
#include "faceatt/people/portrait.hpp"

namespace faceatt {

struct CacheEntry {
  FileStamp stamp;
  std::int64_t read_at_ns = 0;  // system clock when the photo was read
  std::string sha256;           // of the photo's bytes, hex
  Portrait portrait;
};

class EncodingCache {
 public:
  enum class State { kNone, kGood, kDamaged };

  // `fingerprint` stands for model and parameters: a cache made with others is not read. `dimension` is that of the
  // encodings.
  EncodingCache(std::filesystem::path file, std::string fingerprint, int dimension);

  // Reads the file. A file that is cut short, altered, of another version or model leaves the cache empty (kDamaged):
  // its SHA-256 over everything, lengths and all, must be right before any of it is used.
  State load();

  // Replaces the file as a whole, mode 0600; other processes see the old or the new one. Throws std::system_error.
  void save() const;

  std::unordered_map<std::string, CacheEntry>& entries() { return entries_; }  // by path relative to the people folder

 private:
  std::filesystem::path file_;
  std::string fingerprint_;
  int dimension_;
  std::unordered_map<std::string, CacheEntry> entries_;
};

}  // namespace faceatt
