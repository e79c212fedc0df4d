#include "enroll_people.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <set>
#include <system_error>

#include "faceatt/attendance/erase.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/mention.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
#include "faceatt/people/erase.hpp"
#include "faceatt/people/rename.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;
constexpr const char* kClosestPerson = "closest person";

Record change(const fs::path& file, const std::string& id, const std::string& name, const char* verdict,
              const std::string& reason) {
  return {{"file", file.string()}, {"id", id}, {"name", name}, {"verdict", std::string(verdict)}, {"reason", reason}};
}

std::string count_of(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// What has to be known of a file of the people folder that goes.
std::string reason_of(const fs::path& file) { return fs::is_symlink(file) ? "a link; what it points to stays" : ""; }

// The text of the log, empty when there is none. Throws Error(kCannotRun).
std::string read_log(const fs::path& log) {
  std::error_code ignored;
  if (!fs::exists(log, ignored)) return {};
  try {
    return read_file(log, kMaxLogBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
}

bool log_has(const fs::path& log, const std::string& id) {
  try {
    return people_in_log(read_log(log), log.string()).ids.contains(id);
  } catch (const Error&) {
    return false;  // no log of ours: nothing to say about it
  }
}

// A person to be erased, and what there is of them.
struct Target {
  std::string id, name;
  const Person* person = nullptr;  // null: not in the people folder any more
  PersonTraces traces;
  Mentions mentions{{}, {}};
  std::vector<Encoding> faces;
  std::vector<std::string> encodings;  // as they lie in files
  std::string pseudonym;
  LogErasure log;
  std::map<fs::path, std::string> pictures;  // and why each is theirs
  std::vector<fs::path> sidecars;            // of strangers' pictures that name them as the closest
};

class Eraser {
 public:
  Eraser(const EraseRequest& request, const Gallery& gallery, Stages& stages, const Tool& tool, Output& out)
      : request_(request),
        gallery_(gallery),
        stages_(stages),
        tool_(tool),
        out_(out),
        log_(tool.settings.text("log")),
        options_(stages.gallery_options(tool.db())) {
    folders_.assign(request.also.begin(), request.also.end());
    if (const std::string& strangers = tool.settings.text("strangers"); !strangers.empty()) {
      folders_.insert(folders_.begin(), strangers);
    }
  }

  int run() {
    find_people();
    find_pictures();
    for (const Target& target : targets_) announce(target);
    if (tool_.dry_run) return failed_ ? kSomeFailed : kDone;
    if (!targets_.empty()) carry_out();
    for (const Target& target : targets_) verify(target);
    return failed_ ? kSomeFailed : kDone;
  }

 private:
  void find_people();
  void find_one(const std::string& given, const std::string& log_text, const LogPeople& in_log);
  bool in_a_cache(const Target& target) const;
  bool in_a_sidecar(const Target& target) const;
  void find_pictures();
  bool take_folder_of(const fs::directory_entry& entry);
  void look_at_picture(const fs::path& picture);
  std::vector<Encoding> faces_in(const fs::path& picture);
  void find_sidecars(Target& target);
  KnownFaces faces_of(const Target& target) const {
    return {target.faces, options_.fingerprint, request_.rule.threshold};
  }
  std::optional<FolderLock> lock_for(const fs::path& file) const;
  void announce(const Target& target);
  void carry_out();
  void erase_in_log();
  void verify(const Target& target, bool erased = true);
  void fail(const std::string& message) {
    tool_.error(message);
    failed_ = true;
  }

  const EraseRequest& request_;
  const Gallery& gallery_;
  Stages& stages_;
  const Tool& tool_;
  Output& out_;
  fs::path log_;
  GalleryOptions options_;
  std::vector<fs::path> folders_;  // of pictures: strangers first
  std::vector<Target> targets_;
  std::vector<fs::path> caches_;
  bool failed_ = false;
};

void Eraser::find_people() {
  const std::string log_text = read_log(log_);
  const LogPeople in_log = people_in_log(log_text, log_.string());
  caches_ = other_caches(tool_.db(), options_.cache_name);
  std::set<std::string> seen;
  for (const auto& given : request_.ids) {
    if (seen.insert(to_nfc(given)).second) find_one(given, log_text, in_log);
  }
}

void Eraser::find_one(const std::string& given, const std::string& log_text, const LogPeople& in_log) {
  Target target;
  target.id = to_nfc(given);
  target.person = gallery_.find(target.id);
  if (fs::exists(tool_.db())) target.traces = traces_of(tool_.db(), target.id);
  std::set<std::string> names = target.traces.names, others;
  names.merge(names_in_log(log_text, target.id));
  names.insert({given, target.id, name_of_id(target.id)});
  if (target.person != nullptr) names.insert(target.person->name);
  for (const Person& other : gallery_.people()) {
    if (&other != target.person) others.insert({other.id, other.name});
  }
  // People who are in the log only may be the same person under an earlier id: a name that is equal is theirs.
  std::set<std::string> longer = in_log.ids;
  longer.insert(in_log.names.begin(), in_log.names.end());
  for (const auto& name : names) longer.erase(to_nfc(name));
  others.merge(longer);
  target.mentions = Mentions(names, others);
  target.name = target.person != nullptr ? target.person->name : "";
  target.pseudonym = new_pseudonym();
  target.log = erase_from_log(log_text, target.id, target.mentions, target.pseudonym);
  const bool here = !target.traces.entries.empty() || target.traces.roster_rows > 0 || target.log.rows > 0;
  if (!here && !in_a_cache(target) && !in_a_sidecar(target)) {
    fail(
        fmt::format("{}: nothing found of this id in {} and {}", printable(given), tool_.db().string(), log_.string()));
    verify(target, false);  // what another run could not remove
    return;
  }
  if (target.person != nullptr) {
    for (const GalleryPhoto& photo : target.person->photos) {
      if (photo.row != GalleryPhoto::kNoRow) target.faces.push_back(gallery_.encoding(photo));
    }
    target.encodings = encoding_bytes(gallery_, *target.person);
  }
  targets_.push_back(std::move(target));
}

// What an erasure that was interrupted may have left.
bool Eraser::in_a_cache(const Target& target) const {
  return std::any_of(caches_.begin(), caches_.end(),
                     [&](const fs::path& cache) { return target.mentions.in_own(read_file(cache, kMaxLogBytes)); });
}

bool Eraser::in_a_sidecar(const Target& target) const {
  return std::any_of(folders_.begin(), folders_.end(),
                     [&](const fs::path& folder) { return !sidecars_naming(folder, target.mentions).empty(); });
}

void Eraser::find_pictures() {
  std::error_code ignored;
  for (const auto& folder : folders_) {
    if (!fs::exists(folder, ignored)) continue;  // no stranger has come yet
    for (fs::recursive_directory_iterator entry(folder, ignored), end; !ignored && entry != end;
         entry.increment(ignored)) {
      // The people folder has its own rules, and other people's photos in it.
      std::error_code no;
      const bool kept = fs::equivalent(entry->path(), tool_.db(), no) || fs::equivalent(entry->path(), log_, no);
      if (kept || take_folder_of(*entry)) entry.disable_recursion_pending();
      if (!kept && entry->is_regular_file()) look_at_picture(entry->path());
    }
    if (ignored) fail(fmt::format("{}: {}", printable(folder.string()), ignored.message()));
  }
  for (Target& target : targets_) find_sidecars(target);
}

// Those that stay.
void Eraser::find_sidecars(Target& target) {
  const auto goes = [&](const fs::path& file) {
    for (fs::path path = file; path != path.parent_path(); path = path.parent_path()) {
      for (const Target& t : targets_) {
        if (t.pictures.contains(path)) return true;
      }
    }
    return false;
  };
  for (const auto& folder : folders_) {
    for (const auto& file : sidecars_naming(folder, target.mentions)) {
      if (!goes(file)) target.sidecars.push_back(file);
    }
  }
}

// A folder that is named after one of them goes as a whole, unless the people folder or the log is in it.
bool Eraser::take_folder_of(const fs::directory_entry& entry) {
  if (!entry.is_directory() || entry.is_symlink()) return false;
  const std::string name = entry.path().filename().string();
  const auto holds = [&](const fs::path& path) {
    const auto inside = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(entry.path()));
    return !inside.empty() && *inside.begin() != "..";
  };
  bool taken = false;
  for (Target& target : targets_) {
    if (!target.mentions.is(name) && !target.mentions.in(name)) continue;
    if (holds(tool_.db()) || holds(log_)) continue;
    target.pictures[entry.path()] = "named after them";
    taken = true;
  }
  return taken;
}

void Eraser::look_at_picture(const fs::path& picture) {
  const std::string stem = picture.stem().string();
  std::vector<Encoding> faces;
  const bool compare = has_photo_name(picture) &&
                       std::any_of(targets_.begin(), targets_.end(), [](const Target& t) { return !t.faces.empty(); });
  if (compare) faces = faces_in(picture);
  const auto sidecar = picture.extension() == ".json" ? read_sidecar(picture) : std::nullopt;
  for (Target& target : targets_) {
    std::string why;
    if (target.mentions.is(stem) || target.mentions.in(picture.filename().string())) why = "named after them";
    for (const Encoding& face : faces) {
      for (const Encoding& known : target.faces) {
        const float score = std::inner_product(face.begin(), face.end(), known.begin(), 0.0F);
        if (why.empty() && score >= request_.rule.threshold) why = fmt::format("their face, {:.2f}", score);
      }
    }
    if (const auto score = sidecar && why.empty() ? faces_of(target).score_of(*sidecar) : std::nullopt) {
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

std::vector<Encoding> Eraser::faces_in(const fs::path& picture) {
  std::vector<Encoding> encodings;
  try {
    const Frame frame = read_photo(picture);
    for (const Face& face : stages_.photo_detector().detect(frame)) {
      encodings.push_back(stages_.encoder().encode(frame, stages_.photo_detector().refine(frame, face)));
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kInput) throw;
    fail(fmt::format("{}; whether it shows them is not known", e.what()));
  } catch (const std::exception& e) {  // of OpenCV or dlib
    fail(fmt::format("{}: cannot be looked at: {}; whether it shows them is not known", picture.string(), e.what()));
  }
  return encodings;
}

// All that is going to happen to somebody's data, or in a dry run would.
void Eraser::announce(const Target& target) {
  if (!tool_.dry_run) {
    if (target.faces.empty() && !folders_.empty()) {
      tool_.warn(printable(target.id) + ": no usable photo; pictures are found by their names only");
    }
    return;
  }
  const auto say = [&](const fs::path& file, const char* verdict, const std::string& reason) {
    out_.record(change(file, target.id, target.name, verdict, reason));
  };
  for (const auto& [picture, why] : target.pictures) say(picture, "removed", why);
  for (const auto& sidecar : target.sidecars) say(sidecar, "rewritten", kClosestPerson);
  for (const auto& file : target.traces.files) say(file, "removed", reason_of(file));
  for (const auto& cache : caches_) say(cache, "removed", "cache");
  if (target.log.rows + target.log.mentions > 0) {
    say(log_, "rewritten", count_of(target.log.rows + target.log.mentions, "row"));
  }
  if (!target.encodings.empty()) {
    say(tool_.db() / ".faceatt" / options_.cache_name, "rewritten", "cache");
  }
  if (target.traces.roster_rows > 0) {
    say(tool_.db() / "roster.csv", "rewritten", count_of(target.traces.roster_rows, "row"));
  }
}

// Pictures first, while there are encodings to know them by; the log after the photos, when nobody recognises them any
// more; the roster, which knows the name, last. What a crash leaves is found by the next run.
void Eraser::carry_out() {
  std::optional<FolderLock> one_at_a_time;
  if (fs::exists(tool_.db())) one_at_a_time.emplace(tool_.db());
  const auto done = [&](const Target& t, const fs::path& file, const char* verdict, const std::string& reason) {
    out_.record(change(file, t.id, t.name, verdict, reason));
  };
  for (const Target& target : targets_) {
    for (const auto& [picture, why] : target.pictures) {
      const auto lock = lock_for(picture);
      remove_all_of({picture});
      done(target, picture, "removed", why);
    }
    for (const auto& sidecar : target.sidecars) {
      const auto lock = lock_for(sidecar);
      forget_closest(sidecar);
      done(target, sidecar, "rewritten", kClosestPerson);
    }
  }
  for (const Target& target : targets_) {
    std::vector<std::string> reasons;
    for (const auto& file : target.traces.files) reasons.push_back(reason_of(file));
    remove_all_of(target.traces.entries);
    for (std::size_t i = 0; i < reasons.size(); ++i) done(target, target.traces.files[i], "removed", reasons[i]);
  }
  remove_all_of(caches_);
  for (const auto& cache : caches_) done(targets_.front(), cache, "removed", "cache");
  if (one_at_a_time) {
    one_at_a_time.reset();  // whoever saves a cache from now on finds the photos gone; so does this
    std::vector<std::string> warnings;
    stages_.load_gallery(tool_.db(), warnings);  // writes the cache without them
    tool_.warn_all(warnings);
  }
  erase_in_log();
  for (const Target& target : targets_) {
    if (target.log.rows + target.log.mentions == 0) continue;
    done(target, log_, "rewritten",
         fmt::format("{} now of {}", count_of(target.log.rows + target.log.mentions, "row"), target.pseudonym));
  }
  for (const Target& target : targets_) {
    if (!target.encodings.empty()) {
      done(target, tool_.db() / ".faceatt" / options_.cache_name, "rewritten", "cache");
    }
    if (target.traces.roster_rows == 0) continue;
    remove_from_roster(tool_.db(), target.id);
    done(target, tool_.db() / "roster.csv", "rewritten", count_of(target.traces.roster_rows, "row"));
  }
}

// Of the folder that a picture is in: faceatt-watch may be at it. None for the people folder, which is locked already.
std::optional<FolderLock> Eraser::lock_for(const fs::path& file) const {
  std::error_code ignored;
  if (fs::equivalent(file.parent_path(), tool_.db(), ignored)) return std::nullopt;
  return std::optional<FolderLock>(file.parent_path());
}

// What the log holds now, not what it held when it was looked at: others may have written meanwhile.
void Eraser::erase_in_log() {
  AttendanceLog log(log_);
  log.rewrite([&](std::string_view text) {
    std::string erased(text);
    for (Target& target : targets_) {
      target.log = erase_from_log(erased, target.id, target.mentions, target.pseudonym);
      erased = target.log.text;
    }
    return erased;
  });
  auto warnings = log.take_warnings();
  tool_.warn_all(warnings);
}

void Eraser::verify(const Target& target, bool erased) {
  LeftoverSearch search(target.mentions, target.encodings, faces_of(target));
  search.look_below(tool_.db());
  search.look_at_roster(tool_.db() / "roster.csv");
  search.look_at_cache(options_);
  for (const auto& folder : folders_) search.look_below(folder);
  auto left = search.found();
  std::size_t files = search.files();
  if (const std::string text = read_log(log_); !text.empty()) {
    ++files;
    for (const auto& line : left_in_log(text, target.mentions)) left.push_back(log_.string() + ": " + line);
  }
  for (const auto& line : left) fail(fmt::format("{}: left over: {}", printable(target.id), line));
  if (!left.empty() || !erased || tool_.quiet()) return;
  const std::string what =
      target.faces.empty() ? "neither id nor name"
                           : fmt::format("neither id, name nor any of {}", count_of(target.faces.size(), "encoding"));
  tool_.error(fmt::format("{}: erased; {} is left in {}", printable(target.id), what, count_of(files, "file")));
}

}  // namespace

int list_people(const Gallery& gallery, const Tool& tool, Output& out) {
  std::vector<Record> records;
  for (const Person& person : gallery.people()) {
    if (!person.expected) continue;
    records.push_back({{"id", person.id},
                       {"name", person.name},
                       {"groups", fmt::format("{}", fmt::join(person.groups, ";"))},
                       {"photos", static_cast<std::int64_t>(person.photos.size())},
                       {"usable", static_cast<std::int64_t>(person.usable_photos())}});
    for (const auto& photo : person.photos) {
      if (!photo.usable()) tool.warn(printable(photo.path) + ": not usable: " + photo.problem);
    }
  }
  if (out.format() == Format::kText) {
    out.raw(format_table(records));
  } else {
    for (const auto& record : records) out.record(record);
  }
  return records.empty() ? kNothingFound : kDone;
}

int remove_people(const std::vector<std::string>& ids, const Gallery& gallery, const Tool& tool, Output& out) {
  bool missing = false;
  for (const auto& given : ids) {
    const Person* person = gallery.find(to_nfc(given));
    if (person == nullptr || person->photos.empty()) {
      tool.error(fmt::format("{}: nobody of this id is enrolled in {}", printable(given), tool.db().string()));
      missing = true;
      continue;
    }
    for (const auto& photo : remove_person(tool.db(), *person, tool.dry_run)) {
      out.record(
          {{"file", photo.string()}, {"id", person->id}, {"name", person->name}, {"verdict", std::string("removed")}});
    }
  }
  return missing ? kSomeFailed : kDone;
}

int rename_one(const std::string& from, const std::string& to, const Gallery& gallery, const Tool& tool, Output& out) {
  const RenamePlan plan = plan_rename(tool.db(), from, to);
  if (plan.empty()) {
    tool.error(fmt::format("{}: nobody of this id is in {}", printable(from), tool.db().string()));
    return kSomeFailed;
  }
  if (!tool.dry_run) carry_out(tool.db(), plan);
  const Person* const person = gallery.find(plan.from);
  const bool named = person != nullptr && person->name != name_of_id(plan.from);
  const std::string name = named ? person->name : name_of_id(plan.to);
  for (const Move& move : plan.moves) {
    out.record(change(move.from, plan.to, name, "renamed", "to " + move.to.string()));
  }
  if (plan.roster_rows > 0) {
    out.record(change(tool.db() / "roster.csv", plan.to, name, "rewritten", count_of(plan.roster_rows, "row")));
  }
  const std::string log = tool.settings.text("log");
  if (log_has(log, plan.from) && !tool.quiet()) tool.error(fmt::format("{} keeps {}", log, printable(plan.from)));
  return kDone;
}

int erase_people(const EraseRequest& request, const Gallery& gallery, Stages& stages, const Tool& tool, Output& out) {
  return Eraser(request, gallery, stages, tool, out).run();
}

}  // namespace faceatt::cli
