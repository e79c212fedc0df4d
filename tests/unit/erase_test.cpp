#include "faceatt/attendance/erase.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/people/cache.hpp"
#include "faceatt/people/erase.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

const std::string kHeader = "date,time,id,name,session,status,source,score,liveness,note\n";
const std::string kPseudonym = "erased-0123abcd";

std::string line(const std::string& id, const std::string& name, const std::string& source = "door",
                 const std::string& note = "") {
  return "2026-11-21,2026-11-21T08:00:00+01:00," + id + "," + name + ",day,present," + source + ",0.7,off," + note +
         "\n";
}

const Mentions kAna({"Ana_Silva", "Ana Silva", "A. Silva"}, {"Ana_Silva_Costa", "Ana Silva Costa", "bob", "Bob"});

LogErasure erase(const std::string& text) { return erase_from_log(text, "Ana_Silva", kAna, kPseudonym); }

}  // namespace

TEST_CASE("erase: a pseudonym is random") {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) seen.insert(new_pseudonym());
  CHECK(seen.size() == 50);
  CHECK(seen.begin()->starts_with("erased-"));
  CHECK(seen.begin()->size() == 15);
}

TEST_CASE("erase: rows of the person go on under the pseudonym, others stay byte by byte") {
  const std::string others = line("Ana_Silva_Costa", "Ana Silva Costa") + line("bob", "\"Bob\"");
  const auto erased = erase(kHeader + others + line("Ana_Silva", "A. Silva", "door", "left early"));
  CHECK(erased.rows == 1);
  CHECK(erased.mentions == 0);
  CHECK(erased.text == kHeader + others + line(kPseudonym, "", "door", "left early"));
  CHECK(left_in_log(erased.text, kAna).empty());
}

TEST_CASE("erase: notes and sources of their rows that name them are emptied; corrections stay corrections") {
  const auto erased =
      erase(kHeader + line("Ana_Silva", "x", "Ana_Silva_2.jpg", "Ana Silva is ill") +
            line("Ana_Silva", "x", "manual:Ana_Silva", "own") + line("Ana_Silva", "x", "manual:eve", ""));
  CHECK(erased.text == kHeader + line(kPseudonym, "", "", "") + line(kPseudonym, "", "manual:" + kPseudonym, "own") +
                           line(kPseudonym, "", "manual:eve", ""));
}

TEST_CASE("erase: other people's rows lose the name only") {
  const auto erased = erase(kHeader + line("bob", "Bob", "manual:Ana_Silva", "came with Ana Silva"));
  CHECK(erased.rows == 0);
  CHECK(erased.mentions == 1);
  CHECK(erased.text == kHeader + line("bob", "Bob", "manual:" + kPseudonym, "came with " + kPseudonym));
}

TEST_CASE("erase: spreadsheets' logs keep their dialect, foreign columns of the person are emptied") {
  const auto erased = erase(
      "\xEF\xBB\xBF"
      "Phone;ID;Status;Date;Session;Name\r\n12;Ana_Silva;present;2026-11-21;day;A\r\n"
      "13;bob;present;2026-11-21;day;B\r\n");
  CHECK(erased.text ==
        "\xEF\xBB\xBF"
        "Phone;ID;Status;Date;Session;Name\r\n;" +
            kPseudonym + ";present;2026-11-21;day;\r\n13;bob;present;2026-11-21;day;B\r\n");
}

TEST_CASE("erase: two spellings of an id, and rows that are damaged") {
  const Mentions jose({"Jos\u00E9"}, {});
  const auto erased = erase_from_log(kHeader + line("Jose\u0301", "J") + line("Jos\u00E9", "J") + "garbage Jos\u00E9\n",
                                     "Jos\u00E9", jose, kPseudonym);
  CHECK(erased.rows == 2);
  CHECK(erased.text.find("Jos") == std::string::npos);
  CHECK(left_in_log(erased.text, jose).empty());
}

TEST_CASE("erase: short ids are found in their own columns and nowhere else") {
  const Mentions seven({"7"}, {});
  const std::string bob = line("bob", "Bob", "cam 7", "7 minutes late");
  const auto erased = erase_from_log(kHeader + bob + line("7", "", "7.jpg", ""), "7", seven, kPseudonym);
  CHECK(erased.text == kHeader + bob + line(kPseudonym, "", "", ""));
  CHECK(left_in_log(erased.text, seven).empty());
  CHECK(left_in_log(kHeader + line("7", ""), seven) == std::vector<std::string>{"line 2 names them in column id"});
}

