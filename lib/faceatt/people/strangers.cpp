#include "faceatt/people/strangers.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPicture = ".jpg";
constexpr const char* kSidecar = ".json";
constexpr const char* kLastGroup = ".last_group";
constexpr std::size_t kRandomBytes = 7;  // ".XXXXXX", as replace_file() and create_file() append it
constexpr std::int64_t kDaySeconds = 86400;
constexpr int kMostOfOneStamp = 1000;

// Of a link itself, not of what it points to; empty for a missing file, too.
std::optional<struct stat> status_of(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::nullopt;
  return info;
}

std::optional<FileStamp> regular_stamp(const fs::path& path) {
  const auto info = status_of(path);
  return info && S_ISREG(info->st_mode) ? std::optional(FileStamp::of(*info)) : std::nullopt;
}

std::optional<FileStamp> folder_stamp(const fs::path& folder) {
  struct stat info {};
  return ::stat(folder.c_str(), &info) == 0 ? std::optional(FileStamp::of(info)) : std::nullopt;
}

void unlink_file(const fs::path& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
    throw std::system_error(errno, std::generic_category(), path.string());
  }
}

// Of a picture or a sidecar that was being written when its program ended.
bool is_half_written(const std::string& name) {
  if (name.size() <= kRandomBytes || name[name.size() - kRandomBytes] != '.') return false;
  const fs::path whole = name.substr(0, name.size() - kRandomBytes);
  const bool ours = whole == kLastGroup || whole.extension() == kPicture || whole.extension() == kSidecar;
  return ours && (whole == kLastGroup || time_of_stem(whole.stem().string()));
}

std::optional<Candidate> best_of(const Gallery::Nearest& nearest, double least) {
  std::optional<Candidate> best = nearest.outsider;
  for (const Candidate& person : nearest.expected) {
    if (!best || person.score > best->score) best = person;
  }
  return best && best->score >= least ? best : std::nullopt;
}

}  // namespace

// What lies in the folder, by stem. Files are known by their inodes, which come with their names: no visit is changed
// but by replacing its files.
struct Strangers::Listing {
  struct Files {
    std::optional<std::uint64_t> picture, sidecar;  // inodes of regular files
    bool other_picture = false;                     // a link or a folder of the picture's name
  };
  std::map<std::string, Files> files;
  std::vector<fs::path> half_written;

  void add(const fs::path& folder, const dirent& entry) {
    const fs::path name = entry.d_name;
    const fs::path extension = name.extension();
    const bool is_picture = extension == kPicture;
    if (!is_picture && extension != kSidecar) {
      if (is_half_written(name.string())) half_written.push_back(folder / name);
      return;
    }
    Files& visit = files[name.stem().string()];
    const bool regular = entry.d_type == DT_UNKNOWN ? regular_stamp(folder / name).has_value() : entry.d_type == DT_REG;
    if (regular) (is_picture ? visit.picture : visit.sidecar) = entry.d_ino;
    visit.other_picture |= is_picture && !regular;
  }
};

Strangers::Strangers(fs::path folder, StrangersOptions options, const LocalTime& now)
    : folder_(std::move(folder)), options_(std::move(options)), groups_(options_.same_person) {
  try {
    make_private_folder(folder_);
    expire(now);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", folder_.string(), e.code().message()));
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
}

// Runs `change` under the folder's lock, with what is known of the folder brought up to date. When it fails, nothing is
// known any more.
template <typename Change>
auto Strangers::locked(const Change& change) {
  try {
    const FolderLock lock(folder_);
    refresh(std::exchange(folder_stamp_, std::nullopt));
    auto result = change();
    folder_stamp_ = folder_stamp(folder_);
    return result;
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kInput, fmt::format("{}: {}", folder_.string(), e.code().message()));
  }
}

// `known`: the folder's stamp when it was as it is known; empty when it is not.
void Strangers::refresh(const std::optional<FileStamp>& known) {
  if (known && folder_stamp(folder_) == known) return;
  if (!known) {
    visits_.clear();
    groups_ = StrangerGroups(options_.same_person);
    bytes_ = 0;
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(folder_.c_str()), &::closedir);
  if (!folder) throw std::system_error(errno, std::generic_category());
  Listing listing;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    listing.add(folder_, *entry);
    errno = 0;
  }
  if (errno != 0) throw std::system_error(errno, std::generic_category());
  read_again(listing);
}

