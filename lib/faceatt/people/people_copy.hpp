// What a machine has of the people of a store: in memory, and on disk for when the store is away.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/seal.hpp"
#include "faceatt/people/person_record.hpp"

namespace faceatt {

struct PeopleCopy {
  Records records;
  std::string change;      // id of the last change of the store that is in it; empty: nothing was loaded yet
  std::int64_t taken = 0;  // unix seconds when it was last known to be what the store has
};

// The order of two ids of a stream, "MS-SEQ": whether `a` comes before `b`. An empty one comes before all.
bool comes_before(std::string_view a, std::string_view b);

// FOLDER/people.cbor: title, change, taken, n, n times (field, value), SHA-256 of all before it, as CBOR items one
// after another (RFC 8742); with a key all of it sealed.
class PeopleSnapshot {
 public:
  explicit PeopleSnapshot(const std::filesystem::path& folder, Seal seal = {});

  const std::filesystem::path& file() const { return file_; }
  // Empty when there is none. One that is cut short or altered, or that is not this user's to read, is none, with a
  // warning that says so. Throws Error(kCannotRun) when it is sealed with a key that is not here.
  std::optional<PeopleCopy> load(std::vector<std::string>& warnings) const;
  // Whether the file is plain though there is a key.
  bool is_to_seal() const;
  // Replaces it, unless the one that is there has later changes: of several programs of this machine one may be behind.
  // `anew`: everybody was loaded anew, maybe of another store than before, so that what was there does not count.
  // Mode 0600, in a folder of mode 0700. Throws std::system_error,
  // and Error(kCannotRun) as load() does.
  void save(const PeopleCopy& copy, bool anew) const;

 private:
  std::filesystem::path file_;
  Seal seal_;
};

}  // namespace faceatt
