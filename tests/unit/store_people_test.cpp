// People as a store has them, without a store: records, their union, the snapshot.
#include "faceatt/people/store_people.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <random>

#include "faceatt/core/cbor.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/people/people_copy.hpp"
#include "faceatt/people/person_record.hpp"
#include "faceatt/people/store_gallery.hpp"
#include "faceatt/store/keys.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

const std::string kModel = "model";

PhotoRecord photo(const std::string& file, unsigned char content, const std::string& encoding,
                  const std::string& model = kModel) {
  PhotoRecord photo;
  photo.file = file;
  photo.sha256[0] = content;
  photo.readings[model] = {encoding.empty() ? "blurred" : "", 80, encoding};
  return photo;
}

PersonRecord record(const std::string& name, std::int64_t published, std::vector<PhotoRecord> photos) {
  return {name, {}, published, std::move(photos)};
}

std::string why_not(const std::string& bytes) {
  try {
    PersonRecord::from_cbor(bytes);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kInput);
    return e.what();
  }
  return "fine";
}

JoinedPerson joined(const Records& records, std::vector<std::string>& warnings) {
  auto at = records.begin();
  return join_records(at, records.end(), kModel, warnings);
}

// Three numbers in half precision: 1 or 0.
std::string halves(int a, int b, int c) {
  std::string bytes;
  for (const int one : {a, b, c}) bytes += one != 0 ? std::string("\x00\x3C", 2) : std::string(2, '\0');
  return bytes;
}

}  // namespace

TEST_CASE("cbor: what is written is read, here and by others") {
  CborWriter out;
  out.array(5);
  for (const std::int64_t number : {std::int64_t{23}, std::int64_t{-300}, std::int64_t{1} << 40}) out.number(number);
  out.text("caf\u00E9");
  out.bytes(std::string(300, '\xFF'));
  const std::string bytes = out.take();
  CborReader in(bytes);
  REQUIRE(in.array() == 5);
  CHECK(in.number() == 23);
  CHECK(in.number() == -300);
  CHECK(in.number() == std::int64_t{1} << 40);
  CHECK(in.text() == "caf\u00E9");
  CHECK(in.bytes() == std::string(300, '\xFF'));
  CHECK(in.at_end());
  const auto other = nlohmann::json::from_cbor(bytes);
  CHECK(other[1] == -300);
  CHECK(other[3] == "caf\u00E9");
  CHECK(other[4].get_binary().size() == 300);
}

TEST_CASE("cbor: sizes that cannot be are refused, however deep") {
  for (const std::string& bytes :
       {std::string("\x9B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9), std::string("\xBB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9),
        std::string("\x5B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 9), std::string("\x9F\xFF", 2), std::string("\x1C", 1),
        std::string(), std::string(3'000'000, '\x81')}) {
    CborReader in(bytes);
    CHECK_THROWS_AS(in.skip(), Error);
    CborReader other(bytes);
    CHECK_THROWS_AS(other.text(), Error);
  }
  std::string deep(1'000'000, '\x81');
  deep += '\x00';
  CborReader in(deep);
  in.skip();  // no stack is as deep
  CHECK(in.at_end());
}

TEST_CASE("person record: there and back; a later version's members are passed over") {
  PersonRecord ana = record("Ana Silva", 5, {photo("Ana.jpg", 1, "abcd"), photo("Ana/b.jpg", 2, "")});
  ana.groups = {"5b", "staff"};
  const PersonRecord back = PersonRecord::from_cbor(ana.to_cbor());
  CHECK(back.to_cbor() == ana.to_cbor());
  CHECK(back.groups == ana.groups);
  CHECK(back.photos[1].readings.at(kModel).problem == "blurred");
  CHECK(back.says_what(ana));
  ana.published = 6;
  CHECK(back.says_what(ana));
  ana.name = "Ana";
  CHECK_FALSE(back.says_what(ana));

  auto later = nlohmann::json::from_cbor(ana.to_cbor());
  later["born"] = {{"year", 1990}, {"list", {1, 2.5, nullptr, true}}};
  later["photos"][0]["camera"] = "front";
  const auto bytes = nlohmann::json::to_cbor(later);
  CHECK(PersonRecord::from_cbor({reinterpret_cast<const char*>(bytes.data()), bytes.size()}).says_what(ana));
}

TEST_CASE("person record: whatever bytes there are, an error at worst") {
  const std::string good = record("Ana", 5, {photo("a.jpg", 1, "abcd"), photo("b.jpg", 2, "")}).to_cbor();
  for (std::size_t size = 0; size < good.size(); ++size) CHECK(why_not(good.substr(0, size)) == "is cut short");
  CHECK(why_not(good + "x") == "goes on after its end");
  CHECK(why_not("junk") != "fine");
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (int k = 0; k < 3; ++k) bytes[random() % bytes.size()] = static_cast<char>(random());
    why_not(bytes);
  }
  CHECK(why_not(record(std::string(5000, 'a'), 1, {}).to_cbor()) == "has a text that is too long");
  CHECK(why_not(record("a\xFF", 1, {}).to_cbor()) == "has a text that is not UTF-8");
  CHECK(why_not(record("", 1, {photo("a.jpg", 1, "odd")}).to_cbor()) == "has an encoding that is none");
  PhotoRecord both = photo("a.jpg", 1, "abcd");
  both.readings[kModel].problem = "blurred";
  CHECK(why_not(record("", 1, {both}).to_cbor()) == "has an encoding that is none");
}