void Strangers::read_again(const Listing& listing) {
  for (const fs::path& path : listing.half_written) {
    if (regular_stamp(path)) unlink_file(path);
  }
  for (auto visit = visits_.begin(); visit != visits_.end();) {
    const auto here = visit++;
    const auto files = listing.files.find(here->first);
    const auto& sidecar = here->second.sidecar;
    const bool same = files != listing.files.end() && files->second.picture == here->second.picture.inode &&
                      files->second.sidecar == (sidecar ? std::optional(sidecar->inode) : std::nullopt);
    if (!same) forget(here);
  }
  for (const auto& [stem, files] : listing.files) {
    if (visits_.contains(stem)) continue;
    if (files.picture) {
      read(stem);
    } else if (files.sidecar && !files.other_picture) {
      const fs::path sidecar = path_of(stem, kSidecar);
      if (time_of_stem(stem) || read_sidecar(sidecar, options_.seal)) unlink_file(sidecar);
    }
  }
}

// Takes in a visit of which there are files, when it is one.
void Strangers::read(const std::string& stem) {
  const auto picture = regular_stamp(path_of(stem, kPicture));
  if (!picture) return;
  Visit visit;
  visit.picture = *picture;
  visit.sidecar = regular_stamp(path_of(stem, kSidecar));
  auto sidecar = visit.sidecar ? read_sidecar(path_of(stem, kSidecar), options_.seal) : std::nullopt;
  if (sidecar) {
    visit.time = sidecar->visit.time;
    last_group_ = std::max(last_group_, sidecar->group);
    if (sidecar->fingerprint == options_.fingerprint && sidecar->visit.encoding.size() == options_.dimension) {
      visit.group = sidecar->group;
      visit.encoding = std::move(sidecar->visit.encoding);
      groups_.add(visit.group, visit.encoding);
    }
  } else if (const auto time = time_of_stem(stem)) {
    visit.time = *time;
  } else {
    return;
  }
  bytes_ += visit.bytes();
  visits_.emplace(stem, std::move(visit));
}

void Strangers::forget(Visits::iterator visit) {
  if (visit->second.group != 0) groups_.remove(visit->second.group, visit->second.encoding);
  bytes_ -= visit->second.bytes();
  visits_.erase(visit);
}

void Strangers::remove(Visits::iterator visit) {
  unlink_file(path_of(visit->first, kPicture));
  if (visit->second.sidecar) unlink_file(path_of(visit->first, kSidecar));
  forget(visit);
}

Strangers::Added Strangers::add(const StrangerVisit& visit, std::string_view jpeg, const Gallery& gallery) {
  if (visit.encoding.size() != options_.dimension) throw std::invalid_argument("encoding of another dimension");
  Added added;
  added.enrolled = find_enrolled(gallery, visit.encoding, options_.enrolled);
  if (added.enrolled) return added;
  return locked([&] {
    Sidecar sidecar{visit, 0, options_.fingerprint};
    make_room(visit.time, jpeg.size() + sidecar_text(sidecar).size());
    const auto known = groups_.find(visit.encoding);
    sidecar.group = known ? *known : next_group();
    groups_.add(sidecar.group, visit.encoding);
    merge_twins(sidecar.group);

    const std::string stem = create_picture(visit, jpeg);
    const fs::path picture = path_of(stem, kPicture), text = path_of(stem, kSidecar);
    try {
      write_sidecar(text, sidecar, options_.seal);
    } catch (...) {
      ::unlink(picture.c_str());
      throw;
    }
    added.file = picture;
    added.group = group_name(sidecar.group);
    added.first_seen = visit.time;
    for (const auto& [_, other] : visits_) {
      if (other.group != sidecar.group) continue;
      ++added.visits_before;
      if (other.time.unix_seconds < added.first_seen.unix_seconds) added.first_seen = other.time;
    }
    Visit kept{regular_stamp(picture).value_or(FileStamp{}), regular_stamp(text), visit.time, sidecar.group,
               visit.encoding};
    bytes_ += kept.bytes();
    visits_.emplace(stem, std::move(kept));
    return added;
  });
}

// `group` may be the one that goes.
void Strangers::merge_twins(int& group) {
  while (const auto twin = groups_.find_twin(group)) {
    const auto [older, newer] = std::minmax({group, *twin});
    rewrite_group(newer, older);
    groups_.merge(older, newer);
    group = older;
  }
}

void Strangers::rewrite_group(int from, int into) {
  for (auto& [stem, visit] : visits_) {
    if (visit.group != from) continue;
    const fs::path file = path_of(stem, kSidecar);
    if (auto sidecar = read_sidecar(file, options_.seal)) {
      sidecar->group = into;
      write_sidecar(file, *sidecar, options_.seal);
    }
    bytes_ -= visit.bytes();
    visit.sidecar = regular_stamp(file);
    bytes_ += visit.bytes();
    visit.group = into;
  }
}

