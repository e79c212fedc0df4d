#include "enroll_store.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/store_gallery.hpp"
#include "faceatt/people/store_publish.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

std::string origin_in(const std::string& field) { return field.substr(field.find(kStoreSeparator) + 1); }

}  // namespace

Record store_change(const std::string& origin, const std::string& id, const std::string& verdict,
                    const std::string& reason) {
  return {{"file", origin}, {"id", id}, {"name", name_of_id(id)}, {"verdict", verdict}, {"reason", reason}};
}

int not_published(const Tool& tool, const std::string& done, const Error& why) {
  tool.error(fmt::format("{} here; not published: {}; run faceatt-enroll --publish when it is back", done, why.what()));
  return kSomeFailed;
}

Gallery with_shared(const Gallery& folder, SharedPeople& shared, bool for_enrolling, const Tool& tool) {
  std::vector<std::string> warnings;
  try {
    const Gallery all = Gallery::of_both(folder, shared.gallery(!for_enrolling, warnings));
    tool.warn_all(warnings);
    return all;
  } catch (const StoreGone& e) {
    if (!for_enrolling) throw;
    tool.warn(fmt::format("store: {}; newcomers are compared with the people folder only", e.what()));
    return folder;
  }
}

SharedPeople::SharedPeople(const StoreUrl& store, const Stages& stages, const Tool& tool, Output& out)
    : stages_(stages), tool_(tool), out_(out), link_(store), people_(link_) {}

Gallery SharedPeople::gallery(bool with_own, std::vector<std::string>& warnings) {
  const auto options = stages_.gallery_options(tool_.db());
  Records records = people_.records_of("");
  if (!with_own) {
    std::erase_if(records, [own = origin_of(tool_.db())](const auto& r) { return origin_in(r.first) == own; });
  }
  return gallery_of(records, {options.fingerprint, options.dimension}, warnings).gallery;
}

int SharedPeople::publish_all(const Gallery& folder, bool with_photos, bool prune) {
  const PublishRequest request{tool_.db(), stages_.fingerprint(), {}, with_photos, prune, tool_.dry_run};
  const auto outcome = publish_people(people_, folder, request, [&](std::size_t done, std::size_t total) {
    tool_.progress("publishing", done, total);
  });
  tool_.hide_progress();
  for (const auto& id : outcome.gone) {
    if (prune) {
      out_.record(store_change(origin_of(tool_.db()), id, "removed", "not in the people folder"));
    } else {
      tool_.warn(fmt::format("{}: is in the store from this people folder, and not in it any more; --prune removes it",
                             printable(id)));
    }
  }
  for (const auto& id : outcome.erased) {
    tool_.error(fmt::format("{}: was erased in the store and is not published; erase it here, too, or enrol new photos",
                            printable(id)));
  }
  for (const auto& photo : outcome.left_out) {
    tool_.error(fmt::format("{}: changed meanwhile; publish again", printable(photo)));
  }
  tool_.note(fmt::format("{} people published, {} of them new; {} as they were", outcome.added + outcome.changed,
                         outcome.added, outcome.unchanged));
  if (!outcome.erased.empty() || !outcome.left_out.empty()) return kSomeFailed;
  return folder.people().empty() && outcome.gone.empty() ? kNothingFound : kDone;
}

int SharedPeople::publish_enrolled(const std::set<std::string>& ids, bool with_photos, int code) {
  if (ids.empty() || tool_.dry_run) return code;
  std::vector<std::string> told_before;
  const Gallery folder = stages_.load_gallery(tool_.db(), told_before);
  try {
    const auto outcome =
        publish_people(people_, folder, {tool_.db(), stages_.fingerprint(), ids, with_photos, false, false});
    tool_.note(fmt::format("{} people published", outcome.added + outcome.changed));
    if (outcome.left_out.empty() && outcome.erased.empty()) return code;
    tool_.error("not all is published; run faceatt-enroll --publish");
    return kSomeFailed;
  } catch (const Error& e) {
    const int failed = not_published(tool_, "enrolled", e);
    return code >= 128 ? code : failed;
  }
}

bool SharedPeople::has(const std::string& id) { return !people_.records_of(id).empty(); }

// What lies in another people folder comes back when that is published again.
void SharedPeople::warn_of_origins(const Records& records) {
  for (const auto& [field, value] : records) {
    if (origin_in(field) == origin_of(tool_.db())) continue;
    tool_.warn(fmt::format("{}: {} has photos of it; do the same there",
                           printable(field.substr(0, field.find(kStoreSeparator))), printable(origin_in(field))));
  }
}

// As the folder has them now, when it does.
void SharedPeople::publish_again(const std::string& id) {
  if (!fs::exists(tool_.db())) return;
  std::vector<std::string> told_before;
  publish_people(people_, stages_.load_gallery(tool_.db(), told_before),
                 {tool_.db(), stages_.fingerprint(), std::set{id}, false, false, false});
}

bool SharedPeople::remove(const std::string& id) {
  const Records records = people_.records_of(id);
  std::vector<StorePeople::Publication> removals;
  for (const auto& [field, value] : records) {
    StorePeople::Publication removal{field, {}, {}, {}, {}};
    try {
      for (const auto& photo : PersonRecord::from_cbor(value).photos) removal.gone.push_back(photo.sha256);
    } catch (const Error&) {  // damaged: it goes, too
    }
    removals.push_back(std::move(removal));
    out_.record(store_change(origin_in(field), id, "removed", link_.url().text()));
  }
  warn_of_origins(records);
  if (tool_.dry_run) return !records.empty();
  people_.publish(removals);
  publish_again(id);  // who is in the roster stays in it
  return !records.empty();
}

void SharedPeople::check_rename(const std::string& from, const std::string& to) {
  if (const auto problem = id_problem(to)) throw UsageError(fmt::format("the id '{}' {}", printable(to), *problem));
  if (from == to) throw UsageError("both ids are the same");
  if (has(to) && has(from)) {
    throw Error(ErrorCode::kInput, fmt::format("{}: somebody in the store has this id already", printable(to)));
  }
}

bool SharedPeople::rename(const std::string& from, const std::string& to) {
  const Records records = people_.records_of(from);
  std::vector<StorePeople::Publication> moves;
  for (const auto& [field, value] : records) {
    out_.record(store_change(origin_in(field), to, "renamed", link_.url().text()));
    StorePeople::Publication here{RecordField{to, origin_in(field)}.text(), value, {}, {}, {}};
    StorePeople::Publication away{field, {}, {}, {}, {}};
    try {
      for (const auto& photo : PersonRecord::from_cbor(value).photos) {
        if (auto bytes = people_.photo(field, photo.sha256)) here.photos.emplace_back(photo.sha256, std::move(*bytes));
        away.gone.push_back(photo.sha256);
      }
    } catch (const Error& e) {
      if (dynamic_cast<const StoreGone*>(&e) != nullptr) throw;  // else damaged: it moves as it is
    }
    moves.push_back(std::move(here));
    moves.push_back(std::move(away));
  }
  warn_of_origins(records);
  if (tool_.dry_run) return !records.empty();
  people_.publish(moves);
  publish_again(to);
  return !records.empty();
}

}  // namespace faceatt::cli
