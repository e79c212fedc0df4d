// Erasing somebody in a store, and the proof that all machines have forgotten them.
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "cli/store.hpp"
#include "enroll_store.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kWaitForMachines = 5s;
constexpr auto kLookEvery = 100ms;

std::string origin_in(const std::string& field) { return field.substr(field.find(kStoreSeparator) + 1); }

}  // namespace

int SharedPeople::erase(const Erasure& what) {
  const Records records = people_.records_of(what.id);
  for (const auto& [field, value] : records)
    out_.record(store_change(origin_in(field), what.id, "removed", link_.url().text()));
  if (tool_.dry_run) {
    tell_rows(what, erase_rows(what));
    warn_of_origins(records);
    return kDone;
  }
  note_erased_names(link_, what.names, what.pseudonym);
  const std::string change = people_.erase(what.id, what.pseudonym);
  bool good = forget(what, change);
  for (const auto& [field, value] : records) {
    if (origin_in(field) == origin_of(tool_.db())) continue;
    tool_.error(fmt::format("{}: left over: {} has photos of it; erase it there, too", printable(what.id),
                            printable(origin_in(field))));
    good = false;
  }
  return good ? kDone : kSomeFailed;
}

int SharedPeople::prove_erased(const Erasure& what, std::int64_t at) {
  if (tool_.dry_run) {
    tell_rows(what, erase_rows(what));
    return kDone;
  }
  if (!forget(what, people_.change_of_erasures())) return kSomeFailed;
  if (!tool_.quiet()) {
    tool_.error(fmt::format("{}: was erased on {}; nothing is left in the store", printable(what.id),
                            local_time_at(at).date()));
  }
  return kDone;
}

// Rows of the log, here and on all machines; then a look at what is left. Whether nothing is, and every machine has
// taken in the change.
bool SharedPeople::forget(const Erasure& what, const std::string& change) {
  const StoredErasure log = erase_rows(what);
  Spool spool(spool_of(tool_));
  forget_erased_rows(link_, spool);
  refresh_snapshot();
  bool good = wait_for_machines(what.id, change);
  // A door marks whom it knows until it has forgotten them, and what was under way came in meanwhile.
  StoredErasure later = erase_rows(what);
  later.rows += log.rows;
  later.mentions += log.mentions;
  tell_rows(what, later);
  std::vector<std::string> left = people_.left_of(what.id, what.encodings);
  left.insert(left.begin(), later.left.begin(), later.left.end());
  for (const auto& one : left) {
    tool_.error(fmt::format("{}: left over: {}: {}", printable(what.id), link_.url().text(), one));
    good = false;
  }
  return good;
}

StoredErasure SharedPeople::erase_rows(const Erasure& what) {
  return erase_stored(link_, what.id, what.names, what.others, what.pseudonym, tool_.dry_run);
}

void SharedPeople::tell_rows(const Erasure& what, const StoredErasure& log) {
  if (log.changed() == 0) return;
  std::string reason = link_.url().text();
  if (!tool_.dry_run) {
    reason += fmt::format(": {} now of {}", log.changed() == 1 ? "1 row" : fmt::format("{} rows", log.changed()),
                          what.pseudonym);
  }
  out_.record(store_change("log", what.id, "rewritten", reason));
}

bool SharedPeople::wait_for_machines(const std::string& id, const std::string& change) {
  const auto until = std::chrono::steady_clock::now() + kWaitForMachines;
  while (true) {
    const std::int64_t now = people_.now_us() / 1'000'000;
    const auto machines = people_.machines();
    const bool is_over = std::chrono::steady_clock::now() >= until;
    bool all_have = true, waits = false;
    for (const auto& machine : machines) {
      const bool has = !comes_before(machine.applied, change);
      all_have &= has;
      waits |= !has && StorePeople::is_live(machine, now);
    }
    if (waits && !is_over) {
      std::this_thread::sleep_for(kLookEvery);
      continue;
    }
    for (const auto& machine : machines) {
      if (!comes_before(machine.applied, change)) {
        if (!tool_.quiet()) tool_.error(fmt::format("{}: forgotten by {}", printable(id), printable(machine.name)));
      } else {
        tool_.error(fmt::format("{}: {} has not been heard of since {}; it will forget them when it is back",
                                printable(id), printable(machine.name), local_time_at(machine.seen).iso8601()));
      }
    }
    return all_have;
  }
}

// This machine's own copy, when one is kept here and no program is running that looks after it.
void SharedPeople::refresh_snapshot() {
  const PeopleSnapshot snapshot(spool_of(tool_), stages_.seal());
  std::vector<std::string> warnings;
  auto kept = snapshot.load(warnings);
  if (!kept) return;
  const std::string machine = machine_name(spool_of(tool_));
  if (people_.is_live(machine)) return;
  StorePeople::Changes changes;
  people_.update(*kept, changes, warnings);
  if (!changes.any()) return;
  snapshot.save(*kept, changes.anew);
  people_.tell({machine, tool_.name(), kept->change, 0, static_cast<std::int64_t>(kept->records.size()), true});
}

}  // namespace faceatt::cli
