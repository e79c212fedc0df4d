#include "faceatt/pipeline/import_plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

#include "faceatt/attendance/row.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/foreign_text.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/zone.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTableBytes = 256u << 20;

// What lies directly in a folder, sorted; hidden files and links to folders are left out.
struct Entries {
  std::vector<fs::path> folders{}, photos{}, others{};
};

std::string suffix_of(const fs::path& file) { return lower_ascii(file.extension().string()); }

// Why a file of a kind that another program keeps cannot be taken over; empty when it is none of these.
std::string why_useless(const fs::path& file) {
  static const std::set<std::string> kEncodings = {".pkl", ".pickle", ".npy", ".npz", ".joblib", ".h5", ".sav"};
  static const std::set<std::string> kSheets = {".xls", ".xlsx", ".ods"};
  static const std::set<std::string> kDatabases = {".db", ".sqlite", ".sqlite3", ".sql"};
  static const std::set<std::string> kPictures = {".heic", ".heif", ".avif", ".gif"};
  const std::string suffix = suffix_of(file), stem = lower_ascii(file.stem().string());
  const bool is_trainer = (suffix == ".yml" || suffix == ".xml") && stem.starts_with("train");
  if (kEncodings.contains(suffix) || is_trainer) {
    return "what another program made of the pictures cannot be used; people are enrolled from the pictures themselves";
  }
  if (kSheets.contains(suffix)) return "is a spreadsheet; save it as CSV and name that";
  if (kDatabases.contains(suffix)) return "is a database; export its tables as CSV and name those";
  if (kPictures.contains(suffix)) return "pictures of this kind are not read; save it as JPEG";
  return {};
}

std::vector<std::string> split_groups(const std::string& cell) {
  std::vector<std::string> groups;
  for (std::size_t begin = 0; begin <= cell.size();) {
    const auto end = std::min(cell.find(';', begin), cell.size());
    if (auto group = trim(std::string_view(cell).substr(begin, end - begin)); !group.empty()) groups.push_back(group);
    begin = end + 1;
  }
  return groups;
}

bool is_our_log(const ForeignTable& table) {
  return std::all_of(kAttendanceColumns.begin(), kAttendanceColumns.end(), [&](std::string_view column) {
    return std::any_of(table.header.begin(), table.header.end(),
                       [&](const auto& h) { return lower_ascii(h) == column; });
  });
}

std::string pictures(std::size_t n) { return fmt::format("{} picture{}", n, n == 1 ? "" : "s"); }

class Planner {
 public:
  explicit Planner(const ImportRequest& request) : request_(request) { plan_.people = ForeignPeople(request.known); }

  ImportPlan run() {
    for (const auto& path : request_.paths) {
      std::error_code error;
      if (fs::is_directory(path, error)) {
        walk(path, true);
      } else if (!fs::exists(path, error)) {
        throw UsageError(fmt::format("{}: is not there", printable(path.string())));
      } else if (has_photo_name(path)) {
        found_.push_back({path, path.parent_path(), person_of_photo(path.stem().string()), path.filename().string()});
      } else {
        read_table(path, true);
      }
    }
    settle_dates(plan_.logs);
    for (const auto& roster : plan_.rosters) add_roster(roster);
    for (const auto& photo : found_) add_photo(photo);
    return std::move(plan_);
  }

 private:
  struct FoundPhoto {
    fs::path file, shown_under;
    ForeignPerson person;
    std::string made_of;
  };

  Entries list(const fs::path& folder) {
    Entries entries;
    std::error_code error;
    fs::directory_iterator it(folder, error);
    if (error) plan_.problems.push_back(fmt::format("{}: {}", printable(folder.string()), error.message()));
    for (; !error && it != fs::directory_iterator(); it.increment(error)) {
      std::error_code ignored;
      if (it->path().filename().string().starts_with('.') ||
          !seen_.insert(fs::weakly_canonical(it->path(), ignored)).second) {
        continue;
      }
      if (it->is_directory(ignored)) {
        if (!it->is_symlink(ignored) && !fs::equivalent(it->path(), request_.people, ignored)) {
          entries.folders.push_back(it->path());
        }
      } else {
        (has_photo_name(it->path()) ? entries.photos : entries.others).push_back(it->path());
      }
    }
    for (auto* list : {&entries.folders, &entries.photos, &entries.others}) std::sort(list->begin(), list->end());
    return entries;
  }

