#include "faceatt/people/person_record.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <set>
#include <utility>

#include "faceatt/core/cbor.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/store/keys.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKeyDigits = 32;  // of a fingerprint's 64
constexpr std::size_t kMostPhotos = 10000, kMostReadings = 64, kMostGroups = 1000;
constexpr std::size_t kLongestText = 4096;  // bytes: names of people, groups and files
constexpr std::size_t kLongestEncoding = 65536;

[[noreturn]] void refuse(const char* what) { throw Error(ErrorCode::kInput, what); }

std::string short_text(CborReader& in) {
  const auto text = in.text();
  if (text.size() > kLongestText) refuse("has a text that is too long");
  return std::string(text);
}

std::size_t at_most(std::size_t count, std::size_t most) {
  if (count > most) refuse("has too much of something");
  return count;
}

PhotoReading read_reading(CborReader& in) {
  if (in.array() != 3) refuse("has something else than it should");
  PhotoReading reading;
  reading.problem = short_text(in);
  reading.quality = static_cast<int>(std::clamp<std::int64_t>(in.number(), 0, 100));
  reading.encoding = in.bytes();
  const bool is_fine = reading.problem.empty() != reading.encoding.empty();
  if (!is_fine || reading.encoding.size() > kLongestEncoding || reading.encoding.size() % 2 != 0) {
    refuse("has an encoding that is none");
  }
  return reading;
}

PhotoRecord read_photo_record(CborReader& in) {
  PhotoRecord photo;
  bool has_digest = false;
  for (std::size_t pairs = in.map(); pairs > 0; --pairs) {
    const auto key = in.text();
    if (key == "file") {
      photo.file = short_text(in);
    } else if (key == "sha256") {
      const auto digest = in.bytes();
      if (digest.size() != photo.sha256.size()) refuse("has a SHA-256 that is none");
      std::copy(digest.begin(), digest.end(), photo.sha256.begin());
      has_digest = true;
    } else if (key == "readings") {
      for (std::size_t n = at_most(in.map(), kMostReadings); n > 0; --n) {
        std::string model = short_text(in);
        photo.readings.insert_or_assign(std::move(model), read_reading(in));
      }
    } else {
      in.skip();
    }
  }
  if (!has_digest || photo.file.empty()) refuse("has a photo without name or SHA-256");
  return photo;
}

}  // namespace

std::string PersonRecord::to_cbor() const {
  CborWriter out;
  out.map(4);
  out.text("name");
  out.text(name);
  out.text("groups");
  out.array(groups.size());
  for (const auto& group : groups) out.text(group);
  out.text("published");
  out.number(published);
  out.text("photos");
  out.array(photos.size());
  for (const PhotoRecord& photo : photos) {
    out.map(3);
    out.text("file");
    out.text(photo.file);
    out.text("sha256");
    out.bytes({reinterpret_cast<const char*>(photo.sha256.data()), photo.sha256.size()});
    out.text("readings");
    out.map(photo.readings.size());
    for (const auto& [model, reading] : photo.readings) {
      out.text(model);
      out.array(3);
      out.text(reading.problem);
      out.number(reading.quality);
      out.bytes(reading.encoding);
    }
  }
  return out.take();
}

PersonRecord PersonRecord::from_cbor(std::string_view bytes) {
  PersonRecord record;
  CborReader in(bytes);
  // What a later version adds is passed over.
  for (std::size_t pairs = in.map(); pairs > 0; --pairs) {
    const auto key = in.text();
    if (key == "name") {
      record.name = short_text(in);
    } else if (key == "groups") {
      for (std::size_t n = at_most(in.array(), kMostGroups); n > 0; --n) record.groups.push_back(short_text(in));
    } else if (key == "published") {
      record.published = in.number();
    } else if (key == "photos") {
      const std::size_t photos = at_most(in.array(), kMostPhotos);
      record.photos.reserve(photos);
      for (std::size_t n = photos; n > 0; --n) record.photos.push_back(read_photo_record(in));
    } else {
      in.skip();
    }
  }
  if (!in.at_end()) refuse("goes on after its end");
  return record;
}