TEST_CASE("erase: what is left in a log is named") {
  CHECK(left_in_log(kHeader + line("old_id", "Ana Silva"), kAna).size() == 1);  // another id, the same name
  CHECK(left_in_log(kHeader + line("bob", "Bob", "door", "with Ana Silva"), kAna) ==
        std::vector<std::string>{"line 2 names them in column note"});
  CHECK(left_in_log(kHeader + line("bob", "Bob", "door", "with Ana Silva Costa"), kAna).empty());
}

TEST_CASE("log: rewritten under the lock of the writers") {
  const TempFolder folder;
  const fs::path file = folder / "Attendance.csv";
  CsvLog log(file);
  CHECK_FALSE(
      log.rewrite([](const fs::path&, std::string_view) -> std::string { throw std::logic_error("there is no log"); }));
  CHECK_FALSE(fs::exists(file));
  write(file, kHeader + line("a", "A") + "2026-11-21,torn");
  ::chmod(file.c_str(), 0640);
  CHECK(log.rewrite([](const fs::path&, std::string_view text) { return std::string(text) + line("b", "B"); }));
  CHECK(slurp(file) == kHeader + line("a", "A") + line("b", "B"));
  CHECK(mode_of(file) == 0640);
  CHECK(log.take_warnings().size() == 1);
  const auto before = fs::last_write_time(file);
  CHECK(log.rewrite([](const fs::path&, std::string_view text) { return std::string(text); }));
  CHECK(fs::last_write_time(file) == before);
  AttendanceRow row;
  row.date = "2026-11-21";
  row.id = "b";
  row.session = "day";
  row.status = "present";
  CHECK(log.append(row) == CsvLog::Outcome::kAlready);
  write(file, "name,phone\n");
  CHECK_THROWS_AS(log.rewrite([](const fs::path&, std::string_view text) { return std::string(text); }), Error);
  CHECK(slurp(file) == "name,phone\n");
}

TEST_CASE("log: writers who wait while it is rewritten write to the new file") {
  const TempFolder folder;
  const fs::path file = folder / "Attendance.csv";
  constexpr int kRows = 150;
  write(file, kHeader);
  const auto mark = [&](char prefix) {
    CsvLog log(file);
    AttendanceRow row;
    row.date = "2026-11-21";
    row.session = "day";
    row.status = "present";
    for (int i = 0; i < kRows; ++i) {
      row.id = prefix + std::to_string(i);
      log.append(row);
    }
  };
  std::thread a(mark, 'a'), b(mark, 'b');
  for (int i = 0; i < kRows; ++i) {
    CsvLog(file).rewrite([&](const fs::path&, std::string_view text) {
      return erase_from_log(text, "a" + std::to_string(i), Mentions({"a" + std::to_string(i)}, {}),
                            "erased-" + std::to_string(i))
          .text;
    });
  }
  a.join();
  b.join();
  std::vector<std::string> warnings;
  std::set<std::string> ids;
  for (const auto& row : read_attendance(file, warnings)) ids.insert(row.id);
  CHECK(warnings.empty());
  CHECK(ids.size() == 2 * kRows);
}

TEST_CASE("erase: what of a person lies in the people folder") {
  const TempFolder temp;
  const fs::path people = temp / "people";
  write(people / "ana.jpg", "1");
  write(people / "ana/a.jpg", "2");
  write(people / "ana/deep/.hidden", "3");
  write(people / "anab.jpg", "4");
  write(people / "roster.csv", "id,name\nana,Ana S\nbob,B\n ana ,Ana T\n");
  write(people / ".faceatt/rename", "x\nana\n");
  write(people / ".faceatt/m.cache", "");
  write(people / ".faceatt/other.cache", "");
  write(people / ".faceatt/m.cache.aBc123", "");
  write(people / ".faceatt/keep.json", "");
  const auto traces = traces_of(people, "ana");
  CHECK(traces.entries == std::vector<fs::path>{people / "ana", people / "ana.jpg", people / ".faceatt/rename"});
  CHECK(traces.files.size() == 4);
  CHECK(traces.roster_rows == 2);
  CHECK(traces.names == std::set<std::string>{"ana", "Ana S", "Ana T"});
  CHECK(other_caches(people, "m.cache") ==
        std::vector<fs::path>{people / ".faceatt/m.cache.aBc123", people / ".faceatt/other.cache"});
  remove_all_of(traces.entries);
  remove_from_roster(people, "ana");
  CHECK(slurp(people / "roster.csv") == "id,name\nbob,B\n");
  const auto after = traces_of(people, "ana");
  CHECK(after.files.empty());
  CHECK(after.roster_rows == 0);
  CHECK(fs::exists(people / "anab.jpg"));
}