  static std::size_t count_photos(const fs::path& folder) {
    std::vector<fs::path> unreadable;
    return photos_in(folder, unreadable).size();
  }

  static bool has_own_photos(const fs::path& folder) {
    std::error_code error;
    const fs::directory_iterator entries(folder, error);
    return !error && std::any_of(begin(entries), end(entries), [](const auto& entry) {
      return !entry.path().filename().string().starts_with('.') && has_photo_name(entry.path());
    });
  }

  // A folder of people: pictures in it are each of one, folders with pictures each of one, the others are like this
  // one.
  void walk(const fs::path& folder, bool is_root) {
    const Entries entries = list(folder);
    const bool has_people_folder =
        is_root && std::any_of(entries.folders.begin(), entries.folders.end(), [](const fs::path& sub) {
          return kind_of_folder(sub.filename().string()) == FolderKind::kPeople && count_photos(sub) > 0;
        });
    if (has_people_folder && !entries.photos.empty()) {
      leave_out(folder, fmt::format("{} beside the folders of people left out; name them if they are of people, too",
                                    pictures(entries.photos.size())));
    } else {
      for (const auto& photo : entries.photos) {
        found_.push_back({photo, folder, person_of_photo(photo.stem().string()), photo.filename().string()});
      }
    }
    for (const auto& file : entries.others) {
      if (suffix_of(file) == ".csv" || suffix_of(file) == ".tsv") {
        read_table(file, false);
      } else if (const std::string why = why_useless(file); !why.empty()) {
        leave_out(file, why);
      }
    }
    for (const auto& sub : entries.folders) walk_sub(sub);
  }

  void walk_sub(const fs::path& folder) {
    const std::string name = folder.filename().string();
    switch (kind_of_folder(name)) {
      case FolderKind::kIgnored:
        if (const auto n = count_photos(folder); n > 0) {
          leave_out(folder, fmt::format("{} left out: by its name not of who is enrolled", pictures(n)));
        }
        return;
      case FolderKind::kPeople:
        return walk(folder, false);
      case FolderKind::kOther:
        break;
    }
    if (!has_own_photos(folder)) return walk(folder, false);
    std::vector<fs::path> unreadable;
    for (const auto& photo : photos_in(folder, unreadable)) {
      if (!seen_.insert(fs::weakly_canonical(photo)).second) continue;
      found_.push_back({photo, folder.parent_path(), person_of_folder(name), name + "/"});
    }
    for (const auto& sub : unreadable) plan_.problems.push_back(printable(sub.string()) + ": cannot be read");
  }

  void leave_out(const fs::path& path, std::string why) { plan_.left_out.push_back({path, std::move(why)}); }

  void read_table(const fs::path& file, bool was_named) {
    const auto refuse = [&](const std::string& why) {
      if (was_named) throw UsageError(fmt::format("{}: {}", printable(file.string()), why));
      leave_out(file, why);
    };
    if (const std::string why = why_useless(file); !why.empty()) return refuse(why);
    ForeignTable table = read_foreign_table(read_file(file, kMaxTableBytes), file);
    if (table.rows.empty()) return leave_out(file, "has no rows");
    if (is_our_log(table)) {
      return refuse("is a log of faceatt already: use it as it is, with --log or beside it in faceatt-report");
    }
    const ColumnRequest none, &asked = request_.columns;
    const bool is_told = was_named && !asked.empty();  // what it is
    if (table.is_log() || (is_told && asked.is_for_logs() && !asked.is_for_rosters())) {
      plan_.logs.push_back(read_foreign_log(std::move(table), asked.is_for_logs() ? asked : none, request_.today));
    } else if (table.is_roster() || (is_told && asked.is_for_rosters())) {
      if (asked.is_for_rosters()) apply(asked, table);
      plan_.rosters.push_back(std::move(table));
    } else {
      refuse(fmt::format("is not understood{}; say what its columns are with --columns, as in name=1,date=2,time=3",
                         table.has_header ? fmt::format(" (its first line is {})",
                                                        quotable(fmt::format("{}", fmt::join(table.header, ", ")), 200))
                                          : ""));
    }
  }