TEST_CASE("record field: an id and where it is from") {
  const RecordField field = RecordField::parse("Ana_Silva\x1Fhost:/people");
  CHECK(field.id == "Ana_Silva");
  CHECK(field.origin == "host:/people");
  CHECK(field.text() == "Ana_Silva\x1Fhost:/people");
  for (const char* bad : {"", "Ana", "\x1Fhost", "=1\x1Fhost", "../x\x1Fhost", "Jose\u0301\x1Fhost", "a\xFF\x1Fh"}) {
    CHECK_THROWS_AS(RecordField::parse(bad), Error);
  }
  const TempFolder folder;
  CHECK(origin_of(folder / "people/") == origin_of(folder / "x/../people"));
  CHECK(origin_of("people") == origin_of(std::filesystem::current_path() / "people"));
}

TEST_CASE("join: photos once, the name of the latest record that has one") {
  std::vector<std::string> warnings;
  PersonRecord first = record("Ana S", 1, {photo("1.jpg", 1, "aa"), photo("2.jpg", 2, "bb", "other")});
  PersonRecord second = record("", 3, {photo("x.jpg", 2, "cc"), photo("y.jpg", 3, "dd")});
  PersonRecord third = record("Ana Silva", 2, {});
  second.groups = {"5b"};
  third.groups = {"6c"};
  const Records records = {{"ana\x1F"
                            "a:/p",
                            first.to_cbor()},
                           {"ana\x1F"
                            "b:/p",
                            second.to_cbor()},
                           {"ana\x1F"
                            "c:/p",
                            third.to_cbor()},
                           {"anabel\x1F"
                            "a:/p",
                            first.to_cbor()}};
  auto at = records.begin();
  const JoinedPerson ana = join_records(at, records.end(), kModel, warnings);
  CHECK(ana.id == "ana");
  CHECK(ana.name == "Ana Silva");
  CHECK(ana.groups == std::vector<std::string>{"5b"});
  REQUIRE(ana.photos.size() == 3);
  CHECK(ana.photos[0].path == "a:/p/1.jpg");
  CHECK(ana.photos[1].path == "a:/p/2.jpg");
  CHECK(ana.photos[1].is_read);  // by this model: as the other record has it
  CHECK(ana.photos[1].reading.encoding == "cc");
  CHECK(ana.photos[1].fields.size() == 2);
  const JoinedPerson anabel = join_records(at, records.end(), kModel, warnings);
  CHECK(anabel.id == "anabel");
  CHECK_FALSE(anabel.photos[1].is_read);
  CHECK(at == records.end());
  CHECK(warnings.empty());
}

TEST_CASE("join: a record that is none costs itself only") {
  std::vector<std::string> warnings;
  const Records records = {{"ana\x1F"
                            "a:/p",
                            "junk"},
                           {"ana\x1F"
                            "b:/p",
                            record("Ana", 3, {photo("x.jpg", 2, "cc")}).to_cbor()}};
  CHECK(joined(records, warnings).photos.size() == 1);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Catch::StartsWith("ana: record of a:/p ") && Catch::EndsWith("publish it again there"));
  const Roster roster = roster_of({{"bo_lee\x1F"
                                    "a:/p",
                                    "junk"}},
                                  warnings);
  CHECK(roster.at("bo_lee").name == "bo lee");
}

TEST_CASE("join: a field without an origin ends, too") {
  std::vector<std::string> warnings;
  const Roster roster = roster_of({{"", "x"}, {"bo", record("Bo", 1, {}).to_cbor()}, {"bo\x1Fh:/p", "junk"}}, warnings);
  CHECK(roster.at("bo").name == "Bo");
  CHECK(warnings.size() == 2);
}

