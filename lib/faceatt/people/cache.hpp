// The cache of encodings: what was found in each photo, so that no photo is looked at twice. Safe to delete.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/core/seal.hpp"

namespace faceatt {

// What is known of one photo. Owns nothing: texts and numbers are of the cache that was loaded, or of the caller.
struct CacheEntry {
  std::string_view path;  // relative to the people folder
  FileStamp stamp;
  std::int64_t read_at_ns = 0;              // system clock when the photo was read
  Digest sha256{};                          // of the photo's bytes
  std::string_view problem;                 // why it cannot be used; empty when it can
  int quality = 0;                          // percent
  std::span<const std::uint16_t> encoding;  // as EncodingMatrix packs it; empty when it cannot be used
};

class EncodingCache {
 public:
  enum class State { kNone, kGood, kDamaged };

  // `fingerprint` stands for model and parameters: a cache made with others is not read. `dimension` is that of the
  // encodings. With a key in `seal` it is written sealed, and read sealed or plain.
  EncodingCache(std::filesystem::path file, std::string fingerprint, std::size_t dimension, Seal seal = {});

  // Reads the file. A file that is cut short, altered, of another version or model leaves the cache empty (kDamaged):
  // its SHA-256 over everything, lengths and all, must be right before any of it is used. What is used is the copy that
  // was checked: a mapped file could change, or end, under the feet of a program that runs for months. Throws
  // Error(kCannotRun) when it is sealed with a key that is not here: it is not for this program to replace.
  State load();
  // After load(): whether the file is plain though there is a key.
  bool is_to_seal() const { return is_to_seal_; }

  // Sorted by path. Valid until the next load() and the end of the cache.
  const std::vector<CacheEntry>& entries() const { return entries_; }

  // Replaces the file as a whole, mode 0600; other processes see the old or the new one. `entries` are sorted by path,
  // each once, and may be of this cache. Throws std::system_error.
  void save(const std::vector<CacheEntry>& entries) const;

 private:
  std::filesystem::path file_;
  std::string fingerprint_;
  std::size_t dimension_;
  Seal seal_;
  bool is_to_seal_ = false;
  std::string bytes_;
  std::vector<std::uint16_t> encodings_;
  std::vector<CacheEntry> entries_;
};

}  // namespace faceatt
