#include "faceatt/people/enrol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

// Stores the bytes as FOLDER/NAME.EXT, or FOLDER/NAME-2.EXT ... when that is taken, and returns which.
fs::path store(const fs::path& folder, const fs::path& file_name, const std::string& bytes) {
  fs::path path = folder / file_name;
  for (int n = 2; !create_file(path, bytes); ++n) {
    path = folder / fmt::format("{}-{}{}", file_name.stem().string(), n, file_name.extension().string());
  }
  return path;
}

// A file name that every later tool can read and print.
fs::path safe_file_name(const fs::path& photo, const std::string& id) {
  const std::string name = printable(photo.filename().string());
  return id_problem(name) ? fs::path(id + photo.extension().string()) : fs::path(name);
}

}  // namespace

const char* name_of(EnrolVerdict verdict) {
  switch (verdict) {
    case EnrolVerdict::kEnrolled:
      return "enrolled";
    case EnrolVerdict::kKnown:
      return "known";
    case EnrolVerdict::kDuplicatePerson:
      return "duplicate_person";
    case EnrolVerdict::kRejected:
      return "rejected";
    case EnrolVerdict::kError:
      break;
  }
  return "error";
}

std::string id_of_path(const fs::path& photo, const fs::path& root) {
  const fs::path inside = photo.lexically_relative(root);
  const bool in_folder = !inside.empty() && *inside.begin() != ".." && std::distance(inside.begin(), inside.end()) > 1;
  return in_folder ? inside.begin()->string() : photo.stem().string();
}

EnrolResult enrol_photo(const EnrolRequest& request, Gallery& gallery, const PortraitReader& reader) {
  EnrolResult result;
  const auto refuse = [&](EnrolVerdict verdict, std::string reason) {
    result.verdict = verdict;
    result.reason = std::move(reason);
    return result;
  };
  result.id = to_nfc(request.id);
  if (const auto problem = id_problem(request.id)) {
    return refuse(EnrolVerdict::kRejected,
                  fmt::format("the id '{}' {}; give another with --id", printable(request.id), *problem));
  }
  const Person* const person = gallery.find(result.id);
  result.name = person != nullptr ? person->name : name_of_id(result.id);

  std::string bytes;
  try {
    bytes = read_file(request.photo, PhotoLimits{}.max_bytes);
  } catch (const Error& e) {
    return refuse(EnrolVerdict::kError, std::string(e.what()).substr(request.photo.string().size() + 2));
  }
  NewPhoto photo;
  photo.sha256 = sha256(bytes);
  for (const Person& other : gallery.people()) {
    for (const auto& enrolled : other.photos) {
      if (enrolled.sha256 != photo.sha256) continue;
      if (&other == person) return refuse(EnrolVerdict::kKnown, "this photo is enrolled already");
      if (!request.allow_duplicate) {
        return refuse(EnrolVerdict::kDuplicatePerson, fmt::format("this photo is enrolled as {}", printable(other.id)));
      }
    }
  }

  photo.portrait = reader(request.photo);
  result.quality = photo.portrait.quality;
  if (!photo.portrait.usable()) {
    return refuse(photo.portrait.readable ? EnrolVerdict::kRejected : EnrolVerdict::kError, photo.portrait.problem);
  }
  const auto nearest = gallery.nearest({&photo.portrait.encoding, 1}, 2);
  for (const Candidate& other : nearest[0].expected) {
    if (other.person == person || other.score <= result.closest_score) continue;
    result.closest_id = other.person->id;
    result.closest_score = other.score;
  }
  if (result.closest_score >= request.duplicate_threshold && !request.allow_duplicate) {
    return refuse(EnrolVerdict::kDuplicatePerson,
                  fmt::format("this face is enrolled as {}; if it is another person, pass --allow-duplicate",
                              printable(result.closest_id)));
  }

  result.verdict = EnrolVerdict::kEnrolled;
  if (!request.dry_run) {
    try {
      const fs::path folder = request.folder / result.id;
      make_private_folder(folder);
      photo.path = store(folder, safe_file_name(request.photo, result.id), bytes);
      result.stored = photo;
    } catch (const std::system_error& e) {
      // Of this name only, or would every photo end so?
      if (e.code() == std::errc::filename_too_long) return refuse(EnrolVerdict::kError, "its name is too long");
      throw Error(ErrorCode::kCannotRun,
                  fmt::format("people folder {}: cannot be written: {}", request.folder.string(), e.code().message()));
    }
  }
  gallery.add(result.id, result.name, photo);
  return result;
}

std::vector<fs::path> remove_person(const fs::path& folder, const Person& person, bool dry_run) {
  std::vector<fs::path> removed;
  for (const auto& photo : person.photos) {
    std::error_code error;
    if (!dry_run && !fs::remove(photo.path, error) && error) {
      throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", photo.path, error.message()));
    }
    removed.push_back(photo.path);
  }
  if (!dry_run) {
    std::error_code not_empty;
    fs::remove(folder / person.id, not_empty);
    sync_folder(folder);
  }
  return removed;
}

}  // namespace faceatt
