// What a store sends of people, and a machine's copy of it, with a SHA-256 that is always right: written again, both
// say the same.
#include <algorithm>

#include "faceatt/core/cbor.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/people_copy.hpp"
#include "fuzz.hpp"

using namespace faceatt;
using faceatt::fuzz::require;

namespace {

void check_record(std::string_view input) {
  PersonRecord record;
  if (fuzz::accepts([&] { record = PersonRecord::from_cbor(input); })) {
    const std::string encoded = record.to_cbor();
    const auto again = PersonRecord::from_cbor(encoded);
    require(again.to_cbor() == encoded && again.says_what(record), "a record that was written is read as it was");
  }
  fuzz::accepts([&] {
    const auto field = RecordField::parse(input);
    require(field.text() == input && !id_problem(field.id), "a field has an id");
  });
}

void check_copy(std::string_view input) {
  const Digest digest = sha256(input);
  CborWriter tail;
  tail.bytes({reinterpret_cast<const char*>(digest.data()), digest.size()});
  std::filesystem::create_directory(fuzz::scratch() / "people");
  fuzz::file_with("people/people.cbor", std::string(input) + tail.take());
  const PeopleSnapshot snapshot(fuzz::scratch() / "people");
  std::vector<std::string> warnings;
  const auto copy = snapshot.load(warnings);
  if (!copy) return require(warnings.size() == 1, "a snapshot of no use is warned of");
  snapshot.save(*copy, true);
  const auto again = snapshot.load(warnings);
  require(again && again->records == copy->records && again->change == copy->change && again->taken == copy->taken,
          "a snapshot that was written is read as it was");
  roster_of(copy->records, warnings);
}

}  // namespace

FUZZ_TARGET(people) {
  const bool is_copy = input.substr(std::min<std::size_t>(1, input.size())).starts_with("faceatt people");
  is_copy ? check_copy(input) : check_record(input);
}
