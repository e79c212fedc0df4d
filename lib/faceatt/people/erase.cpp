#include "faceatt/people/erase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <system_error>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/cache.hpp"
#include "faceatt/people/folder.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;
constexpr std::size_t kHeadBytes = 4096;  // a file with a NUL byte in them is no text

std::vector<fs::path> files_below(const fs::path& path) {
  std::vector<fs::path> files;
  if (!fs::is_directory(fs::symlink_status(path))) return {path};
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (!fs::is_directory(entry.symlink_status())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void add_roster_names(const std::string& roster, const std::string& id, std::set<std::string>& names) {
  CsvReader csv(roster);
  const auto header = csv.next();
  if (!header) return;
  const auto is_column = [&](std::size_t c, std::string_view name) {
    return c < header->cells.size() && lower_ascii(trim(header->cells[c])) == name;
  };
  while (const auto row = csv.next()) {
    bool theirs = false;
    for (std::size_t c = 0; c < row->cells.size(); ++c) {
      theirs |= is_column(c, "id") && to_nfc(trim(row->cells[c])) == id;
    }
    for (std::size_t c = 0; theirs && c < row->cells.size(); ++c) {
      if (is_column(c, "id") || is_column(c, "name")) names.insert(trim(row->cells[c]));
    }
  }
}

// What a rename left that was interrupted.
void add_rename_note(const fs::path& note, const std::string& id, PersonTraces& traces) {
  std::error_code ignored;
  if (!fs::exists(note, ignored)) return;
  const std::string text = "\n" + read_file(note, kMaxBytes);
  if (text.find("\n" + id + "\n") == std::string::npos) return;
  traces.entries.push_back(note);
  traces.files.push_back(note);
}

// NAME.cache.XXXXXX, as replace_file() writes it.
bool is_temporary_cache(const std::string& name) {
  const auto at = name.rfind(".cache.");
  return at != std::string::npos && name.size() == at + 13;
}

bool is_text(std::string_view bytes) { return bytes.substr(0, kHeadBytes).find('\0') == std::string_view::npos; }

}  // namespace

PersonTraces traces_of(const fs::path& folder, const std::string& id) {
  PersonTraces traces;
  try {
    traces.entries = entries_of_person(folder, id);
    for (const auto& entry : traces.entries) {
      const auto files = files_below(entry);
      traces.files.insert(traces.files.end(), files.begin(), files.end());
      const bool is_folder = fs::is_directory(fs::symlink_status(entry));
      traces.names.insert((is_folder ? entry.filename() : entry.stem()).string());
    }
  } catch (const fs::filesystem_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", folder.string(), e.code().message()));
  }
  add_rename_note(folder / ".faceatt" / "rename", id, traces);
  const std::string roster = read_roster_text(folder / "roster.csv");
  traces.roster_rows = removed_from_roster(roster, id).rows;
  add_roster_names(roster, id, traces.names);
  return traces;
}

std::vector<fs::path> other_caches(const fs::path& folder, const std::string& kept) {
  std::vector<fs::path> paths;
  std::error_code none;
  for (fs::directory_iterator entry(folder / ".faceatt", none), end; !none && entry != end; entry.increment(none)) {
    const fs::path& path = entry->path();
    const std::string name = path.filename().string();
    const bool cache = path.extension() == ".cache" && name != kept;
    if (cache || is_temporary_cache(name)) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

void remove_all_of(const std::vector<fs::path>& paths) {
  for (const auto& path : paths) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", path.string(), error.message()));
    sync_folder(path.parent_path());
  }
}

void remove_from_roster(const fs::path& folder, const std::string& id) {
  const fs::path roster = folder / "roster.csv";
  const RosterEdit edit = removed_from_roster(read_roster_text(roster), id);
  if (edit.rows == 0) return;
  try {
    rewrite_file(roster, edit.text);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", roster.string(), e.code().message()));
  }
}

std::vector<std::string> encoding_bytes(const Gallery& gallery, const Person& person) {
  std::vector<std::string> bytes;
  for (const GalleryPhoto& photo : person.photos) {
    if (photo.row == GalleryPhoto::kNoRow) continue;
    const auto halves = gallery.encodings().row(photo.row);
    bytes.emplace_back(reinterpret_cast<const char*>(halves.data()), halves.size_bytes());
    const Encoding floats = gallery.encoding(photo);
    bytes.emplace_back(reinterpret_cast<const char*>(floats.data()), floats.size() * sizeof(float));
  }
  return bytes;
}

std::optional<double> KnownFaces::score_of(const Sidecar& sidecar) const {
  if (sidecar.fingerprint != fingerprint) return std::nullopt;
  const Encoding& face = sidecar.visit.encoding;
  double best = -1;
  for (const Encoding& known : encodings) {
    if (known.size() != face.size()) continue;
    best = std::max(best, std::inner_product(face.begin(), face.end(), known.begin(), 0.0));
  }
  return best >= threshold && best > -1 ? std::optional(best) : std::nullopt;
}

std::vector<fs::path> sidecars_naming(const fs::path& folder, const Mentions& person, const Seal& seal) {
  std::vector<fs::path> sidecars;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return sidecars;
  try {
    for (const auto& path : files_below(folder / "")) {  // the folder itself may be given as a link
      if (path.extension() != ".json" || !fs::is_regular_file(fs::symlink_status(path))) continue;
      const auto sidecar = read_sidecar(path, seal);
      if (sidecar && person.is(sidecar->visit.closest_id)) sidecars.push_back(path);
    }
  } catch (const fs::filesystem_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", folder.string(), e.code().message()));
  }
  return sidecars;
}

void forget_closest(const fs::path& file, const Seal& seal) {
  auto sidecar = read_sidecar(file, seal);
  if (!sidecar) return;
  sidecar->visit.closest_id.clear();
  try {
    write_sidecar(file, *sidecar, seal);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", file.string(), e.code().message()));
  }
}

void LeftoverSearch::look_below(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return;
  try {
    for (fs::recursive_directory_iterator entry(folder), end; entry != end; ++entry) {
      look_at_name(entry->path(), entry.depth() == 0);
      if (fs::is_regular_file(entry->symlink_status())) look_into(entry->path());
    }
  } catch (const fs::filesystem_error& e) {
    found_.push_back(fmt::format("{}: cannot be looked through: {}", folder.string(), e.code().message()));
  }
}

void LeftoverSearch::look_at_name(const fs::path& path, bool names_people) {
  const fs::path name = path.filename();
  const bool whole = names_people && (person_.is(name.string()) || person_.is(name.stem().string()));
  if (whole || person_.in(name.string())) {
    found_.push_back(fmt::format("{}: its name names them", path.string()));
  }
}

void LeftoverSearch::look_into(const fs::path& file) {
  std::string read;
  std::string_view bytes;
  try {
    read = read_file(file, kMaxBytes);
    bytes = seal_.open_any(read, file);
  } catch (const Error& e) {
    found_.push_back(std::string("cannot be looked at: ") + e.what());
    return;
  }
  ++files_;
  if (is_text(bytes) ? person_.in(bytes) : person_.in_binary(bytes)) {
    found_.push_back(fmt::format("{}: names them", file.string()));
  }
  const bool encoded = std::any_of(encodings_.begin(), encodings_.end(), [&](const std::string& encoding) {
    return bytes.find(encoding) != std::string_view::npos;
  });
  const auto sidecar = file.extension() == ".json" ? parse_sidecar(bytes) : std::nullopt;
  if (encoded || (sidecar && faces_.score_of(*sidecar)))
    found_.push_back(fmt::format("{}: holds an encoding of their face", file.string()));
}

void LeftoverSearch::look_at_roster(const fs::path& file) {
  const std::string roster = read_roster_text(file);
  CsvReader csv(roster);
  const auto header = csv.next();
  while (const auto row = header ? csv.next() : std::nullopt) {
    for (std::size_t c = 0; c < std::min(row->cells.size(), header->cells.size()); ++c) {
      const std::string column = lower_ascii(trim(header->cells[c]));
      if ((column != "id" && column != "name") || !person_.is(row->cells[c])) continue;
      found_.push_back(fmt::format("{}:{}: names them in column {}", file.string(), row->line, column));
    }
  }
}

void LeftoverSearch::look_at_cache(const GalleryOptions& options) {
  const fs::path file = options.folder / ".faceatt" / options.cache_name;
  EncodingCache cache(file, options.fingerprint, options.dimension, options.seal);
  cache.load();
  for (const CacheEntry& entry : cache.entries()) {
    const fs::path path(entry.path);
    const fs::path first = *path.begin();
    if (person_.is(first == path ? path.stem().string() : first.string())) {
      found_.push_back(fmt::format("{}: has a photo of them", file.string()));
      return;
    }
  }
}

}  // namespace faceatt