  void add_roster(const ForeignTable& table) {
    for (const auto& row : table.rows) {
      const ForeignPerson person{table.cell(row, Meaning::kId), table.person_name(row)};
      if (person.id.empty() && person.name.empty()) continue;
      const auto refuse = [&](const std::string& why) {
        plan_.problems.push_back(fmt::format("{}:{}: {}; left out", printable(table.file.string()), row.line, why));
      };
      const std::string groups = table.cell(row, Meaning::kGroup);
      if (groups.size() > kLongestForeignText) {
        refuse(fmt::format("'{}' is longer than {} bytes", quotable(groups), kLongestForeignText));
        continue;
      }
      const auto added = plan_.people.add(person, split_groups(groups));
      if (added.id.empty()) refuse(added.problem);
    }
  }

  void add_photo(const FoundPhoto& photo) {
    // An id of ours stays what it is, also one like Ana_12.
    const std::string whole =
        photo.made_of.ends_with('/') ? photo.made_of.substr(0, photo.made_of.size() - 1) : photo.file.stem().string();
    const bool is_ours = plan_.people.find({whole, ""}).is_known;
    const auto added = plan_.people.add(is_ours ? ForeignPerson{whole, ""} : photo.person);
    if (added.id.empty()) {
      plan_.problems.push_back(fmt::format("{}: {}; left out", printable(photo.file.string()), added.problem));
      return;
    }
    plan_.photos.push_back({photo.file, added.id, {}});
    auto& pictures = plan_.pictures;
    auto here =
        std::find_if(pictures.begin(), pictures.end(), [&](const auto& p) { return p.folder == photo.shown_under; });
    if (here == pictures.end()) here = pictures.insert(here, {photo.shown_under, 0, {}});
    ++here->photos;
    here->people.emplace(added.id, photo.made_of);
  }

  const ImportRequest& request_;
  ImportPlan plan_;
  std::vector<FoundPhoto> found_;
  std::set<fs::path> seen_;
};

LocalTime instant(const std::string& date, const std::string& clock) {
  return *try_parse_time(clock.empty() ? date : date + "T" + clock);
}

}  // namespace

ImportPlan plan_import(const ImportRequest& request) { return Planner(request).run(); }

ImportedMarks plan_marks(ImportPlan& plan, const std::string& today) {
  ImportedMarks result;
  struct Read {
    const ForeignLog* log;
    ForeignMarks marks;
  };
  std::vector<Read> read;
  read.reserve(plan.logs.size());
  for (const auto& log : plan.logs) read.push_back({&log, read_marks(log, today)});
  // First whom we know, so that names come to who had only a number.
  for (const auto& [log, marks] : read) {
    for (const auto& mark : marks.marks) {
      const ForeignPerson person{mark.id, mark.name};
      if (plan.people.find(person).is_known) plan.people.add(person);
    }
  }
  for (auto& photo : plan.photos) photo.name = plan.people.name(photo.id);
  ForeignPeople all = plan.people;
  for (auto& [log, marks] : read) {
    const std::string file = printable(log->table.file.filename().string());
    result.strangers += marks.strangers;
    result.nameless += marks.nameless;
    result.absent += marks.absent;
    result.problems.insert(result.problems.end(), marks.problems.begin(), marks.problems.end());
    for (auto& mark : marks.marks) {
      const ForeignPerson person{mark.id, mark.name};
      const bool is_enrolled = plan.people.find(person).is_known;
      const auto found = all.add(person);
      if (found.id.empty()) {
        result.problems.push_back(fmt::format("{}:{}: {}", file, mark.line, found.problem));
        continue;
      }
      if (!is_enrolled) result.strays.emplace(found.id, all.name(found.id));
      ImportedMark one{found.id,
                       all.name(found.id),
                       mark.date,
                       mark.session,
                       mark.status,
                       "import:" + file,
                       instant(mark.date, mark.clock),
                       !mark.clock.empty(),
                       {},
                       is_enrolled,
                       fmt::format("{}:{}", file, mark.line)};
      if (!mark.out.empty()) one.out = instant(mark.date, mark.out);
      result.marks.push_back(std::move(one));
    }
  }
  std::stable_sort(result.marks.begin(), result.marks.end(),
                   [](const auto& a, const auto& b) { return a.time.unix_seconds < b.time.unix_seconds; });
  return result;
}

}  // namespace faceatt
