#include "enroll_people.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "cli/store.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/erase.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
#include "faceatt/people/erase.hpp"
#include "faceatt/people/rename.hpp"
#include "faceatt/pipeline/erasure.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

Record change(const fs::path& file, const std::string& id, const std::string& name, const char* verdict,
              const std::string& reason) {
  return {{"file", file.string()}, {"id", id}, {"name", name}, {"verdict", std::string(verdict)}, {"reason", reason}};
}

std::string count_of(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

bool log_has(const fs::path& log, const std::string& id) {
  try {
    for (const auto& file : log_files(log)) {
      if (people_in_log(read_log_text(file), file.string()).ids.contains(id)) return true;
    }
  } catch (const Error&) {  // no log of ours: nothing to say about it
  }
  return false;
}

void rename_here(const RenamePlan& plan, const Gallery& gallery, const Tool& tool, Output& out) {
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
}

// People folder and store, for messages.
std::string where(const Tool& tool) {
  const auto store = store_of(tool);
  return store ? fmt::format("{} and {}", tool.db().string(), store->text()) : tool.db().string();
}

// Does something in the store, too, when there is one. Whether all is well: it was done here, or there.
bool with_store(const SharedPeople* shared, const Tool& tool, bool done_here, const char* what,
                const std::function<bool()>& act) {
  if (shared == nullptr) return done_here;
  try {
    return act() || done_here;
  } catch (const StoreGone& e) {
    tool.error(fmt::format("{}: {}; do it again when the store is back",
                           done_here ? fmt::format("{} here only", what) : fmt::format("not {}", what), e.what()));
    return false;
  }
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

int remove_people(const std::vector<std::string>& ids, const Gallery& gallery, SharedPeople* shared, const Tool& tool,
                  Output& out) {
  bool missing = false;
  for (const auto& given : ids) {
    const std::string id = to_nfc(given);
    const Person* person = gallery.find(id);
    const bool is_here = person != nullptr && !person->photos.empty();
    if (is_here) {
      for (const auto& photo : remove_person(tool.db(), *person, tool.dry_run)) {
        out.record({{"file", photo.string()}, {"id", id}, {"name", person->name}, {"verdict", std::string("removed")}});
      }
    }
    if (with_store(shared, tool, is_here, "removed", [&] { return shared->remove(id); })) continue;
    if (!is_here) tool.error(fmt::format("{}: nobody of this id is enrolled in {}", printable(given), where(tool)));
    missing = true;
  }
  return missing ? kSomeFailed : kDone;
}

int rename_one(const std::string& from, const std::string& to, const Gallery& gallery, SharedPeople* shared,
               const Tool& tool, Output& out) {
  if (shared != nullptr) shared->check_rename(to_nfc(from), to_nfc(to));
  RenamePlan plan{to_nfc(from), to_nfc(to), {}, 0, false};
  if (shared == nullptr || fs::exists(tool.db())) plan = plan_rename(tool.db(), from, to);
  if (!plan.empty()) rename_here(plan, gallery, tool, out);
  if (with_store(shared, tool, !plan.empty(), "renamed", [&] { return shared->rename(plan.from, plan.to); })) {
    return kDone;
  }
  if (plan.empty()) tool.error(fmt::format("{}: nobody of this id is in {}", printable(from), where(tool)));
  return kSomeFailed;
}

namespace {

// Of each id the pseudonym it gets, or got at that time.
int erase_in_store(const std::map<std::string, std::string>& pseudonyms,
                   const std::map<std::string, std::int64_t>& erased_at, const Gallery& gallery, SharedPeople& shared) {
  int code = kDone;
  for (const auto& [id, pseudonym] : pseudonyms) {
    const Person* const person = gallery.find(id);
    SharedPeople::Erasure what{id, pseudonym, {}, {id, name_of_id(id)}, {}};
    if (person != nullptr) {
      what.encodings = encoding_bytes(gallery, *person);
      what.names.insert(person->name);
    }
    for (const Person& other : gallery.people()) {
      if (&other != person) what.others.insert({other.id, other.name});
    }
    const auto before = erased_at.find(id);
    code = std::max(code, before == erased_at.end() ? shared.erase(what) : shared.prove_erased(what, before->second));
  }
  return code;
}

}  // namespace

int erase_people(const EraseRequest& request, const Gallery& gallery, SharedPeople* shared, Stages& stages,
                 const Tool& tool, Output& out) {
  ErasureRequest erasure{request.ids, tool.db(), tool.settings.text("log"), {}, request.rule.threshold, tool.dry_run};
  if (const std::string& strangers = tool.settings.text("strangers"); !strangers.empty()) {
    erasure.folders.emplace_back(strangers);
  }
  erasure.folders.insert(erasure.folders.end(), request.also.begin(), request.also.end());
  std::set<std::string> ids;
  for (const auto& id : request.ids) ids.insert(to_nfc(id));
  std::map<std::string, std::int64_t> erased_at;  // of those who were before and of whom nothing came since
  for (const auto& id : ids) {
    if (shared == nullptr) break;
    if (gallery.find(id) != nullptr || shared->has(id) || shared->is_in_log(id)) {
      erasure.elsewhere.emplace(id, new_pseudonym());
    } else if (const auto erased = shared->erased(id)) {
      erasure.elsewhere.emplace(id, erased->pseudonym);
      erased_at.emplace(id, erased->at);
    } else if (!tool.quiet()) {
      tool.error(fmt::format("{}: nobody of this id is or was in {}", printable(id), shared->name()));
    }
  }
  const ErasureListener listener{
      [&](const ErasureChange& c) { out.record(change(c.file, c.id, c.name, c.verdict, c.reason)); },
      [&](const std::string& message) { tool.error(message); }, [&](const std::string& message) { tool.warn(message); },
      [&](const std::string& message) {
        if (!tool.quiet()) tool.error(message);
      }};
  // In the store first: whom no machine knows any more is not marked again meanwhile.
  const int code = shared == nullptr ? kDone : erase_in_store(erasure.elsewhere, erased_at, gallery, *shared);
  const bool good = faceatt::erase_people(erasure, gallery, stages, listener);
  return good ? code : kSomeFailed;
}

}  // namespace faceatt::cli
