#include "faceatt/pipeline/erasure_targets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxCacheBytes = std::uint64_t{4} << 30;

using LogTexts = std::map<fs::path, std::string>;

class TargetFinder {
 public:
  TargetFinder(const ErasureRequest& request, const Gallery& gallery, Stages& stages, const ErasureListener& listener)
      : request_(request),
        gallery_(gallery),
        stages_(stages),
        listener_(listener),
        options_(stages.gallery_options(request.people)) {}

  ErasureTargets find() {
    find_people();
    find_pictures();
    return std::move(targets_);
  }

 private:
  void find_people();
  void find_one(const std::string& given, const LogTexts& logs, const LogPeople& in_logs);
  bool in_a_cache(const ErasureTarget& target) const;
  bool in_a_sidecar(const ErasureTarget& target) const;
  void find_pictures();
  bool take_folder_of(const fs::directory_entry& entry);
  void look_at_picture(const fs::path& picture);
  std::vector<Encoding> faces_in(const fs::path& picture);
  void find_sidecars(ErasureTarget& target);

  const ErasureRequest& request_;
  const Gallery& gallery_;
  Stages& stages_;
  const ErasureListener& listener_;
  GalleryOptions options_;
  ErasureTargets targets_;
};

void TargetFinder::find_people() {
  LogTexts logs;
  LogPeople in_logs;
  for (const auto& log : log_files_and_copies(request_.log)) {
    const std::string& text = logs[log] = read_log_text(log);
    in_logs.merge(people_in_log(text, log.string()));
  }
  targets_.caches = other_caches(request_.people, options_.cache_name);
  std::set<std::string> seen;
  for (const auto& given : request_.ids) {
    if (seen.insert(to_nfc(given)).second) find_one(given, logs, in_logs);
  }
}

void TargetFinder::find_one(const std::string& given, const LogTexts& logs, const LogPeople& in_logs) {
  ErasureTarget target;
  target.id = to_nfc(given);
  const Person* const person = gallery_.find(target.id);
  if (fs::exists(request_.people)) target.traces = traces_of(request_.people, target.id);
  std::set<std::string> names = target.traces.names, others;
  for (const auto& [log, text] : logs) names.merge(names_in_log(text, target.id));
  names.insert({given, target.id, name_of_id(target.id)});
  if (person != nullptr) names.insert(person->name);
  for (const Person& other : gallery_.people()) {
    if (&other != person) others.insert({other.id, other.name});
  }
  // People who are in the log only may be the same person under an earlier id: a name that is equal is theirs.
  std::set<std::string> longer = in_logs.ids;
  longer.insert(in_logs.names.begin(), in_logs.names.end());
  for (const auto& name : names) longer.erase(to_nfc(name));
  others.merge(longer);
  target.mentions = Mentions(names, others);
  target.name = person != nullptr ? person->name : "";
  const auto elsewhere = request_.elsewhere.find(target.id);
  target.pseudonym = elsewhere != request_.elsewhere.end() ? elsewhere->second : new_pseudonym();
  bool here = elsewhere != request_.elsewhere.end() || !target.traces.entries.empty() || target.traces.roster_rows > 0;
  for (const auto& [log, text] : logs) {
    LogErasure erasure = erase_from_log(text, target.id, target.mentions, target.pseudonym);
    erasure.text.clear();
    here = here || erasure.rows > 0;
    if (erasure.changed() > 0) target.logs.emplace(log, std::move(erasure));
  }
  if (!here && !in_a_cache(target) && !in_a_sidecar(target)) {
    listener_.failed(fmt::format("{}: nothing found of this id in {} and {}", printable(given),
                                 request_.people.string(), request_.log.string()));
    targets_.missing.push_back(std::move(target));
    return;
  }
  if (person != nullptr) {
    for (const GalleryPhoto& photo : person->photos) {
      if (photo.row != GalleryPhoto::kNoRow) target.faces.push_back(gallery_.encoding(photo));
    }
    target.encodings = encoding_bytes(gallery_, *person);
  }
  targets_.found.push_back(std::move(target));
}

// What an erasure that was interrupted may have left.
bool TargetFinder::in_a_cache(const ErasureTarget& target) const {
  return std::any_of(targets_.caches.begin(), targets_.caches.end(), [&](const fs::path& cache) {
    std::string bytes = read_file(cache, kMaxCacheBytes);
    return target.mentions.in_own(stages_.seal().open_any(bytes, cache));
  });
}

bool TargetFinder::in_a_sidecar(const ErasureTarget& target) const {
  return std::any_of(request_.folders.begin(), request_.folders.end(), [&](const fs::path& folder) {
    return !sidecars_naming(folder, target.mentions, stages_.seal()).empty();
  });
}

