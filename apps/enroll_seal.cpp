#include "enroll_seal.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 30;

std::optional<SealedKind> kind_of(const fs::path& file) {
  static const std::map<std::string, SealedKind> kinds = {{".cache", SealedKind::kCache},
                                                          {".jpg", SealedKind::kPicture},
                                                          {".json", SealedKind::kSidecar},
                                                          {".cbor", SealedKind::kPeople}};
  const auto kind = kinds.find(file.extension().string());
  return kind == kinds.end() ? std::nullopt : std::optional(kind->second);
}

// Seals files with the key in force, in place.
class Sealer {
 public:
  Sealer(const Tool& tool, const std::string& old_key)
      : tool_(tool), new_(tool.seal()), old_(old_key.empty() ? Seal() : Seal(old_key)) {}

  void look_at(const fs::path& path) {
    if (!fs::is_directory(path)) return seal(path, true);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_regular_file() && !entry.is_symlink() && kind_of(entry.path())) files.push_back(entry.path());
    }
    for (const auto& file : files) seal(file, false);
  }
  std::size_t sealed() const { return sealed_; }
  bool has_failed() const { return has_failed_; }

 private:
  void seal(const fs::path& file, bool is_named) {
    try {
      const auto kind = kind_of(file);
      if (!kind) {
        throw Error(
            ErrorCode::kInput,
            file.string() + ": is neither a cache (.cache), people (.cbor), nor a stranger's picture (.jpg, .json)");
      }
      const FolderLock lock(file.has_parent_path() ? file.parent_path() : ".");  // faceatt-watch may be at it
      if (!is_named && !fs::exists(file)) return;                                // expired meanwhile
      std::string bytes = read_file(file, kMaxBytes);
      if (is_sealed(bytes) && !old_.has_key()) {
        new_.open(*kind, bytes, file);  // or says why not
        return;
      }
      if (is_sealed(bytes)) {
        try {
          std::string copy = bytes;
          new_.open(*kind, copy, file);
          return;
        } catch (const Error& e) {
          if (e.code() != ErrorCode::kCannotRun) throw;
        }
      }
      replace_file(file, new_.close(*kind, std::string(old_.open(*kind, bytes, file))));
      ++sealed_;
    } catch (const std::system_error& e) {
      fail(fmt::format("{}: {}", file.string(), e.code().message()));
    } catch (const Error& e) {
      fail(e.what());
    }
  }
  void fail(const std::string& why) {
    tool_.error(why);
    has_failed_ = true;
  }

  const Tool& tool_;
  const Seal &new_, old_;
  std::size_t sealed_ = 0;
  bool has_failed_ = false;
};

int make_key(const std::string& file, const Tool& tool) {
  const std::string id = make_key_file(file);
  tool.note(fmt::format("{}: key {}; keep a copy of it elsewhere, without it nothing that is encrypted can be read",
                        file, id));
  return kDone;
}

int seal_all(const SealRequest& request, const std::vector<std::string>& files, const Tool& tool) {
  if (!tool.seal().has_key()) throw UsageError("--seal wants --key-file");
  Sealer sealer(tool, request.old_key);
  for (const auto& file : files) sealer.look_at(file);
  tool.note(fmt::format("{} file{} encrypted with key {}", sealer.sealed(), sealer.sealed() == 1 ? "" : "s",
                        tool.seal().id()));
  if (sealer.has_failed()) return kSomeFailed;
  return sealer.sealed() > 0 ? kDone : kNothingFound;
}

int unseal_all(const std::vector<std::string>& files, const Tool& tool, Output& out) {
  out.open();
  if (out.is_terminal()) throw UsageError("--unseal writes the file's bytes; name a file with -o, or a pipe");
  for (const auto& file : files) {
    std::string bytes = read_file(file, kMaxBytes);
    out.raw(std::string(tool.seal().open_any(bytes, file)));
  }
  return kDone;
}

}  // namespace

void add_seal_options(Tool& tool, SealRequest& request) {
  auto* make = tool.app.add_option("--make-key", request.make_key, "Make a key for --key-file")->type_name("FILE");
  auto* seal = tool.app.add_flag("--seal", request.seal, "Encrypt these caches, strangers' files, or folders");
  auto* unseal = tool.app.add_flag("--unseal", request.unseal, "Write what these encrypted files hold to -o");
  make->excludes(seal)->excludes(unseal);
  seal->excludes(unseal);
  tool.app.add_option("--old-key", request.old_key, "With --seal: what they are encrypted with now")
      ->type_name("FILE")
      ->needs(seal);
}

int run_seal(const SealRequest& request, const std::vector<std::string>& files, Tool& tool, Output& out) {
  if (!request.make_key.empty()) {
    if (!files.empty()) throw UsageError("--make-key takes no photos");
    return make_key(request.make_key, tool);
  }
  if (files.empty()) throw UsageError("no files given; see faceatt-enroll --help");
  return request.seal ? seal_all(request, files, tool) : unseal_all(files, tool, out);
}

}  // namespace faceatt::cli