TEST_CASE("erase: leftovers are found by name, text and encoding") {
  const TempFolder temp;
  const fs::path folder = temp / "x";
  const Gallery gallery = gallery_of({{"ana", {1, 2, 3}}});
  const auto encodings = encoding_bytes(gallery, *gallery.find("ana"));
  REQUIRE(encodings.size() == 2);
  CHECK(encodings[0].size() == 6);
  CHECK(encodings[1].size() == 12);
  const Mentions person({"ana", "Ana Silva", "7"}, {"anab", "Ana Silva Costa"});
  const auto found = [&] {
    LeftoverSearch search(person, encodings);
    search.look_below(folder);
    return search.found().size();
  };
  CHECK(found() == 0);  // no such folder
  write(folder / "anab/17.jpg", "Ana Silva Costa, 7");
  write(folder / "anab/7.jpg", "not the person 7: a photo of somebody else");
  CHECK(found() == 0);
  write(folder / "a/note.txt", "was Ana Silva there?");
  CHECK(found() == 1);
  write(folder / "a/note.txt", std::string("\0..", 3) + encodings[0]);
  CHECK(found() == 1);
  write(folder / "a/note.txt", "--" + encodings[1] + "--");
  CHECK(found() == 1);
  write(folder / "a/note.txt", "");
  write(folder / "b/of ana.txt", "");
  CHECK(found() == 1);
  fs::remove_all(folder / "b");
  write(folder / "7.jpg", "");
  CHECK(found() == 1);

  LeftoverSearch search(person, {});
  write(folder / "roster.csv", "id,name,seat\nanab,Ana Silva,7\n7,,\n");
  search.look_at_roster(folder / "roster.csv");
  CHECK(search.found().size() == 2);
}

TEST_CASE("erase: a cache is searched record by record, sidecars by face") {
  const TempFolder temp;
  const Mentions person({"ana", "7"}, {});
  GalleryOptions cache;
  cache.folder = temp.path();
  cache.cache_name = "m.cache";
  cache.fingerprint = "m";
  cache.dimension = 1;
  const auto found_with = [&](const char* photo) {
    make_private_folder(temp / ".faceatt");
    CacheEntry entry;
    entry.path = photo;
    entry.problem = "too dark";
    EncodingCache(temp / ".faceatt/m.cache", "m", 1).save({entry});
    LeftoverSearch search(person, {});
    search.look_at_cache(cache);
    return search.found();
  };
  CHECK(found_with("anab/7.jpg").empty());
  CHECK(found_with("ana/x.jpg") == std::vector{(temp / ".faceatt/m.cache").string() + ": has a photo of them"});
  CHECK(found_with("7.jpg").size() == 1);

  Sidecar sidecar;
  sidecar.visit.encoding = unit({1, 2, 3});
  sidecar.group = 1;
  sidecar.fingerprint = "model";
  write(temp / "strangers/a.json", sidecar_text(sidecar));
  const auto by_face = [&](const KnownFaces& faces) {
    LeftoverSearch search(person, {}, faces);
    search.look_below(temp / "strangers");
    CHECK(search.files() == 1);
    return search.found().size();
  };
  CHECK(by_face({{unit({1, 2, 3.1F})}, "model", 0.9}) == 1);
  CHECK(by_face({{unit({1, 2, 3.1F}), unit({1, 2})}, "model", 0.9}) == 1);
  CHECK(by_face({{unit({3, -2, 1})}, "model", 0.9}) == 0);
  CHECK(by_face({{unit({1, 2, 3})}, "another model", 0.9}) == 0);
  CHECK(by_face({{unit({1, 2})}, "model", -1}) == 0);  // of another length: not compared
}

