#include "enroll_people.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/erase.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
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
  ErasureRequest erasure{request.ids, tool.db(), tool.settings.text("log"), {}, request.rule.threshold, tool.dry_run};
  if (const std::string& strangers = tool.settings.text("strangers"); !strangers.empty()) {
    erasure.folders.push_back(strangers);
  }
  erasure.folders.insert(erasure.folders.end(), request.also.begin(), request.also.end());
  const ErasureListener listener{
      [&](const ErasureChange& c) { out.record(change(c.file, c.id, c.name, c.verdict, c.reason)); },
      [&](const std::string& message) { tool.error(message); }, [&](const std::string& message) { tool.warn(message); },
      [&](const std::string& message) {
        if (!tool.quiet()) tool.error(message);
      }};
  return faceatt::erase_people(erasure, gallery, stages, listener) ? kDone : kSomeFailed;
}

}  // namespace faceatt::cli
