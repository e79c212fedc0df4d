#include "faceatt/people/gallery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/cache.hpp"
#include "faceatt/people/roster.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxPhotoBytes = PhotoLimits{}.max_bytes;
// A file that changed this shortly before it was read may change again within the same tick of the file system's clock.
constexpr std::int64_t kRacyNs = 1'000'000'000;

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Brings one cache entry up to date. Returns whether the entry changed; sets `was_read` when the photo had to be looked
// at.
bool refresh(CacheEntry& entry, bool is_new, const fs::path& photo, const PortraitReader& reader, bool& was_read) {
  const auto stamp = stamp_of(photo);
  if (!is_new && stamp && *stamp == entry.stamp && entry.stamp.ctime_ns + kRacyNs < entry.read_at_ns) return false;
  CacheEntry fresh;
  fresh.stamp = stamp.value_or(FileStamp{});
  fresh.read_at_ns = now_ns();
  try {
    fresh.sha256 = sha256_hex(read_file(photo, kMaxPhotoBytes));
  } catch (const Error& e) {
    fresh.portrait.problem = e.what();
    fresh.portrait.problem.erase(0, std::min(fresh.portrait.problem.size(), photo.string().size() + 2));
  }
  if (!is_new && !fresh.sha256.empty() && fresh.sha256 == entry.sha256) {
    fresh.portrait = std::move(entry.portrait);
  } else {
    was_read = true;
    if (!fresh.sha256.empty()) fresh.portrait = reader(photo);
  }
  entry = std::move(fresh);
  return true;
}

}  // namespace

std::size_t Person::usable_photos() const {
  return static_cast<std::size_t>(
      std::count_if(photos.begin(), photos.end(), [](const GalleryPhoto& p) { return p.portrait.usable(); }));
}

std::vector<PhotoOfPerson> list_people_photos(const fs::path& folder, std::vector<std::string>& warnings) {
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error) {
    const bool missing = error == std::errc::no_such_file_or_directory;
    throw Error(
        ErrorCode::kCannotRun,
        fmt::format("people folder {}: {}", printable(folder.string()),
                    missing ? "not found; make it with faceatt-enroll, or name it with --db" : error.message()));
  }
  std::vector<PhotoOfPerson> photos;
  std::vector<std::string> problems;
  for (; entries != fs::directory_iterator(); entries.increment(error)) {
    if (error)
      throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", folder.string(), error.message()));
    const fs::path& path = entries->path();
    const std::string file_name = path.filename().string();
    if (file_name.starts_with('.')) continue;
    std::error_code ignored;
    const bool is_folder = entries->is_directory(ignored);
    if (!is_folder && !has_photo_name(path)) continue;
    const std::string raw = is_folder ? file_name : path.stem().string();
    const std::string shown = printable(path.string());
    if (const auto problem = id_problem(raw)) {
      problems.push_back(
          fmt::format("{}: left out: an id {}", shown,
                      *problem == "is not UTF-8" ? "must be UTF-8" : "that " + *problem + " is not allowed"));
      continue;
    }
    const std::string id = to_nfc(raw);
    if (!is_folder) {
      photos.push_back({path, id});
    } else if (entries->is_symlink(ignored)) {
      problems.push_back(fmt::format("{}: left out: links to folders are not followed", shown));
    } else {
      std::vector<fs::path> unreadable;
      for (auto& photo : photos_in(path, unreadable)) photos.push_back({std::move(photo), id});
      for (const auto& closed : unreadable)
        problems.push_back(fmt::format("{}: cannot be read", printable(closed.string())));
    }
  }
  std::sort(photos.begin(), photos.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  std::sort(problems.begin(), problems.end());
  warnings.insert(warnings.end(), problems.begin(), problems.end());
  return photos;
}

