// Caches, strangers' pictures and snapshots at rest, with a key.
#include <sys/prctl.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/seal.hpp"
#include "faceatt/people/erase.hpp"
#include "faceatt/people/people_copy.hpp"
#include "faceatt/people/strangers.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;
namespace fs = std::filesystem;
using Catch::Contains;

namespace {

constexpr const char* kJpeg = "\xFF\xD8 a picture";

struct Keys {
  TempFolder folder;
  Seal one = made("one"), other = made("other");

  ~Keys() { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }
  Seal made(const char* name) const {
    make_key_file(folder / name);
    return Seal(folder / name);
  }
};

bool sealed(const fs::path& file) { return is_sealed(slurp(file)); }

StrangersOptions strangers_with(const Seal& seal) {
  StrangersOptions o;
  o.fingerprint = "model";
  o.dimension = 3;
  o.same_person = 0.5;
  o.enrolled = 0.4;
  o.seal = seal;
  return o;
}

StrangerVisit visit(int day, const Encoding& encoding) {
  StrangerVisit v;
  v.time = {1795255200 + std::int64_t{day} * 86400, 3600, true};
  v.camera = "door";
  v.closest_id = "ana";
  v.encoding = encoding;
  return v;
}

}  // namespace

TEST_CASE("sealed cache: read with its key, made sealed from a plain one, and never replaced without the key") {
  const Keys keys;
  const TempFolder temp;
  FakeReader fake;
  GalleryOptions options;
  options.folder = temp / "people";
  options.fingerprint = "fake 1";
  options.cache_name = "fake.cache";
  options.dimension = 3;
  const fs::path cache = options.folder / ".faceatt/fake.cache";
  write(options.folder / "Ana.jpg", "1 0 0");
  std::vector<std::string> warnings;
  const auto load = [&](const Seal& seal) {
    options.seal = seal;
    fake.read.clear();
    return Gallery::load(
        options, [&] { return fake.reader(); }, warnings);
  };
  load({});
  CHECK_FALSE(sealed(cache));
  CHECK(load(keys.one).people().size() == 1);  // at once, not at the next change
  CHECK(fake.read.empty());
  CHECK(sealed(cache));
  CHECK(mode_of(cache) == 0600);
  CHECK_THAT(slurp(cache), !Contains("Ana"));
  CHECK(load(keys.one).people().size() == 1);
  CHECK(fake.read.empty());
  const std::string bytes = slurp(cache);
  CHECK_THROWS_WITH(load({}), Contains("is encrypted; name its key with --key-file"));
  CHECK_THROWS_WITH(load(keys.other), Contains("is encrypted with another key"));
  CHECK_THROWS_AS(add_to_cache(options, {}), Error);
  CHECK(slurp(cache) == bytes);
  CHECK(warnings.empty());

  std::string damaged = bytes;
  damaged[bytes.size() / 2] = static_cast<char>(damaged[bytes.size() / 2] ^ 1);
  write(cache, damaged);
  load(keys.one);
  CHECK(fake.read.size() == 1);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("damaged"));
  CHECK(sealed(cache));
}

TEST_CASE("sealed strangers: grouped, expired and found as plain ones are") {
  const Keys keys;
  const TempFolder temp;
  const fs::path folder = temp / "s";
  Strangers(folder, strangers_with({}), visit(0, {}).time).add(visit(0, unit({1, 0, 0})), kJpeg, {});
  Strangers strangers(folder, strangers_with(keys.one), visit(0, {}).time);
  const auto added = strangers.add(visit(1, unit({1, 0.1F, 0})), kJpeg, {});
  CHECK(added.visits_before == 1);  // the plain one
  CHECK(added.group == "unknown-1");
  const fs::path picture = added.file, sidecar = fs::path(added.file).replace_extension(".json");
  CHECK(sealed(picture));
  CHECK(sealed(sidecar));
  CHECK_THAT(slurp(sidecar), !Contains("ana"));
  std::string bytes = slurp(picture);
  CHECK(keys.one.open(SealedKind::kPicture, bytes, picture) == kJpeg);
  CHECK(Strangers(folder, strangers_with(keys.one), visit(1, {}).time).groups() == 1);

  for (const Seal& wrong : {Seal(), keys.other}) {
    CHECK_THROWS_WITH(Strangers(folder, strangers_with(wrong), visit(100, {}).time), Contains("is encrypted"));
    CHECK_THROWS_AS(read_sidecar(sidecar, wrong), Error);
  }
  CHECK(strangers.visits() == 2);
  CHECK(fs::exists(picture));

  // Each file in the place of the other, and a damaged one: of no group, but it goes in its time.
  const std::string text = slurp(sidecar);
  write(sidecar, slurp(picture));
  CHECK_FALSE(read_sidecar(sidecar, keys.one));
  write(sidecar, text.substr(0, text.size() - 1));
  CHECK_FALSE(read_sidecar(sidecar, keys.one));
  Strangers later(folder, strangers_with(keys.one), visit(1, {}).time);
  CHECK(later.groups() == 1);
  CHECK(later.expire(visit(40, {}).time) == 2);
  CHECK_FALSE(fs::exists(picture));
}

