// What holds for a gallery wherever its people come from: run over a folder, and over a store when FACEATT_TEST_STORE
// names one.
#include <algorithm>
#include <catch2/catch.hpp>

#include "../unit/fake_people.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "gallery_backend.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

using People = GalleryBackend;
using Ids = std::vector<std::string>;

Ids ids_of(const Gallery& gallery) {
  Ids ids;
  for (const auto& person : gallery.people()) ids.push_back(person.id);
  return ids;
}

}  // namespace

TEST_CASE("gallery: photos of a person, of whatever folders") {
  People people;
  people.photo("Ana_Silva.jpg", "1 0 0");
  people.photo("Ana_Silva/left.jpg", "0 1 0");
  people.photo("Ana_Silva/more/deep.PNG", "0 0 1");
  people.photo("s1001/front.jpg", "1 1 0");
  people.photo("notes.txt", "not a photo");
  const Gallery gallery = people.load();
  CHECK(people.warnings.empty());
  REQUIRE(ids_of(gallery) == Ids{"Ana_Silva", "s1001"});
  const Person* ana = gallery.find("Ana_Silva");
  REQUIRE(ana != nullptr);
  CHECK(ana->name == "Ana Silva");
  CHECK(ana->photos.size() == 3);
  CHECK(ana->usable_photos() == 3);
  CHECK(ana->photos[0].quality == 80);
  CHECK(std::is_sorted(ana->photos.begin(), ana->photos.end(), [](auto& a, auto& b) { return a.path < b.path; }));
  CHECK(ana->photos[0].sha256 == sha256("1 0 0"));
  CHECK(gallery.find("nobody") == nullptr);
  CHECK(scores(gallery, unit({0, 0, 1}))[0] == Approx(1));  // the best photo counts
  CHECK(scores(gallery, unit({0, 0, 1}))[1] == Approx(0));
}

TEST_CASE("gallery: what is replaced, deleted or added is so the next time") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  people.load();
  people.photo("a.jpg", "0 0 1");
  fs::remove(people.folder() / "b.jpg");
  people.photo("c/c.jpg", "0 1 0");
  Gallery gallery = people.load();
  REQUIRE(ids_of(gallery) == Ids{"a", "c"});
  CHECK(scores(gallery, unit({0, 0, 1})) == std::vector<float>{1, 0});
  CHECK(scores(gallery, unit({0, 1, 0})) == std::vector<float>{0, 1});
  fs::remove_all(people.folder() / "c");
  fs::remove(people.folder() / "a.jpg");
  CHECK(people.load().people().empty());
}

TEST_CASE("gallery: an unusable photo is remembered, with the reason") {
  People people;
  people.photo("a.jpg", "bad no face found");
  people.photo("a/good.jpg", "1 0 0");
  for (int round = 0; round < 2; ++round) {
    const Gallery gallery = people.load();
    REQUIRE(gallery.people().size() == 1);
    CHECK(gallery.people()[0].photos.size() == 2);
    CHECK(gallery.people()[0].usable_photos() == 1);
    CHECK(gallery.people()[0].photos[0].problem == "no face found");
    CHECK(gallery.people()[0].photos[0].quality == 5);
  }
}

TEST_CASE("gallery: the nearest people, each once, and the best of those who are not expected") {
  People people;
  people.photo("a/1.jpg", "1 0 0");
  people.photo("a/2.jpg", "0.9 0.1 0");
  people.photo("b/1.jpg", "0.8 0.6 0");
  people.photo("c/1.jpg", "0 1 0");
  write(people.folder() / "roster.csv", "id,name,groups\na,,5b\nc,,5b\n");
  Gallery gallery = people.load();
  const Encoding probe = unit({1, 0, 0});
  auto nearest = gallery.nearest({&probe, 1}, 2);
  REQUIRE(nearest[0].expected.size() == 2);
  CHECK(nearest[0].expected[0].person->id == "a");
  CHECK(nearest[0].expected[1].person->id == "b");
  CHECK_FALSE(nearest[0].outsider);
  gallery.restrict_to("5b");
  nearest = gallery.nearest({&probe, 1}, 2);
  REQUIRE(nearest[0].expected.size() == 2);
  CHECK(nearest[0].expected[1].person->id == "c");
  REQUIRE(nearest[0].outsider);
  CHECK(nearest[0].outsider->person->id == "b");
}

TEST_CASE("gallery: encodings of one model are never used for another") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.load("fake 1");
  const Gallery gallery = people.load("fake 2");
  CHECK(people.fake.read == Ids{"a.jpg"});
  CHECK(gallery.people()[0].usable_photos() == 1);
}

