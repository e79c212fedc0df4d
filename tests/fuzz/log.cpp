// A log is read in three ways, by rows, by Ledger and by check_log(): they agree, and a repaired log is in order.
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <tuple>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/verify.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/report/ledger.hpp"
#include "faceatt/report/query.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

using Key = std::tuple<std::string, std::string, std::string, std::string>;

std::map<Key, int> by_select(const std::vector<AttendanceRow>& rows) {
  std::map<Key, int> found;
  for (const auto& r : select(rows, {})) ++found[{r.date, to_nfc(r.session), to_nfc(r.id), r.status}];
  return found;
}

std::map<Key, int> by_ledger(std::string_view text) {
  const Descriptor file(::memfd_create("log", 0));
  write_all(file.get(), text);
  ::lseek(file.get(), 0, SEEK_SET);
  Ledger ledger;
  std::vector<std::string> warnings;
  ledger.add_stream(file.get(), "log.csv", warnings);
  std::map<Key, int> found;
  for (const LedgerEntry& e : ledger.entries()) {
    if (e.status == Status::kVoid) continue;
    ++found[{date_of(e.day), to_nfc(ledger.sessions()[e.session]), to_nfc(ledger.people()[e.person].id),
             name_of(e.status)}];
  }
  return found;
}

// A line end of its own is one to CsvReader only; no log has it.
bool has_lone_cr(std::string_view text) {
  for (auto at = text.find('\r'); at != text.npos; at = text.find('\r', at + 1)) {
    if (!text.substr(at + 1).starts_with('\n')) return true;
  }
  return false;
}

}  // namespace

FUZZ_TARGET(log) {
  std::vector<std::string> warnings;
  std::vector<AttendanceRow> rows;
  if (!fuzz::accepts([&] { rows = parse_attendance(input, "log.csv", warnings); })) return;
  stays(rows, {});
  if (!has_lone_cr(input)) require(by_ledger(input) == by_select(rows), "both ways of reading say the same");
  if (!fuzz::accepts([&] { check_log(input); })) return;
  const std::string repaired = repaired_log(input);
  require(!check_log(repaired).is_repairable(), "nothing is left to repair");
  require(repaired_log(repaired) == repaired, "what is in order stays as it is");
  if (!rows.empty()) require(relinked(input, input) == input, "links stay where nothing changed");
}
