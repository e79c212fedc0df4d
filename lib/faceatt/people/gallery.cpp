#include "faceatt/people/gallery.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/photo_name.hpp"
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
constexpr std::size_t kFoldersAtOnce = 128;  // that a thread lists in one go
constexpr std::size_t kBlock = 256;          // rows compared at a time: their scores stay in the nearest cache

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// A folder of one person.
struct PersonFolder {
  std::string name;  // in the people folder
  std::string id;
};

// What is in the people folder, with one system call per photo and none per name: large galleries start with this.
class FolderWalk {
 public:
  explicit FolderWalk(const fs::path& root) : root_(root) {}

  std::vector<PhotoOfPerson> photos;
  std::vector<std::string> problems;

  // The people folder itself: flat photos, and the folders that are people. Returns an errno, 0 when it could be read.
  int list_people(std::vector<PersonFolder>& folders) {
    return each_entry(AT_FDCWD, root_.string(), [&](int folder, const std::string& file, Kind kind) {
      if (kind == Kind::kOther && !has_photo_name(file)) return;
      const std::string raw = kind == Kind::kOther ? fs::path(file).stem().string() : file;
      if (const auto problem = id_problem(raw)) {
        problems.push_back(
            fmt::format("{}: left out: an id {}", shown(file),
                        *problem == "is not UTF-8" ? "must be UTF-8" : "that " + *problem + " is not allowed"));
      } else if (kind == Kind::kOther) {
        photos.push_back({file, to_nfc(raw), stamp_at(folder, file)});
      } else if (kind == Kind::kLinkToFolder) {
        problems.push_back(shown(file) + ": left out: links to folders are not followed");
      } else {
        folders.push_back({file, to_nfc(raw)});
      }
    });
  }

  // All photos of a person's folder and of those in it.
  void list_photos(int parent, const std::string& name, const std::string& relative, const std::string& id) {
    const int error = each_entry(parent, name, [&](int folder, const std::string& file, Kind kind) {
      const std::string path = relative + '/' + file;
      if (kind == Kind::kFolder) {
        list_photos(folder, file, path, id);
      } else if (kind == Kind::kOther && has_photo_name(file)) {
        photos.push_back({path, id, stamp_at(folder, file)});
      }
    });
    if (error != 0) problems.push_back(shown(relative) + ": cannot be read");
  }

 private:
  enum class Kind { kFolder, kLinkToFolder, kOther };

  template <typename Visit>
  static int each_entry(int parent, const std::string& name, const Visit& visit) {
    const int fd = ::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::fdopendir(fd), &::closedir);
    if (!folder) return errno;
    while (true) {
      errno = 0;
      const dirent* entry = ::readdir(folder.get());
      if (entry == nullptr) return errno;
      if (entry->d_name[0] != '.') visit(fd, std::string(entry->d_name), kind_of(fd, *entry));
    }
  }

  static Kind kind_of(int folder, const dirent& entry) {
    if (entry.d_type == DT_DIR) return Kind::kFolder;
    if (entry.d_type != DT_LNK && entry.d_type != DT_UNKNOWN) return Kind::kOther;
    struct stat info {};
    if (::fstatat(folder, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) != 0) return Kind::kOther;
    if (S_ISDIR(info.st_mode)) return Kind::kFolder;
    const bool to_folder = ::fstatat(folder, entry.d_name, &info, 0) == 0 && S_ISDIR(info.st_mode);
    return to_folder ? Kind::kLinkToFolder : Kind::kOther;
  }

  static std::optional<FileStamp> stamp_at(int folder, const std::string& file) {
    struct stat info {};
    if (::fstatat(folder, file.c_str(), &info, 0) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
    return FileStamp::of(info);
  }

  std::string shown(const std::string& path) const { return printable((root_ / path).string()); }

  const fs::path& root_;
};

