// A person as a store has them: what one people folder says of them, as one value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {

// What one model made of a photo.
struct PhotoReading {
  std::string problem;   // why the photo cannot be used; empty when it can
  int quality = 0;       // percent
  std::string encoding;  // as EncodingMatrix packs it, little-endian; empty when it cannot
};

struct PhotoRecord {
  std::string file;                                           // relative to the people folder
  Digest sha256{};                                            // of its bytes
  std::map<std::string, PhotoReading, std::less<>> readings;  // by the model's reading_key()
};

struct PersonRecord {
  std::string name;  // empty: it follows from the id
  std::vector<std::string> groups;
  std::int64_t published = 0;  // unix ms
  std::vector<PhotoRecord> photos;

  std::string to_cbor() const;
  // Throws Error(kInput) for what is no record, or one that nobody can have made: bytes of a store can be anything.
  static PersonRecord from_cbor(std::string_view bytes);
  // Whether both say the same, whenever they were published.
  bool says_what(const PersonRecord& other) const;
};

// Of Stages::fingerprint(): enough of it to tell models apart.
std::string reading_key(const std::string& fingerprint);

// Which record it is. The same person may be enrolled in several people folders.
struct RecordField {
  std::string id;      // NFC
  std::string origin;  // "HOST:/people/folder"

  std::string text() const;
  // Throws Error(kInput) when it is none, or its id cannot be one.
  static RecordField parse(std::string_view text);
};

// "HOST:/people/folder" of a people folder of this machine.
std::string origin_of(const std::filesystem::path& people);

// Records by RecordField::text(): those of one person lie side by side, and people are sorted by id.
using Records = std::map<std::string, std::string, std::less<>>;

// A person, of all their records.
struct JoinedPerson {
  struct Photo {
    std::string path;  // "ORIGIN/FILE"
    Digest sha256{};
    std::vector<std::string> fields;  // of the records it is in
    PhotoReading reading;             // of the model asked for
    bool is_read = false;             // whether that model has looked at it
  };
  std::string id, name;
  std::vector<std::string> groups;
  std::vector<Photo> photos;  // each content once, sorted by path
};

// The person whose records begin at `at`, which is moved on to the next person's. Name and groups are those of the
// latest record that has some. What is no record is told in `warnings`; the person is there all the same.
JoinedPerson join_records(Records::const_iterator& at, Records::const_iterator end, std::string_view key,
                          std::vector<std::string>& warnings);

// Everybody with name and groups.
Roster roster_of(const Records& records, std::vector<std::string>& warnings);

}  // namespace faceatt