bool PersonRecord::says_what(const PersonRecord& other) const {
  PersonRecord same = other;
  same.published = published;
  return to_cbor() == same.to_cbor();
}

std::string reading_key(const std::string& fingerprint) { return fingerprint.substr(0, kKeyDigits); }

std::string RecordField::text() const { return id + kStoreSeparator + origin; }

RecordField RecordField::parse(std::string_view text) {
  const auto at = text.find(kStoreSeparator);
  if (at == std::string_view::npos || !is_utf8(text)) refuse("names nobody");
  RecordField field{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
  if (id_problem(field.id) || to_nfc(field.id) != field.id) refuse("is of an id that cannot be one");
  return field;
}

std::string origin_of(const fs::path& people) {
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0 || host.front() == '\0') host = {"localhost"};
  std::error_code error;
  fs::path folder = fs::weakly_canonical(fs::absolute(people), error);
  if (error) folder = fs::absolute(people);
  if (!folder.has_filename()) folder = folder.parent_path();  // "people/"
  // Separates the parts of a field; a name that has it, or bytes that are not UTF-8, is another folder to nobody else.
  std::string origin = to_nfc(std::string(host.data()) + ":" + folder.string());
  std::replace(origin.begin(), origin.end(), kStoreSeparator, ' ');
  return origin;
}

JoinedPerson join_records(Records::const_iterator& at, Records::const_iterator end, std::string_view key,
                          std::vector<std::string>& warnings) {
  JoinedPerson person;
  person.id = at->first.substr(0, at->first.find(kStoreSeparator));
  std::int64_t name_time = -1, groups_time = -1;
  std::map<Digest, std::size_t> by_content;  // index in photos
  const auto is_theirs = [&](const std::string& field) {
    return field.starts_with(person.id) && field.size() > person.id.size() &&
           field[person.id.size()] == kStoreSeparator;
  };
  for (const auto first = at; at != end && (at == first || is_theirs(at->first)); ++at) {
    const std::string origin = at->first.substr(std::min(person.id.size() + 1, at->first.size()));
    PersonRecord record;
    try {
      record = PersonRecord::from_cbor(at->second);
    } catch (const Error& e) {
      warnings.push_back(fmt::format("{}: record of {} {}; publish it again there", printable(person.id),
                                     printable(origin), e.what()));
      continue;
    }
    if (!record.name.empty() && record.published > name_time) {
      person.name = std::move(record.name);
      name_time = record.published;
    }
    if (!record.groups.empty() && record.published > groups_time) {
      person.groups = std::move(record.groups);
      groups_time = record.published;
    }
    for (PhotoRecord& photo : record.photos) {
      JoinedPerson::Photo joined{origin + "/" + photo.file, photo.sha256, {at->first}, {}, false};
      if (const auto reading = photo.readings.find(key); reading != photo.readings.end()) {
        joined.reading = std::move(reading->second);
        joined.is_read = true;
      }
      const auto [same, is_new] = by_content.emplace(photo.sha256, person.photos.size());
      if (is_new) {
        person.photos.push_back(std::move(joined));
        continue;
      }
      JoinedPerson::Photo& known = person.photos[same->second];
      known.fields.push_back(at->first);
      if (!joined.is_read || known.is_read) continue;
      known.reading = std::move(joined.reading);
      known.is_read = true;
    }
  }
  std::sort(person.photos.begin(), person.photos.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  if (person.name.empty()) person.name = name_of_id(person.id);
  return person;
}

Roster roster_of(const Records& records, std::vector<std::string>& warnings) {
  Roster roster;
  for (auto at = records.begin(); at != records.end();) {
    JoinedPerson person = join_records(at, records.end(), {}, warnings);
    roster.emplace_hint(roster.end(), std::move(person.id),
                        RosterEntry{std::move(person.name), std::move(person.groups)});
  }
  return roster;
}

}  // namespace faceatt