TEST_CASE("erase: what cannot be read or changed is told") {
  if (::geteuid() != 0) return;  // only root makes files that are not its own
  const TempFolder temp;
  const Mentions person({"ana"}, {});
  write(temp / "x/secret", "ana");
  ::chmod((temp / "x/secret").c_str(), 0600);
  write(temp / "closed/a.json", "{}");
  ::chmod((temp / "closed").c_str(), 0700);
  write(temp / "fixed/roster.csv", "id,name\nana,Ana\n");
  write(temp / "fixed/ana.jpg", "x");
  ::chmod((temp / "fixed").c_str(), 0555);
  const AsNobody nobody;
  LeftoverSearch search(person, {});
  search.look_below(temp / "x");
  search.look_below(temp / "closed");
  REQUIRE(search.found().size() == 2);
  CHECK_THAT(search.found()[0], Catch::StartsWith("cannot be looked at: " + (temp / "x/secret").string()));
  CHECK_THAT(search.found()[1], Catch::StartsWith((temp / "closed").string() + ": cannot be looked through: "));
  CHECK(search.files() == 0);
  CHECK_THROWS_AS(sidecars_naming(temp / "closed", person), Error);
  CHECK_THROWS_AS(traces_of(temp / "closed", "ana"), Error);
  CHECK_THROWS_AS(remove_all_of({temp / "fixed/ana.jpg"}), Error);
  CHECK_THROWS_AS(remove_from_roster(temp / "fixed", "ana"), Error);
  CHECK_NOTHROW(remove_from_roster(temp / "fixed", "bob"));  // nothing to change
}

TEST_CASE("erase: sidecars of strangers' pictures") {
  const TempFolder temp;
  const fs::path folder = temp / "strangers";
  const Mentions ana({"ana", "Ana Silva", "7"}, {});
  CHECK(sidecars_naming(folder, ana).empty());  // no such folder
  Sidecar sidecar;
  sidecar.visit.encoding = unit({1, 2, 3});
  sidecar.group = 1;
  sidecar.fingerprint = "model";
  const auto with_closest = [&](const std::string& id) {
    sidecar.visit.closest_id = id;
    sidecar.visit.closest_score = 0.2;
    return sidecar_text(sidecar);
  };
  write(folder / "a.json", with_closest("ana"));
  write(folder / "sub/b.json", with_closest("7"));
  write(folder / "c.json", with_closest("anab"));
  write(folder / "d.json", "{\"closest_id\":\"ana\"}");
  write(folder / "e.txt", with_closest("ana"));
  fs::create_symlink(folder / "a.json", folder / "f.json");
  CHECK(sidecars_naming(folder, ana) == std::vector<fs::path>{folder / "a.json", folder / "sub/b.json"});
  forget_closest(folder / "a.json");
  forget_closest(folder / "sub/b.json");
  forget_closest(folder / "gone.json");
  CHECK(sidecars_naming(folder, ana).empty());
  const auto again = read_sidecar(folder / "a.json");
  REQUIRE(again);
  CHECK(again->visit.closest_id.empty());
  CHECK(again->visit.closest_score == 0);
  CHECK(sidecar_text(*again).substr(sidecar_text(*again).find("group")) ==
        with_closest("").substr(with_closest("").find("group")));
  CHECK(mode_of(folder / "a.json") == 0600);
  CHECK_FALSE(fs::exists(folder / "gone.json"));

  // The search knows a face by its encoding, however that is written.
  fs::remove(folder / "d.json");
  fs::remove(folder / "e.txt");
  const auto found = [&](KnownFaces faces) {
    LeftoverSearch search(ana, {}, std::move(faces));
    search.look_below(folder);
    return search.found().size();
  };
  CHECK(found({}) == 0);
  CHECK(found({{unit({1, 2, 3.5})}, "model", 0.9}) == 3);
  CHECK(found({{unit({1, 2, 3.5})}, "another", 0.9}) == 0);
  CHECK(found({{unit({3, -2, 1})}, "model", 0.9}) == 0);
  CHECK(found({{unit({1, 2})}, "model", 0.9}) == 0);
}
