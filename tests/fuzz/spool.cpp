// marks.csv of a spool: an update that changes nothing loses no row, and sorts out damaged lines once.
#include "faceatt/attendance/spool.hpp"

#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

bool same(const std::vector<SpooledRow>& a, const std::vector<SpooledRow>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const SpooledRow& x, const SpooledRow& y) {
    return x.uid == y.uid && x.server == y.server && x.sent == y.sent && is_same_row(x.row, y.row);
  });
}

}  // namespace

FUZZ_TARGET(spool) {
  std::filesystem::create_directory(fuzz::scratch() / "spool");
  fuzz::file_with("spool/marks.csv", input);
  fuzz::file_with("spool/marks.csv.damaged", "");
  fuzz::accepts([] {
    Spool spool(fuzz::scratch() / "spool");
    const auto nothing = [](std::vector<SpooledRow>&) {};
    spool.update(nothing);
    auto rows = spool.read();
    require(spool.update(nothing) == 0, "damaged lines go once");
    require(same(spool.read(), rows), "an update that changes nothing loses no row");
    SpooledRow row;
    row.uid = "u1";
    row.row.date = "2026-11-20";
    row.row.id = "s1";
    row.row.status = "present";
    spool.add(row, false);
    rows.push_back(row);
    require(same(spool.read(), rows), "a row that was added comes last");
  });
}