void sort_by_file(std::vector<PhotoOfPerson>& photos) {
  const auto by_file = [](const PhotoOfPerson& a, const PhotoOfPerson& b) { return a.file < b.file; };
  if (!std::is_sorted(photos.begin(), photos.end(), by_file)) std::sort(photos.begin(), photos.end(), by_file);
}

// What reading a photo anew brought.
struct Reading {
  std::int64_t read_at_ns = 0;
  Digest sha256{};
  std::string problem;                // of the file itself
  const CacheEntry* known = nullptr;  // what the cache has of this content
  std::optional<Portrait> portrait;   // empty when it has, or when the file cannot be read
};

// What the cache has of a photo: by its path, else, when it was moved or renamed, by its content.
using FindByContent = std::function<const CacheEntry*(const Digest& sha256)>;

Reading read_anew(const std::string& photo, const CacheEntry* cached, const FindByContent& find,
                  const PortraitReader& reader) {
  Reading reading;
  reading.read_at_ns = now_ns();
  std::string bytes;
  try {
    bytes = read_file(photo, kMaxPhotoBytes);
  } catch (const Error& e) {
    reading.problem = e.what();
    reading.problem.erase(0, std::min(reading.problem.size(), photo.size() + 2));
    return reading;
  }
  reading.sha256 = sha256(bytes);
  reading.known = cached != nullptr && reading.sha256 == cached->sha256 ? cached : find(reading.sha256);
  if (reading.known == nullptr) reading.portrait = reader(photo, bytes);
  return reading;
}

bool is_current(const CacheEntry& cached, const std::optional<FileStamp>& stamp) {
  return stamp && *stamp == cached.stamp && cached.stamp.ctime_ns + kRacyNs < cached.read_at_ns;
}

// The cache, brought up to date: entries for these photos, in their order. Owns what the entries look at.
class Refresh {
 public:
  Refresh(const GalleryOptions& options, const std::vector<PhotoOfPerson>& photos, const EncodingCache& cache)
      : options_(options), photos_(photos), entries_(photos.size()), fresh_(options.dimension) {
    std::size_t at = 0, known = 0;  // both lists are sorted
    const auto& old = cache.entries();
    for (std::size_t i = 0; i < photos.size(); ++i) {
      while (at < old.size() && old[at].path < photos[i].file) ++at;
      const CacheEntry* cached = at < old.size() && old[at].path == photos[i].file ? &old[at] : nullptr;
      known += cached != nullptr;
      if (cached != nullptr && is_current(*cached, photos[i].stamp)) {
        entries_[i] = *cached;
      } else {
        to_read_.push_back({i, cached});
      }
    }
    changed_ = !to_read_.empty() || known < old.size();
    if (to_read_.empty()) return;
    for (const CacheEntry& entry : old) by_content_.push_back(&entry);
    std::sort(by_content_.begin(), by_content_.end(), [](auto* a, auto* b) { return a->sha256 < b->sha256; });
  }

  void read(const Gallery::ReaderFactory& make_reader, std::vector<std::string>& warnings) {
    using Work = OrderedWork<Job, Reading>;
    std::size_t given = 0, done = 0;
    const auto make_worker = [&]() -> typename Work::Worker {
      return [this, reader = make_reader()](const Job& job) {
        return read_anew(
            path_of(job.photo), job.cached, [this](const Digest& d) { return find(d); }, reader);
      };
    };
    const auto next = [&] { return given < to_read_.size() ? std::optional(to_read_[given++]) : std::nullopt; };
    Work::run(options_.threads, next, make_worker, [&](const Job& job, Reading&& reading) {
      accept(job, std::move(reading), warnings);
      if (options_.progress) options_.progress(++done, to_read_.size());
    });
    // The matrix does not move any more.
    for (const auto& [photo, row] : rows_) entries_[photo].encoding = fresh_.row(row);
  }