Gallery Gallery::load(const GalleryOptions& options, const PortraitReader& reader, std::vector<std::string>& warnings) {
  const auto photos = list_people_photos(options.folder, warnings);
  const Roster roster = read_roster(options.folder / "roster.csv", warnings);

  const fs::path cache_folder = options.folder / ".faceatt";
  EncodingCache cache(cache_folder / options.cache_name, options.fingerprint, options.dimension);
  if (cache.load() == EncodingCache::State::kDamaged) {
    warnings.push_back(fmt::format("{}: damaged, or made by another version; rebuilt from the photos",
                                   (cache_folder / options.cache_name).string()));
  }

  Gallery gallery;
  gallery.dimension_ = static_cast<std::size_t>(options.dimension);
  std::map<std::string, Person> people;
  for (const auto& [id, entry] : roster) people[id] = {id, entry.name, entry.groups, {}};

  bool changed = false;
  std::unordered_map<std::string, CacheEntry> kept;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const auto& [path, id] = photos[i];
    const std::string key = path.lexically_relative(options.folder).string();
    auto node = cache.entries().extract(key);
    const bool is_new = node.empty();
    CacheEntry entry = is_new ? CacheEntry{} : std::move(node.mapped());
    bool was_read = false;
    changed |= refresh(entry, is_new, path, reader, was_read);
    if (was_read) {
      ++gallery.photos_read_;
      if (!entry.portrait.usable()) {
        warnings.push_back(fmt::format("{}: not usable: {}", printable(path.string()), entry.portrait.problem));
      }
    }
    if (options.progress) options.progress(i + 1, photos.size());
    Person& person = people[id];
    person.id = id;
    person.photos.push_back({path, entry.portrait, entry.sha256});
    kept.emplace(key, std::move(entry));
  }
  changed |= !cache.entries().empty();  // photos that are gone
  cache.entries() = std::move(kept);
  if (changed) {
    try {
      make_private_folder(cache_folder);
      cache.save();
    } catch (const std::system_error& e) {
      warnings.push_back(fmt::format("{}: cache not written: {}", cache_folder.string(), e.code().message()));
    }
  }
  for (auto& [id, person] : people) {
    if (person.name.empty()) person.name = name_of_id(id);
    gallery.people_.push_back(std::move(person));
  }
  gallery.build_matrix();
  return gallery;
}

void add_to_cache(const GalleryOptions& options, const std::vector<GalleryPhoto>& photos) {
  const fs::path cache_folder = options.folder / ".faceatt";
  make_private_folder(cache_folder);
  EncodingCache cache(cache_folder / options.cache_name, options.fingerprint, options.dimension);
  cache.load();
  for (const auto& photo : photos) {
    const auto stamp = stamp_of(photo.path);
    if (!stamp) continue;
    cache.entries()[photo.path.lexically_relative(options.folder).string()] = {*stamp, now_ns(), photo.sha256,
                                                                               photo.portrait};
  }
  cache.save();
}

std::size_t people_folder_state(const fs::path& folder) {
  std::vector<std::string> ignored;
  std::string all;
  const auto add = [&](const fs::path& path) {
    if (const auto stamp = stamp_of(path)) {
      all +=
          fmt::format("{}\n{} {} {} {}\n", path.string(), stamp->inode, stamp->size, stamp->mtime_ns, stamp->ctime_ns);
    }
  };
  for (const auto& photo : list_people_photos(folder, ignored)) add(photo.path);
  add(folder / "roster.csv");
  return std::hash<std::string>{}(all);
}

void Gallery::add(const std::string& id, const std::string& name, GalleryPhoto photo) {
  auto at = std::lower_bound(people_.begin(), people_.end(), id,
                             [](const Person& p, const std::string& i) { return p.id < i; });
  if (at == people_.end() || at->id != id) at = people_.insert(at, {id, name, {}, {}});
  if (dimension_ == 0) dimension_ = photo.portrait.encoding.size();
  at->photos.push_back(std::move(photo));
  build_matrix();
}

void Gallery::build_matrix() {
  matrix_.clear();
  row_to_person_.clear();
  for (std::size_t p = 0; p < people_.size(); ++p) {
    for (const auto& photo : people_[p].photos) {
      if (!photo.portrait.usable()) continue;
      matrix_.insert(matrix_.end(), photo.portrait.encoding.begin(), photo.portrait.encoding.end());
      row_to_person_.push_back(p);
    }
  }
}

const Person* Gallery::find(const std::string& id) const {
  const auto found = std::lower_bound(people_.begin(), people_.end(), id,
                                      [](const Person& p, const std::string& i) { return p.id < i; });
  return found != people_.end() && found->id == id ? &*found : nullptr;
}

std::vector<float> Gallery::scores(const Encoding& probe) const {
  std::vector<float> best(people_.size(), -1.0F);
  if (probe.size() != dimension_) return best;
  for (std::size_t row = 0; row < row_to_person_.size(); ++row) {
    const float* encoding = matrix_.data() + row * dimension_;
    float dot = 0;
    for (std::size_t i = 0; i < dimension_; ++i) dot += encoding[i] * probe[i];
    float& score = best[row_to_person_[row]];
    score = std::max(score, dot);
  }
  return best;
}

}  // namespace faceatt
