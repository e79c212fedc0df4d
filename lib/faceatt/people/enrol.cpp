#include "faceatt/people/enrol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

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

namespace {

// What is stored is the picture, not the photo that it was cut out of.
void use_picture(Offer& offer) {
  offer.bytes = std::exchange(offer.portrait->picture, {});
  offer.sha256 = sha256(offer.bytes);
  offer.name.replace_extension(".jpg");
}

}  // namespace

Offer offer_of(const std::string& name, Portrait portrait) {
  Offer offer;
  offer.name = name;
  offer.portrait = std::move(portrait);
  use_picture(offer);
  return offer;
}

Offer read_offer(const fs::path& photo, const PortraitReader& reader, const std::set<Digest>& known) {
  Offer offer;
  offer.name = photo;
  try {
    offer.bytes = read_file(photo, PhotoLimits{}.max_bytes);
  } catch (const Error& e) {
    offer.unreadable = std::string(e.what()).substr(photo.string().size() + 2);
    return offer;
  }
  offer.sha256 = sha256(offer.bytes);
  if (known.contains(offer.sha256)) return offer;
  offer.portrait = reader(photo, offer.bytes);
  if (!offer.portrait->picture.empty()) use_picture(offer);
  return offer;
}

std::set<Digest> digests_of(const Gallery& gallery) {
  std::set<Digest> digests;
  for (const Person& person : gallery.people()) {
    for (const auto& photo : person.photos) digests.insert(photo.sha256);
  }
  return digests;
}

namespace {

struct Refusal {
  EnrolVerdict verdict;
  std::string reason;
};

// Whether these very bytes are enrolled.
std::optional<Refusal> same_bytes(const EnrolRequest& request, const Offer& offer, const Gallery& gallery,
                                  const Person* person) {
  for (const Person& other : gallery.people()) {
    for (const auto& enrolled : other.photos) {
      if (enrolled.sha256 != offer.sha256) continue;
      if (&other == person) return Refusal{EnrolVerdict::kKnown, "this photo is enrolled already"};
      if (!request.allow_duplicate) {
        return Refusal{EnrolVerdict::kDuplicatePerson,
                       fmt::format("this photo is enrolled as {}", printable(other.id))};
      }
    }
  }
  return std::nullopt;
}

// Whether this face is enrolled: as somebody else, or with nearly the same photo. Tells `result` who else is nearest.
std::optional<Refusal> same_face(const EnrolRequest& request, const Portrait& portrait, const Gallery& gallery,
                                 const Person* person, EnrolResult& result) {
  const auto nearest = gallery.nearest({&portrait.encoding, 1}, 2);
  double own = -1;
  for (const Candidate& other : nearest[0].expected) {
    if (other.person == person) {
      own = other.score;
    } else if (other.score > result.closest_score) {
      result.closest_id = other.person->id;
      result.closest_score = other.score;
    }
  }
  if (request.allow_duplicate) return std::nullopt;
  if (result.closest_score >= request.duplicate_threshold) {
    return Refusal{EnrolVerdict::kDuplicatePerson,
                   fmt::format("this face is enrolled as {}; if it is another person, pass --allow-duplicate",
                               printable(result.closest_id))};
  }
  if (own >= kSameShot) {
    return Refusal{EnrolVerdict::kKnown, fmt::format("nearly this photo is enrolled already (similarity {:.2f})", own)};
  }
  return std::nullopt;
}

}  // namespace

EnrolResult enrol(const EnrolRequest& request, const Offer& offer, Gallery& gallery) {
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
  result.name = person != nullptr ? person->name : request.name.empty() ? name_of_id(result.id) : request.name;
  if (!offer.unreadable.empty()) return refuse(EnrolVerdict::kError, offer.unreadable);
  if (auto refusal = same_bytes(request, offer, gallery, person)) return refuse(refusal->verdict, refusal->reason);
  if (!offer.portrait) return refuse(EnrolVerdict::kError, "was removed from the people folder meanwhile; try again");
  const Portrait& portrait = *offer.portrait;
  result.quality = portrait.quality;
  if (!portrait.usable()) {
    return refuse(portrait.readable ? EnrolVerdict::kRejected : EnrolVerdict::kError, portrait.problem);
  }
  if (auto refusal = same_face(request, portrait, gallery, person, result)) {
    return refuse(refusal->verdict, refusal->reason);
  }

  result.verdict = EnrolVerdict::kEnrolled;
  NewPhoto photo{{}, offer.sha256, portrait};
  if (!request.dry_run) {
    try {
      const fs::path folder = request.folder / result.id;
      make_private_folder(folder);
      photo.path = store(folder, safe_file_name(offer.name, result.id), offer.bytes);
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
    removed.emplace_back(photo.path);
  }
  if (!dry_run) {
    std::error_code not_empty;
    fs::remove(folder / person.id, not_empty);
    sync_folder(folder);
  }
  return removed;
}

}  // namespace faceatt