// Numbers are not used again, whatever was removed, and whoever else uses the folder.
int Strangers::next_group() {
  const fs::path file = folder_ / kLastGroup;
  if (regular_stamp(file)) {
    const std::string text = read_file(file, 4096);
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    last_group_ = std::max(last_group_, number);
  }
  replace_file(file, fmt::format("{}\n", last_group_ + 1));
  return ++last_group_;
}

// Returns the stem. Another visit of the same stamp keeps its files.
std::string Strangers::create_picture(const StrangerVisit& visit, std::string_view jpeg) {
  const std::string bytes = options_.seal.close(SealedKind::kPicture, std::string(jpeg));
  const std::string first = visit_stem(visit.time, visit.camera, visit.track);
  std::string stem = first;
  for (int n = 2; n < kMostOfOneStamp; ++n) {
    if (!status_of(path_of(stem, kSidecar)) && create_file(path_of(stem, kPicture), bytes)) return stem;
    stem = fmt::format("{}-{}", first, n);
  }
  throw std::system_error(EEXIST, std::generic_category(), stem);
}

void Strangers::limit(int keep_days, std::uint64_t most_bytes) {
  options_.keep_days = keep_days;
  options_.most_bytes = most_bytes;
}

std::size_t Strangers::expire(const LocalTime& now) {
  return locked([&] { return make_room(now, 0); });
}

std::size_t Strangers::make_room(const LocalTime& now, std::uint64_t bytes) {
  const std::int64_t oldest = options_.keep_days == 0 ? INT64_MIN : now.unix_seconds - options_.keep_days * kDaySeconds;
  const auto too_much = [&] { return options_.most_bytes > 0 && bytes_ + bytes > options_.most_bytes; };
  std::vector<Visits::iterator> order;
  for (auto visit = visits_.begin(); visit != visits_.end(); ++visit) {
    if (too_much() || visit->second.time.unix_seconds < oldest) order.push_back(visit);
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return a->second.time.unix_seconds < b->second.time.unix_seconds;
  });
  std::size_t removed = 0;
  for (const auto visit : order) {
    if (!too_much() && visit->second.time.unix_seconds >= oldest) break;
    remove(visit);
    ++removed;
  }
  if (removed > 0) sync_folder(folder_);
  return removed;
}

std::vector<Strangers::Forgotten> Strangers::forget_enrolled(const Gallery& gallery, const MatchRule& rule) {
  return locked([&] {
    std::vector<Visits::iterator> probed;
    std::vector<Encoding> faces;
    for (auto visit = visits_.begin(); visit != visits_.end(); ++visit) {
      if (visit->second.group == 0) continue;
      probed.push_back(visit);
      faces.push_back(visit->second.encoding);
    }
    const auto nearest = gallery.nearest(faces, 1);
    std::map<int, std::map<const Person*, std::vector<Visits::iterator>>> found;  // by group
    for (std::size_t i = 0; i < probed.size(); ++i) {
      const auto person = best_of(nearest[i], rule.threshold);
      if (person) found[probed[i]->second.group][person->person].push_back(probed[i]);
    }
    std::vector<Forgotten> forgotten;
    for (auto& [group, people] : found) {
      const auto most = std::max_element(
          people.begin(), people.end(), [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
      if (2 * most->second.size() >= groups_.visits_of(group)) {
        const Person* const person = most->first;
        people = {{person, all_of(group)}};
      }
      for (const auto& [person, theirs] : people) {
        for (const auto visit : theirs) remove(visit);
        forgotten.push_back({group_name(group), person->id, person->name, theirs.size()});
      }
    }
    if (!forgotten.empty()) sync_folder(folder_);
    return forgotten;
  });
}

std::vector<Strangers::Visits::iterator> Strangers::all_of(int group) {
  std::vector<Visits::iterator> theirs;
  for (auto visit = visits_.begin(); visit != visits_.end(); ++visit) {
    if (visit->second.group == group) theirs.push_back(visit);
  }
  return theirs;
}

fs::path Strangers::path_of(const std::string& stem, const char* extension) const {
  return folder_ / (stem + extension);
}

std::optional<Candidate> find_enrolled(const Gallery& gallery, const Encoding& face, double least) {
  return best_of(gallery.nearest({&face, 1}, 1)[0], least);
}

}  // namespace faceatt