TEST_CASE("store gallery: encodings of this model only") {
  std::vector<std::string> warnings;
  Records records = {{"a\x1Fh:/p", record("", 1, {photo("1.jpg", 1, halves(1, 0, 0))}).to_cbor()},
                     {"b\x1Fh:/p", record("", 1, {photo("2.jpg", 2, halves(0, 1, 0), "other")}).to_cbor()},
                     {"c\x1Fh:/p", record("", 1, {photo("3.jpg", 3, "ab")}).to_cbor()},  // of another length
                     {"d\x1Fh:/p", record("", 1, {photo("4.jpg", 4, "")}).to_cbor()}};
  const StoreGallery made = gallery_of(records, {kModel, 3}, warnings);
  CHECK(made.unread.size() == 2);
  REQUIRE(made.gallery.people().size() == 4);
  CHECK(scores(made.gallery, unit({1, 0, 0})) == std::vector<float>{1, -1, -1, -1});
  CHECK(made.gallery.find("b")->photos[0].problem == "has no encoding of this model");
  CHECK(made.gallery.find("d")->photos[0].problem == "blurred");
  CHECK(warnings.empty());
}

TEST_CASE("ids of changes are ordered by their numbers") {
  CHECK(comes_before("", "0-0"));
  CHECK_FALSE(comes_before("", ""));
  CHECK_FALSE(comes_before("5-1", ""));
  CHECK(comes_before("9-5", "10-0"));
  CHECK(comes_before("10-2", "10-10"));
  CHECK_FALSE(comes_before("10-2", "10-2"));
}

TEST_CASE("snapshot: kept for its owner, read as it was; a damaged one is none") {
  const TempFolder folder;
  const PeopleSnapshot snapshot(folder / "state" / "spool");
  std::vector<std::string> warnings;
  CHECK_FALSE(snapshot.load(warnings));
  CHECK(warnings.empty());
  PeopleCopy copy{{{"ana\x1Fh:/p", "one"}, {"bo\x1Fh:/p", std::string("t\0wo", 4)}}, "10-2", 1700000000};
  snapshot.save(copy, false);
  CHECK(mode_of(snapshot.file()) == 0600);
  CHECK(mode_of(snapshot.file().parent_path()) == 0700);
  const auto back = snapshot.load(warnings);
  REQUIRE(back);
  CHECK(back->records == copy.records);
  CHECK(back->change == "10-2");
  CHECK(back->taken == 1700000000);
  CHECK(warnings.empty());

  const std::string good = slurp(snapshot.file());
  for (std::size_t i = 0; i < good.size(); ++i) {
    warnings.clear();
    write(snapshot.file(), good.substr(0, i));
    CHECK(snapshot.load(warnings).has_value() == false);
    CHECK(warnings.size() == (i > 0 ? 1 : 0));
    std::string flipped = good;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    write(snapshot.file(), flipped);
    CHECK_FALSE(snapshot.load(warnings));
  }
}

TEST_CASE("snapshot: one that names nobody is of no use") {
  const TempFolder folder;
  const PeopleSnapshot snapshot(folder / "spool");
  for (const char* field : {"", "ana", "../x\x1Fh:/p", "\x1Fh:/p"}) {
    snapshot.save({{{field, "one"}}, "10-2", 1}, true);
    std::vector<std::string> warnings;
    CHECK_FALSE(snapshot.load(warnings));
    CHECK(warnings.size() == 1);
  }
}

TEST_CASE("snapshot: one that is behind takes the place of none; what a crash left goes") {
  const TempFolder folder;
  const PeopleSnapshot snapshot(folder / "spool");
  std::vector<std::string> warnings;
  snapshot.save({{{"erased\x1Fh:/p", "x"}}, "10-2", 1}, false);
  write(folder / "spool" / "people.cbor.Abc123", "erased");
  snapshot.save({{}, "11-0", 2}, false);
  CHECK_FALSE(std::filesystem::exists(folder / "spool" / "people.cbor.Abc123"));
  snapshot.save({{{"erased\x1Fh:/p", "x"}}, "10-2", 1}, false);
  CHECK(snapshot.load(warnings)->change == "11-0");
  CHECK(slurp(snapshot.file()).find("erased") == std::string::npos);
  const FolderLock marks(folder / "spool");  // are written meanwhile
  snapshot.save({{}, "3-0", 1}, true);       // another store
  CHECK(snapshot.load(warnings)->change == "3-0");
  CHECK(warnings.empty());
}

TEST_CASE("machine name: the same as long as the spool is; another for an emptied one") {
  const TempFolder folder;
  const std::string name = machine_name(folder / "spool");
  CHECK(machine_name(folder / "spool") == name);
  REQUIRE(name.size() > 9);
  CHECK(name[name.size() - 9] == '#');
  CHECK(name.substr(name.size() - 8).find_first_not_of("0123456789abcdef") == std::string::npos);
  CHECK(mode_of(folder / "spool" / "machine") == 0600);
  CHECK(mode_of(folder / "spool") == 0700);
  std::filesystem::remove_all(folder / "spool");
  CHECK(machine_name(folder / "spool") != name);
  write(folder / "file", "");
  CHECK(machine_name(folder / "file") == machine_name(folder / "file"));  // no folder: a name all the same
}