void TargetFinder::find_pictures() {
  std::error_code ignored;
  const auto logs = log_files_and_copies(request_.log);
  for (const auto& folder : request_.folders) {
    if (!fs::exists(folder, ignored)) continue;  // no stranger has come yet
    for (fs::recursive_directory_iterator entry(folder, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      // The people folder has its own rules, and other people's photos in it.
      std::error_code no;
      const bool kept = fs::equivalent(entry->path(), request_.people, no) ||
                        std::any_of(logs.begin(), logs.end(),
                                    [&](const auto& log) { return fs::equivalent(entry->path(), log, no); });
      if (kept || take_folder_of(*entry)) entry.disable_recursion_pending();
      if (!kept && entry->is_regular_file()) look_at_picture(entry->path());
    }
    if (ignored) listener_.failed(fmt::format("{}: {}", printable(folder.string()), ignored.message()));
  }
  for (ErasureTarget& target : targets_.found) find_sidecars(target);
}

// Those that stay.
void TargetFinder::find_sidecars(ErasureTarget& target) {
  const auto goes = [&](const fs::path& file) {
    for (fs::path path = file; path != path.parent_path(); path = path.parent_path()) {
      for (const ErasureTarget& t : targets_.found) {
        if (t.pictures.contains(path)) return true;
      }
    }
    return false;
  };
  for (const auto& folder : request_.folders) {
    for (const auto& file : sidecars_naming(folder, target.mentions, stages_.seal())) {
      if (!goes(file)) target.sidecars.push_back(file);
    }
  }
}

// A folder that is named after one of them goes as a whole, unless the people folder or the log is in it.
bool TargetFinder::take_folder_of(const fs::directory_entry& entry) {
  if (!entry.is_directory() || entry.is_symlink()) return false;
  const std::string name = entry.path().filename().string();
  const auto holds = [&](const fs::path& path) {
    const auto inside = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(entry.path()));
    return !inside.empty() && *inside.begin() != "..";
  };
  bool taken = false;
  for (ErasureTarget& target : targets_.found) {
    if (!target.mentions.is(name) && !target.mentions.in(name)) continue;
    if (holds(request_.people) || holds(request_.log)) continue;
    target.pictures[entry.path()] = "named after them";
    taken = true;
  }
  return taken;
}

void TargetFinder::look_at_picture(const fs::path& picture) {
  const std::string stem = picture.stem().string();
  std::vector<Encoding> faces;
  const bool compare = has_photo_name(picture) && std::any_of(targets_.found.begin(), targets_.found.end(),
                                                              [](const ErasureTarget& t) { return !t.faces.empty(); });
  if (compare) faces = faces_in(picture);
  const auto sidecar = picture.extension() == ".json" ? read_sidecar(picture, stages_.seal()) : std::nullopt;
  for (ErasureTarget& target : targets_.found) {
    std::string why;
    if (target.mentions.is(stem) || target.mentions.in(picture.filename().string())) why = "named after them";
    for (const Encoding& face : faces) {
      for (const Encoding& known : target.faces) {
        const double score = similarity(face, known);
        if (why.empty() && score >= request_.threshold) why = fmt::format("their face, {:.2f}", score);
      }
    }
    if (const auto score = sidecar && why.empty()
                               ? KnownFaces{target.faces, options_.fingerprint, request_.threshold}.score_of(*sidecar)
                               : std::nullopt) {
      why = fmt::format("their face, {:.2f}", *score);
    }
    if (why.empty()) continue;
    target.pictures[picture] = why;
    if (!has_photo_name(picture) && !sidecar) continue;
    for (const auto& beside : fs::directory_iterator(picture.parent_path())) {
      if (beside.is_regular_file() && beside.path().stem() == picture.stem()) {
        target.pictures.try_emplace(beside.path(), "beside " + picture.filename().string());
      }
    }
  }
}

std::vector<Encoding> TargetFinder::faces_in(const fs::path& picture) {
  std::vector<Encoding> encodings;
  try {
    std::string bytes = read_file(picture, PhotoLimits().max_bytes);
    const Frame frame = decode_photo(std::string(stages_.seal().open_any(bytes, picture)), picture.string());
    for (const Face& face : stages_.photo_detector().detect(frame)) {
      encodings.push_back(stages_.encoder().encode(frame, stages_.photo_detector().refine(frame, face)));
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kInput) throw;
    listener_.failed(fmt::format("{}; whether it shows them is not known", e.what()));
  } catch (const std::exception& e) {  // of OpenCV or dlib
    listener_.failed(
        fmt::format("{}: cannot be looked at: {}; whether it shows them is not known", picture.string(), e.what()));
  }
  return encodings;
}

}  // namespace

ErasureTargets find_targets(const ErasureRequest& request, const Gallery& gallery, Stages& stages,
                            const ErasureListener& listener) {
  return TargetFinder(request, gallery, stages, listener).find();
}

}  // namespace faceatt
