// A table of numbers in a file beside a log, so that one row among a million is found without reading the log.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "faceatt/core/file.hpp"

struct stat;  // of <sys/stat.h>

namespace faceatt {

// Up to where rows of a log were read, and what it was like then. The hashes are those of fnv1a().
struct LogCoverage {
  std::uint64_t inode = 0;
  std::uint64_t size = 0;  // bytes from its beginning, whole lines
  std::int64_t mtime_ns = 0;
  std::uint64_t tail_hash = 0;    // of the last bytes before `size`
  std::uint64_t header_hash = 0;  // of its first line
  std::uint64_t last_row = 0;     // offset of the last attendance row; 0: there is none
};

std::uint64_t fnv1a(std::string_view bytes);

// Hash -> offset of a row, any number of offsets to a hash. What the numbers mean, and whether a hit is one, is the
// caller's to know. Open addressing; read and written in place with pread and pwrite, never mapped: a file that is
// shortened would end a process that has it mapped. Nothing is ever synced: a file of another boot is not opened, so
// that what a power cut left is not used. The caller holds the lock of the log, but for reading.
class IndexFile {
 public:
  // When the file cannot be read, written, or made larger; it is best removed then.
  struct Failure : std::system_error {
    using std::system_error::system_error;
  };
  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t offset = 0;  // not 0
  };

  // Empty when there is none of this boot that is whole and may be read, and written when `writable`.
  static std::optional<IndexFile> open(const std::filesystem::path& path, bool writable);
  // Replaces what is there by a file of `entries`, with owner and mode of the log as `log` tells them: who may read the
  // one may read the other. Empty when it cannot be written, or is not ours to replace, or lies on a network, where
  // machines would take each other's for their own.
  static std::optional<IndexFile> create(const std::filesystem::path& path, const std::vector<Entry>& entries,
                                         const LogCoverage& coverage, const struct stat& log);

  const LogCoverage& coverage() const { return coverage_; }
  bool writable() const { return writable_; }

  // All below throw Failure.
  void cover(const LogCoverage& coverage);
  std::vector<std::uint64_t> find(std::uint64_t hash) const;  // offsets
  void add(std::uint64_t hash, std::uint64_t offset);
  void replace(std::uint64_t hash, std::uint64_t from, std::uint64_t to);  // offsets; nothing happens without `from`

 private:
  IndexFile() = default;
  void grow();
  void write_header();
  // Calls `visit` with each entry from where those of `hash` begin, and where it stands, until it returns false; the
  // first empty entry is the last.
  void probe(std::uint64_t hash, const auto& visit) const;

  std::filesystem::path path_;
  Descriptor file_;
  bool writable_ = false;
  std::uint64_t capacity_ = 0, used_ = 0;  // entries; the capacity is a power of two
  LogCoverage coverage_;
};

}  // namespace faceatt