TEST_CASE("erasing looks into sealed files") {
  const Keys keys;
  const TempFolder temp;
  const fs::path folder = temp / "s";
  const Mentions ana({"ana"}, {});
  Strangers strangers(folder, strangers_with(keys.one), visit(0, {}).time);
  const fs::path sidecar =
      fs::path(strangers.add(visit(0, unit({1, 0, 0})), kJpeg, {}).file).replace_extension(".json");
  CHECK_THROWS_WITH(sidecars_naming(folder, ana), Contains("is encrypted"));
  CHECK(sidecars_naming(folder, ana, keys.one) == std::vector{sidecar});
  const auto found = [&](const Seal& seal) {
    LeftoverSearch search(ana, {}, {{unit({0, 1, 0})}, "model", 0.9}, seal);
    search.look_below(folder);
    return search.found();
  };
  REQUIRE(found(keys.one).size() == 1);
  CHECK_THAT(found(keys.one)[0], Contains("names them"));
  const auto unknown = found({});  // what cannot be looked at is no proof
  REQUIRE(unknown.size() == 2);
  CHECK_THAT(unknown[0], Contains("cannot be looked at") && Contains("is encrypted"));
  forget_closest(sidecar, keys.one);
  CHECK(sealed(sidecar));
  CHECK(found(keys.one).empty());
  LeftoverSearch by_face(ana, {}, {{unit({1, 0, 0})}, "model", 0.9}, keys.one);
  by_face.look_below(folder);
  CHECK(by_face.found().size() == 1);
}

TEST_CASE("sealed snapshot of a store's people: kept with its key only") {
  const Keys keys;
  const TempFolder temp;
  std::vector<std::string> warnings;
  const PeopleSnapshot plain(temp / "spool"), snapshot(temp / "spool", keys.one);
  plain.save({{{"ana\x1Fh:/p", "face"}}, "10-2", 7}, false);
  CHECK(snapshot.is_to_seal());
  CHECK_FALSE(plain.is_to_seal());
  auto copy = snapshot.load(warnings);
  REQUIRE(copy);
  snapshot.save(*copy, false);
  CHECK(sealed(snapshot.file()));
  CHECK_FALSE(snapshot.is_to_seal());
  CHECK(snapshot.load(warnings)->records == copy->records);
  snapshot.save({{}, "9-0", 8}, false);  // behind
  CHECK(snapshot.load(warnings)->change == "10-2");
  CHECK_THROWS_WITH(plain.load(warnings), Contains("is encrypted; name its key"));
  CHECK_THROWS_WITH(PeopleSnapshot(temp / "spool", keys.other).load(warnings), Contains("another key"));
  CHECK_THROWS_AS(plain.save({{}, "11-0", 8}, false), Error);
  CHECK(warnings.empty());
  write(snapshot.file(), slurp(snapshot.file()).substr(0, 90));
  CHECK_FALSE(snapshot.load(warnings));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("is encrypted, and damaged; it is of no use"));
  snapshot.save({{}, "9-0", 8}, false);  // in place of the damaged one
  CHECK(snapshot.load(warnings)->change == "9-0");
}
