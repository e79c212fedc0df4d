#include "faceatt/pipeline/erasure.hpp"

#include <fmt/format.h>

#include <optional>
#include <system_error>
#include <utility>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/erasure_targets.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kClosestPerson = "closest person";

std::string count_of(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// What has to be known of a file of the people folder that goes.
std::string reason_of(const fs::path& file) { return fs::is_symlink(file) ? "a link; what it points to stays" : ""; }

class Erasure {
 public:
  Erasure(const ErasureRequest& request, Stages& stages, const ErasureListener& listener, ErasureTargets targets)
      : request_(request),
        stages_(stages),
        listener_(listener),
        options_(stages.gallery_options(request.people)),
        targets_(std::move(targets)) {}

  void run() {
    for (const auto& target : targets_.missing) verify(target, false);  // what another run could not remove
    for (const auto& target : targets_.found) announce(target);
    if (request_.dry_run) return;
    if (!targets_.found.empty()) carry_out();
    for (const auto& target : targets_.found) verify(target, true);
  }

 private:
  void announce(const ErasureTarget& target) const;
  void carry_out();
  std::optional<FolderLock> lock_for(const fs::path& file) const;
  void erase_in_log();
  void verify(const ErasureTarget& target, bool erased) const;
  void warn_all(const std::vector<std::string>& warnings) const {
    for (const auto& warning : warnings) listener_.warned(warning);
  }

  const ErasureRequest& request_;
  Stages& stages_;
  const ErasureListener& listener_;
  GalleryOptions options_;
  ErasureTargets targets_;
};

// All that is going to happen to somebody's data, or in a dry run would.
void Erasure::announce(const ErasureTarget& target) const {
  if (!request_.dry_run) {
    if (target.faces.empty() && !request_.folders.empty()) {
      listener_.warned(printable(target.id) + ": no usable photo; pictures are found by their names only");
    }
    return;
  }
  const auto say = [&](const fs::path& file, const char* verdict, const std::string& reason) {
    listener_.changed({file, target.id, target.name, verdict, reason});
  };
  for (const auto& [picture, why] : target.pictures) say(picture, "removed", why);
  for (const auto& sidecar : target.sidecars) say(sidecar, "rewritten", kClosestPerson);
  for (const auto& file : target.traces.files) say(file, "removed", reason_of(file));
  for (const auto& cache : targets_.caches) say(cache, "removed", "cache");
  for (const auto& [log, erasure] : target.logs) say(log, "rewritten", count_of(erasure.changed(), "row"));
  if (!target.encodings.empty()) {
    say(request_.people / ".faceatt" / options_.cache_name, "rewritten", "cache");
  }
  if (target.traces.roster_rows > 0) {
    say(request_.people / "roster.csv", "rewritten", count_of(target.traces.roster_rows, "row"));
  }
}

void Erasure::carry_out() {
  std::optional<FolderLock> one_at_a_time;
  if (fs::exists(request_.people)) one_at_a_time.emplace(request_.people);
  const auto done = [&](const ErasureTarget& t, const fs::path& file, const char* verdict, const std::string& reason) {
    listener_.changed({file, t.id, t.name, verdict, reason});
  };
  for (const ErasureTarget& target : targets_.found) {
    for (const auto& [picture, why] : target.pictures) {
      const auto lock = lock_for(picture);
      remove_all_of({picture});
      done(target, picture, "removed", why);
    }
    for (const auto& sidecar : target.sidecars) {
      const auto lock = lock_for(sidecar);
      forget_closest(sidecar, stages_.seal());
      done(target, sidecar, "rewritten", kClosestPerson);
    }
  }
  for (const ErasureTarget& target : targets_.found) {
    std::vector<std::string> reasons;
    reasons.reserve(target.traces.files.size());
    for (const auto& file : target.traces.files) reasons.push_back(reason_of(file));
    remove_all_of(target.traces.entries);
    for (std::size_t i = 0; i < reasons.size(); ++i) done(target, target.traces.files[i], "removed", reasons[i]);
  }
  remove_all_of(targets_.caches);
  for (const auto& cache : targets_.caches) done(targets_.found.front(), cache, "removed", "cache");
  if (one_at_a_time) {
    one_at_a_time.reset();  // whoever saves a cache from now on finds the photos gone; so does this
    std::vector<std::string> warnings;
    stages_.load_gallery(request_.people, warnings);  // writes the cache without them
    warn_all(warnings);
  }
  erase_in_log();
  for (const ErasureTarget& target : targets_.found) {
    for (const auto& [log, erasure] : target.logs) {
      done(target, log, "rewritten", fmt::format("{} now of {}", count_of(erasure.changed(), "row"), target.pseudonym));
    }
  }
  for (const ErasureTarget& target : targets_.found) {
    if (!target.encodings.empty()) {
      done(target, request_.people / ".faceatt" / options_.cache_name, "rewritten", "cache");
    }
    if (target.traces.roster_rows == 0) continue;
    remove_from_roster(request_.people, target.id);
    done(target, request_.people / "roster.csv", "rewritten", count_of(target.traces.roster_rows, "row"));
  }
}

// Of the folder that a picture is in: faceatt-watch may be at it. None for the people folder, which is locked already.
std::optional<FolderLock> Erasure::lock_for(const fs::path& file) const {
  std::error_code ignored;
  if (fs::equivalent(file.parent_path(), request_.people, ignored)) return std::nullopt;
  return std::optional<FolderLock>(file.parent_path());
}

// What the logs hold now, not what they held when they were looked at: others may have written meanwhile.
void Erasure::erase_in_log() {
  for (ErasureTarget& target : targets_.found) target.logs.clear();
  const auto erase = [&](const fs::path& file, std::string_view text) {
    std::string erased(text);
    for (ErasureTarget& target : targets_.found) {
      LogErasure one = erase_from_log(erased, target.id, target.mentions, target.pseudonym);
      erased = std::move(one.text);
      if (one.changed() > 0) target.logs.emplace(file, std::move(one));
    }
    return erased;
  };
  for (const auto& file : log_files_and_copies(request_.log)) {
    CsvLog log(as_pattern(file));
    log.rewrite(erase);
    warn_all(log.take_warnings());
  }
}

void Erasure::verify(const ErasureTarget& target, bool erased) const {
  LeftoverSearch search(target.mentions, target.encodings, {target.faces, options_.fingerprint, request_.threshold},
                        stages_.seal());
  search.look_below(request_.people);
  search.look_at_roster(request_.people / "roster.csv");
  search.look_at_cache(options_);
  for (const auto& folder : request_.folders) search.look_below(folder);
  auto left = search.found();
  std::size_t files = search.files();
  for (const auto& log : log_files_and_copies(request_.log)) {
    const std::string text = read_log_text(log);
    files += !text.empty();
    for (const auto& line : left_in_log(text, target.mentions)) left.push_back(log.string() + ": " + line);
  }
  for (const auto& line : left) listener_.failed(fmt::format("{}: left over: {}", printable(target.id), line));
  if (!left.empty() || !erased) return;
  const std::string what =
      target.faces.empty() ? "neither id nor name"
                           : fmt::format("neither id, name nor any of {}", count_of(target.faces.size(), "encoding"));
  listener_.erased(fmt::format("{}: erased; {} is left in {}", printable(target.id), what, count_of(files, "file")));
}

}  // namespace

bool erase_people(const ErasureRequest& request, const Gallery& gallery, Stages& stages,
                  const ErasureListener& listener) {
  bool good = true;
  ErasureListener noting = listener;
  noting.failed = [&](const std::string& message) {
    good = false;
    listener.failed(message);
  };
  Erasure(request, stages, noting, find_targets(request, gallery, stages, noting)).run();
  return good;
}

}  // namespace faceatt