  bool changed() const { return changed_; }
  std::size_t photos_read() const { return photos_read_; }
  const std::vector<CacheEntry>& entries() const { return entries_; }

 private:
  struct Job {
    std::size_t photo;
    const CacheEntry* cached;
  };

  // Null when the cache has no photo of this content.
  const CacheEntry* find(const Digest& sha256) const {
    const auto at = std::lower_bound(by_content_.begin(), by_content_.end(), sha256,
                                     [](const CacheEntry* entry, const Digest& d) { return entry->sha256 < d; });
    return at != by_content_.end() && (*at)->sha256 == sha256 ? *at : nullptr;
  }

  std::string path_of(std::size_t photo) const { return (options_.folder / photos_[photo].file).string(); }

  void accept(const Job& job, Reading&& reading, std::vector<std::string>& warnings) {
    CacheEntry& entry = entries_[job.photo];
    const bool same_content = reading.known != nullptr;
    if (same_content) entry = *reading.known;
    entry.path = photos_[job.photo].file;
    entry.stamp = photos_[job.photo].stamp.value_or(FileStamp{});
    entry.read_at_ns = reading.read_at_ns;
    entry.sha256 = reading.sha256;
    if (same_content) return;
    ++photos_read_;
    const Portrait* portrait = reading.portrait ? &*reading.portrait : nullptr;
    entry.quality = portrait ? portrait->quality : 0;
    entry.problem = texts_.emplace_back(portrait ? portrait->problem : reading.problem);
    if (portrait != nullptr && entry.problem.empty()) {
      rows_.emplace_back(job.photo, fresh_.rows());
      fresh_.add(portrait->encoding);
    } else {
      warnings.push_back(fmt::format("{}: not usable: {}", printable(path_of(job.photo)), entry.problem));
    }
  }

  const GalleryOptions& options_;
  const std::vector<PhotoOfPerson>& photos_;
  std::vector<CacheEntry> entries_;
  std::vector<Job> to_read_;
  std::vector<const CacheEntry*> by_content_;              // of the cache, by SHA-256
  EncodingMatrix fresh_;                                   // of photos read just now
  std::vector<std::pair<std::size_t, std::size_t>> rows_;  // photo, row in fresh_
  std::deque<std::string> texts_;                          // problems of photos read just now
  bool changed_ = false;
  std::size_t photos_read_ = 0;
};

// Under the lock that erasing somebody takes: of a photo that was removed while others were read no encoding comes
// back.
void save_what_is_there(const EncodingCache& cache, const fs::path& folder, std::vector<CacheEntry> entries) {
  const FolderLock lock(folder);
  std::erase_if(entries, [&](const CacheEntry& entry) {
    struct stat info {};
    return ::fstatat(lock.fd(), std::string(entry.path).c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0;
  });
  cache.save(entries);
}

// Keeps the `most` best people, each once.
void keep_best(std::vector<Candidate>& best, std::size_t most, const Person& person, double score) {
  const auto same = std::find_if(best.begin(), best.end(), [&](const Candidate& c) { return c.person == &person; });
  if (same != best.end()) {
    if (score <= same->score) return;
    best.erase(same);
  }
  // Of two that are equally near the one who was there first stays first.
  const auto at = std::find_if(best.begin(), best.end(), [&](const Candidate& c) { return score > c.score; });
  best.insert(at, {&person, score});
  if (best.size() > most) best.pop_back();
}

}  // namespace

std::size_t Person::usable_photos() const {
  return static_cast<std::size_t>(
      std::count_if(photos.begin(), photos.end(), [](const GalleryPhoto& p) { return p.usable(); }));
}