TEST_CASE("gallery: the same as it was when it is joined with itself") {
  People people;
  people.photo("a/1.jpg", "1 0 0");
  people.photo("b.jpg", "bad blurred");
  write(people.folder() / "roster.csv", "id,name,groups\na,Ana,5b\nz,Zoe,\n");
  const Gallery one = people.load();
  const Gallery both = Gallery::of_both(one, one);
  REQUIRE(ids_of(both) == Ids{"a", "b", "z"});
  CHECK(both.find("a")->photos.size() == 1);
  CHECK(both.find("a")->name == "Ana");
  CHECK(both.find("b")->photos[0].problem == "blurred");
  CHECK(scores(both, unit({1, 0, 0})) == std::vector<float>{1, -1, -1});
}

TEST_CASE("gallery: two spellings of a name are one person") {
  People people;
  people.photo("Jos\u00E9.jpg", "1 0 0");
  people.photo("Jose\u0301/b.jpg", "0 1 0");
  write(people.folder() / "roster.csv", "id,name,groups\nJose\u0301,Don Jos\u00E9,a;b\n");
  const Gallery gallery = people.load();
  REQUIRE(ids_of(gallery) == Ids{"Jos\u00E9"});
  CHECK(gallery.people()[0].photos.size() == 2);
  CHECK(gallery.people()[0].name == "Don Jos\u00E9");
  CHECK(gallery.people()[0].groups == Ids{"a", "b"});
}

TEST_CASE("gallery: people who are only in the roster") {
  People people;
  write(people.folder() / "roster.csv", "id,name,groups\ns2,Bo Lee,5b\ns3,,\n");
  people.photo("s1.jpg", "1 0 0");
  const Gallery gallery = people.load();
  REQUIRE(ids_of(gallery) == Ids{"s1", "s2", "s3"});
  CHECK(gallery.find("s2")->name == "Bo Lee");
  CHECK(gallery.find("s2")->photos.empty());
  CHECK(gallery.find("s3")->name == "s3");
  CHECK(scores(gallery, unit({1, 0, 0})) == std::vector<float>{1, -1, -1});
}

TEST_CASE("gallery: a renamed photo is another person") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.load();
  fs::rename(people.folder() / "a.jpg", people.folder() / "b.jpg");
  const Gallery gallery = people.load();
  CHECK(ids_of(gallery) == Ids{"b"});
  CHECK(scores(gallery, unit({1, 0, 0})) == std::vector<float>{1});
  CHECK(people.load().photos_read() == 0);
}

TEST_CASE("gallery: two photos that swap their names swap their people") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  people.load();
  fs::rename(people.folder() / "a.jpg", people.folder() / "c.jpg");
  fs::rename(people.folder() / "b.jpg", people.folder() / "a.jpg");
  fs::rename(people.folder() / "c.jpg", people.folder() / "b.jpg");
  const Gallery gallery = people.load();
  CHECK(scores(gallery, unit({1, 0, 0})) == std::vector<float>{0, 1});
}

TEST_CASE("gallery: a person whose photos are all unusable matches nothing") {
  People people;
  people.photo("a.jpg", "bad no face found");
  const Gallery gallery = people.load();
  CHECK(ids_of(gallery) == Ids{"a"});
  CHECK(scores(gallery, unit({1, 0, 0})) == std::vector<float>{-1});
}

TEST_CASE("gallery: add keeps people sorted and counts more photos of one") {
  Gallery gallery = gallery_of({{"m", {1, 0, 0}}, {"a", {0, 1, 0}}, {"z", {0, 0, 1}}});
  gallery.add("m", "Name of m", photo_of({0, 1, 1}));
  CHECK(ids_of(gallery) == Ids{"a", "m", "z"});
  CHECK(gallery.find("m")->photos.size() == 2);
  CHECK(scores(gallery, unit({0, 1, 1}))[1] == Approx(1).margin(0.0003));  // half-precision numbers
}

TEST_CASE("gallery: a probe of another length is like nobody") {
  const Gallery gallery = gallery_of({{"a", {1, 0, 0}}});
  CHECK(scores(gallery, unit({1, 0})) == std::vector<float>{-1});
  CHECK(scores(Gallery(), unit({1, 0})).empty());
}

TEST_CASE("gallery: restricted to a group, and still so when the group is gone") {
  People people;
  for (const char* id : {"a", "b", "c"}) people.photo(std::string(id) + ".jpg", "1 0 0");
  write(people.folder() / "roster.csv", "id,name,groups\na,,5b\nb,,cafe\u0301\n");
  Gallery gallery = people.load();
  const auto expected = [&] {
    Ids ids;
    for (const Person& p : gallery.people()) {
      if (p.expected) ids.push_back(p.id);
    }
    return ids;
  };
  CHECK(expected() == Ids{"a", "b", "c"});
  gallery.restrict_to(" caf\u00E9 ");
  CHECK(expected() == Ids{"b"});
  write(people.folder() / "roster.csv", "id,name,groups\na,,5b\n");
  people.photo("d.jpg", "0 1 0");
  Gallery fresh = people.load();
  CHECK_THROWS_AS(fresh.restrict_to("caf\u00E9"), UsageError);
  fresh.restrict_as(gallery);
  gallery = std::move(fresh);
  CHECK(expected() == Ids{"b"});
  CHECK(gallery.people().size() == 4);
}
