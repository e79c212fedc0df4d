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

int SharedPeople::erase(const std::string& id, const std::string& pseudonym, const std::vector<std::string>& encodings,
                        const std::set<std::string>& names, const std::set<std::string>& others) {
  const Records records = people_.records_of(id);
  for (const auto& [field, value] : records)
    out_.record(store_change(origin_in(field), id, "removed", link_.url().text()));
  const auto told = [&](const StoredErasure& log, const std::string& what) {
    if (log.changed() > 0) out_.record(store_change("log", id, "rewritten", link_.url().text() + what));
  };
  if (tool_.dry_run) {
    told(erase_stored(link_, id, names, others, pseudonym, true), "");
    warn_of_origins(records);
    return kDone;
  }
  note_erased_names(link_, names, pseudonym);
  const std::string last = people_.erase(id, pseudonym);
  bool good = true;
  const StoredErasure log = erase_stored(link_, id, names, others, pseudonym, false);
  told(log,
       fmt::format(": {} now of {}", log.changed() == 1 ? "1 row" : fmt::format("{} rows", log.changed()), pseudonym));
  Spool spool(spool_of(tool_));
  forget_erased_rows(link_, spool);
  for (const auto& left : log.left) {
    tool_.error(fmt::format("{}: left over: {}: {}", printable(id), link_.url().text(), left));
    good = false;
  }
  for (const auto& left : people_.left_of(id, encodings)) {
    tool_.error(fmt::format("{}: left over: {}: {}", printable(id), link_.url().text(), left));
    good = false;
  }
  for (const auto& [field, value] : records) {
    if (origin_in(field) == origin_of(tool_.db())) continue;
    tool_.error(fmt::format("{}: left over: {} has photos of it; erase it there, too", printable(id),
                            printable(origin_in(field))));
    good = false;
  }
  refresh_snapshot();
  if (!wait_for_machines(id, last)) good = false;
  return good ? kDone : kSomeFailed;
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
  const PeopleSnapshot snapshot(spool_of(tool_));
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