std::vector<PhotoOfPerson> list_people_photos(const fs::path& folder, std::vector<std::string>& warnings) {
  FolderWalk all(folder);
  std::vector<PersonFolder> people;
  const int error = all.list_people(people);
  if (error != 0) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("people folder {}: {}", printable(folder.string()),
                            error == ENOENT ? "not found; make it with faceatt-enroll, or name it with --db"
                                            : errno_text(error)));
  }
  using Chunk = std::span<const PersonFolder>;
  using Work = OrderedWork<Chunk, FolderWalk>;
  const Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::sort(people.begin(), people.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::size_t given = 0;
  const auto next = [&]() -> std::optional<Chunk> {
    if (given == people.size()) return std::nullopt;
    const auto chunk = Chunk(people).subspan(given).first(std::min(kFoldersAtOnce, people.size() - given));
    given += chunk.size();
    return chunk;
  };
  const auto make_worker = [&]() -> Work::Worker {
    return [&](const Chunk& chunk) {
      FolderWalk walk(folder);
      for (const PersonFolder& person : chunk) walk.list_photos(root.get(), person.name, person.name, person.id);
      sort_by_file(walk.photos);
      return walk;
    };
  };
  Work::run(people.size() > kFoldersAtOnce ? core_count() : 1, next, make_worker, [&](const Chunk&, FolderWalk&& walk) {
    std::move(walk.photos.begin(), walk.photos.end(), std::back_inserter(all.photos));
    std::move(walk.problems.begin(), walk.problems.end(), std::back_inserter(all.problems));
  });
  sort_by_file(all.photos);
  std::sort(all.problems.begin(), all.problems.end());
  warnings.insert(warnings.end(), all.problems.begin(), all.problems.end());
  return std::move(all.photos);
}

Gallery Gallery::load(const GalleryOptions& options, const ReaderFactory& make_reader,
                      std::vector<std::string>& warnings) {
  const fs::path cache_folder = options.folder / ".faceatt";
  EncodingCache cache(cache_folder / options.cache_name, options.fingerprint, options.dimension, options.seal);
  auto cache_state = std::async(std::launch::async, [&] { return cache.load(); });
  const auto photos = list_people_photos(options.folder, warnings);
  const Roster roster = read_roster(options.folder / "roster.csv", warnings);
  if (cache_state.get() == EncodingCache::State::kDamaged) {
    warnings.push_back(fmt::format("{}: damaged, or made by another version; rebuilt from the photos",
                                   (cache_folder / options.cache_name).string()));
  }
  Refresh refresh(options, photos, cache);
  refresh.read(make_reader, warnings);
  if (refresh.changed() || cache.is_to_seal()) {
    try {
      make_private_folder(cache_folder);
      save_what_is_there(cache, options.folder, refresh.entries());
    } catch (const std::system_error& e) {
      warnings.push_back(fmt::format("{}: cache not written: {}", cache_folder.string(), e.code().message()));
    }
  }

  std::vector<std::uint32_t> order(photos.size());  // of the photos, by person
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::uint32_t>(i);
  const auto by_id = [&](auto a, auto b) { return photos[a].id < photos[b].id; };
  if (!std::is_sorted(order.begin(), order.end(), by_id)) std::stable_sort(order.begin(), order.end(), by_id);
  GalleryBuilder builder(options.dimension, photos.size());
  const std::string prefix = (options.folder / "").string();
  const std::string* begun = nullptr;
  auto listed = roster.begin();
  const auto begin_listed = [&] {
    builder.add_person(listed->first, listed->second.name, listed->second.groups);
    ++listed;
  };
  for (const auto i : order) {
    const std::string& id = photos[i].id;
    while (listed != roster.end() && listed->first < id) begin_listed();
    if (begun == nullptr || *begun != id) {
      if (listed != roster.end() && listed->first == id) {
        begin_listed();
      } else {
        builder.add_person(id, "", {});
      }
      begun = &id;
    }
    const CacheEntry& entry = refresh.entries()[i];
    builder.add_photo(
        {prefix + photos[i].file, entry.sha256, std::string(entry.problem), entry.quality, GalleryPhoto::kNoRow},
        entry.encoding);
  }
  while (listed != roster.end()) begin_listed();
  Gallery gallery = builder.take();
  gallery.photos_read_ = refresh.photos_read();
  return gallery;
}

