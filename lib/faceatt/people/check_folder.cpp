// check_folder(): what lies in the people folder and nothing reads.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/cache.hpp"
#include "faceatt/people/check.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> kOurs = {"roster.csv", "faceatt.toml", "Attendance.csv"};

// NAME.XXXXXX, as core/file.cpp names a file while it writes it: something that faceatt writes, then six letters or
// digits.
bool is_temporary(const fs::path& file) {
  const std::string end = file.extension().string();
  const bool six = end.size() == 7 && std::all_of(end.begin() + 1, end.end(), [](unsigned char c) {
                     return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
                   });
  const fs::path inner = file.stem();
  return six && (has_photo_name(inner) || inner.extension() == ".cache" ||
                 std::find(kOurs.begin(), kOurs.end(), inner.string()) != kOurs.end());
}

class Walk {
 public:
  Walk(const std::vector<GalleryOptions>& caches, std::vector<Finding>& findings)
      : caches_(caches), findings_(findings) {}

  void people(const fs::path& folder) {
    for (const auto& entry : entries_of(folder, true)) {
      const fs::path& path = entry.path();
      const std::string name = path.filename().string();
      if (name == ".faceatt" && entry.is_directory()) {
        cache(path);
      } else if (name.starts_with('.')) {
        continue;
      } else if (is_folder(entry)) {
        const bool linked = entry.is_symlink();
        if (const auto problem = id_problem(name)) {
          add(path, fmt::format("is left out: an id that {} is not allowed; rename it", *problem));
        } else if (linked) {
          add(path, "is left out: links to folders are not followed; copy the folder");
        } else if (person(path) == 0) {
          findings_.push_back({FindingKind::kNoUsablePhoto,
                               path.string(),
                               to_nfc(name),
                               {},
                               {},
                               {},
                               "there is no photo in this folder; add one, or remove the folder"});
        }
      } else {
        file(path, true);
      }
    }
  }

 private:
  static bool is_folder(const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
  }

  static std::vector<fs::directory_entry> entries_of(const fs::path& folder, bool must) {
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
      entries.push_back(*at);
    if (error && must) {
      throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", folder.string(), error.message()));
    }
    std::sort(entries.begin(), entries.end());
    return entries;
  }

  // Returns how many photos there are.
  std::size_t person(const fs::path& folder) {
    std::size_t photos = 0;
    for (const auto& entry : entries_of(folder, false)) {
      if (entry.path().filename().string().starts_with('.')) continue;
      if (is_folder(entry) && !entry.is_symlink()) {
        photos += person(entry.path());
      } else {
        photos += file(entry.path(), false);
      }
    }
    return photos;
  }

  bool file(const fs::path& path, bool in_root) {
    const std::string name = path.filename().string();
    if (is_temporary(path.filename())) {
      add(path, "was left when writing a file was interrupted; remove it");
    } else if (has_photo_name(path)) {
      const auto problem = in_root ? id_problem(path.stem().string()) : std::nullopt;
      if (problem) add(path, fmt::format("is left out: an id that {} is not allowed; rename it", *problem));
      return true;
    } else if (!in_root || std::find(kOurs.begin(), kOurs.end(), name) == kOurs.end()) {
      add(path, "is no photo (.jpg .png .webp .tif .bmp) and nothing reads it; convert, move or remove it");
    }
    return false;
  }

  void cache(const fs::path& folder) {
    for (const auto& entry : entries_of(folder, false)) {
      const fs::path& path = entry.path();
      const auto known = std::find_if(caches_.begin(), caches_.end(), [&](const GalleryOptions& c) {
        return c.cache_name == path.filename().string();
      });
      if (is_temporary(path.filename())) {
        add(path, "was left when writing the cache was interrupted; remove it");
      } else if (known == caches_.end()) {
        add(path, "is no cache of a model in models.toml; remove it");
      } else if (const std::string problem = problem_of(path, *known); !problem.empty()) {
        add(path, problem);
      }
    }
  }

  static std::string problem_of(const fs::path& path, const GalleryOptions& options) {
    EncodingCache cache(path, options.fingerprint, options.dimension, options.seal);
    try {
      if (cache.load() != EncodingCache::State::kGood) {
        return "was made with another version of the model or of faceatt; remove it";
      }
    } catch (const Error&) {
      return "is encrypted with a key that is not at hand; remove it";
    }
    return cache.is_to_seal() ? "is not encrypted, though there is a key; remove it" : "";
  }

  void add(const fs::path& path, const std::string& reason) {
    findings_.push_back({FindingKind::kStaleFile, path.string(), {}, {}, {}, {}, reason});
  }

  const std::vector<GalleryOptions>& caches_;
  std::vector<Finding>& findings_;
};

}  // namespace

std::vector<Finding> check_folder(const fs::path& folder, const std::vector<GalleryOptions>& caches) {
  std::vector<Finding> findings;
  Walk(caches, findings).people(folder);
  return findings;
}

}  // namespace faceatt