GalleryBuilder::GalleryBuilder(std::size_t dimension, std::size_t photos) {
  gallery_.encodings_ = EncodingMatrix(dimension);
  gallery_.encodings_.reserve(photos);
  gallery_.person_of_row_.reserve(photos);
}

void GalleryBuilder::add_person(const std::string& id, const std::string& name, std::vector<std::string> groups) {
  Person& person = gallery_.people_.emplace_back();
  person.id = id;
  person.name = name.empty() ? name_of_id(id) : name;
  person.groups = std::move(groups);
}

void GalleryBuilder::add_photo(GalleryPhoto photo, std::span<const std::uint16_t> encoding) {
  photo.row = GalleryPhoto::kNoRow;
  if (photo.usable()) {
    photo.row = gallery_.encodings_.rows();
    gallery_.encodings_.add(encoding);
    gallery_.person_of_row_.push_back(static_cast<std::uint32_t>(gallery_.people_.size() - 1));
  }
  gallery_.people_.back().photos.push_back(std::move(photo));
}

void GalleryBuilder::add_person_of(const Gallery& other, const Person& person) {
  add_person(person.id, person.name, person.groups);
  gallery_.people_.back().expected = person.expected;
  for (const GalleryPhoto& photo : person.photos) {
    add_photo(photo, photo.usable() ? other.encodings().row(photo.row) : std::span<const std::uint16_t>());
  }
}

Gallery Gallery::of_both(const Gallery& first, const Gallery& second) {
  const std::size_t dimension = std::max(first.encodings_.dimension(), second.encodings_.dimension());
  GalleryBuilder builder(dimension, first.encodings_.rows() + second.encodings_.rows());
  auto a = first.people_.begin();
  auto b = second.people_.begin();
  while (a != first.people_.end() || b != second.people_.end()) {
    if (b == second.people_.end() || (a != first.people_.end() && a->id < b->id)) {
      builder.add_person_of(first, *a++);
    } else if (a == first.people_.end() || b->id < a->id) {
      builder.add_person_of(second, *b++);
    } else {
      builder.add_person_of(first, *a);
      for (const GalleryPhoto& photo : b->photos) {
        const auto same = [&](const GalleryPhoto& other) { return other.sha256 == photo.sha256; };
        if (std::any_of(a->photos.begin(), a->photos.end(), same)) continue;
        builder.add_photo(photo, photo.usable() ? second.encodings_.row(photo.row) : std::span<const std::uint16_t>());
      }
      ++a;
      ++b;
    }
  }
  return builder.take();
}

void add_to_cache(const GalleryOptions& options, const std::vector<NewPhoto>& photos) {
  const fs::path cache_folder = options.folder / ".faceatt";
  make_private_folder(cache_folder);
  const FolderLock lock(options.folder);
  EncodingCache cache(cache_folder / options.cache_name, options.fingerprint, options.dimension, options.seal);
  cache.load();

  std::map<std::string_view, CacheEntry> entries;
  for (const CacheEntry& entry : cache.entries()) entries[entry.path] = entry;
  EncodingMatrix packed(options.dimension);
  packed.reserve(photos.size());
  std::deque<std::string> files;
  for (const NewPhoto& photo : photos) {
    const auto stamp = stamp_of(photo.path);
    if (!stamp || !photo.portrait.usable()) continue;
    packed.add(photo.portrait.encoding);
    const std::string& file = files.emplace_back(photo.path.lexically_relative(options.folder).string());
    entries[file] = {file, *stamp, now_ns(), photo.sha256, {}, photo.portrait.quality, packed.row(packed.rows() - 1)};
  }
  std::vector<CacheEntry> sorted;
  sorted.reserve(entries.size());
  for (const auto& [file, entry] : entries) sorted.push_back(entry);
  cache.save(sorted);
}

std::size_t people_folder_state(const fs::path& folder) {
  std::vector<std::string> ignored;
  std::string all;
  const auto add = [&](const std::string& file, const std::optional<FileStamp>& stamp) {
    if (!stamp) return;
    all += fmt::format("{}\n{} {} {} {}\n", file, stamp->inode, stamp->size, stamp->mtime_ns, stamp->ctime_ns);
  };
  for (const auto& photo : list_people_photos(folder, ignored)) add(photo.file, photo.stamp);
  add("roster.csv", stamp_of(folder / "roster.csv"));
  return std::hash<std::string>{}(all);
}

void Gallery::add(const std::string& id, const std::string& name, const NewPhoto& photo) {
  auto at = std::lower_bound(people_.begin(), people_.end(), id,
                             [](const Person& p, const std::string& i) { return p.id < i; });
  const auto index = static_cast<std::uint32_t>(at - people_.begin());
  if (at == people_.end() || at->id != id) {
    Person person;
    person.id = id;
    person.name = name;
    at = people_.insert(at, std::move(person));
    for (auto& owner : person_of_row_) owner += owner >= index;
  }
  GalleryPhoto stored{photo.path.string(), photo.sha256, photo.portrait.problem, photo.portrait.quality,
                      GalleryPhoto::kNoRow};
  if (stored.usable()) {
    if (encodings_.dimension() == 0) encodings_ = EncodingMatrix(photo.portrait.encoding.size());
    stored.row = encodings_.rows();
    encodings_.add(photo.portrait.encoding);
    person_of_row_.push_back(index);
  }
  at->photos.push_back(std::move(stored));
}

void Gallery::restrict_to(const std::string& group) {
  std::set<std::string> groups;
  bool found = false;
  for (Person& person : people_) {
    groups.insert(person.groups.begin(), person.groups.end());
    person.expected = std::find(person.groups.begin(), person.groups.end(), group_key(group)) != person.groups.end();
    found |= person.expected;
  }
  if (!found) throw UsageError(no_such_group(group, groups));
}

void Gallery::restrict_as(const Gallery& before) {
  for (Person& person : people_) {
    const Person* const known = before.find(person.id);
    person.expected = known != nullptr && known->expected;
  }
}

const Person* Gallery::find(const std::string& id) const {
  const auto found = std::lower_bound(people_.begin(), people_.end(), id,
                                      [](const Person& p, const std::string& i) { return p.id < i; });
  return found != people_.end() && found->id == id ? &*found : nullptr;
}

std::vector<Gallery::Nearest> Gallery::nearest(std::span<const Encoding> probes, std::size_t most) const {
  std::vector<Nearest> results(probes.size());
  std::array<float, kBlock> scores{};
  // All probes see a block of rows while it is in the cache.
  for (std::size_t first = 0; first < encodings_.rows(); first += kBlock) {
    const std::size_t count = std::min(kBlock, encodings_.rows() - first);
    for (std::size_t p = 0; p < probes.size(); ++p) {
      if (probes[p].size() != encodings_.dimension()) continue;
      encodings_.dot(probes[p].data(), first, count, scores.data());
      Nearest& result = results[p];
      const bool full = result.expected.size() >= most;
      // A row that can change nothing is passed over with one comparison.
      double needed = full && most > 0 ? result.expected.back().score : -2;
      if (result.outsider) needed = std::min(needed, result.outsider->score);
      for (std::size_t i = 0; i < count; ++i) {
        if (!(scores[i] > needed)) continue;
        const Person& person = people_[person_of_row_[first + i]];
        if (person.expected) {
          keep_best(result.expected, most, person, scores[i]);
        } else if (!result.outsider || scores[i] > result.outsider->score) {
          result.outsider = {&person, scores[i]};
        }
      }
    }
  }
  return results;
}

}  // namespace faceatt
