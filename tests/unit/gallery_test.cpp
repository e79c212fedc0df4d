#include "faceatt/people/gallery.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

// A people folder of fake photos, and what load() says about it.
class People {
 public:
  People() { fs::create_directory(folder()); }

  fs::path folder() const { return temp_ / "people"; }
  fs::path cache() const { return folder() / ".faceatt" / "fake.bin"; }
  void photo(const fs::path& name, std::string_view text) const { write(folder() / name, text); }

  GalleryOptions options(const std::string& fingerprint = "fake 1") const {
    GalleryOptions options;
    options.folder = folder();
    options.fingerprint = fingerprint;
    options.cache_name = "fake.bin";
    options.dimension = 3;
    return options;
  }

  Gallery load(const std::string& fingerprint = "fake 1") {
    warnings.clear();
    fake.read.clear();
    Gallery gallery = Gallery::load(
        options(fingerprint), [&] { return fake.reader(); }, warnings);
    CHECK(gallery.photos_read() >= fake.read.size());  // unreadable files count too
    return gallery;
  }

  std::vector<std::string> warnings;
  FakeReader fake;

 private:
  TempFolder temp_;
};

std::vector<std::string> ids_of(const Gallery& gallery) {
  std::vector<std::string> ids;
  for (const auto& person : gallery.people()) ids.push_back(person.id);
  return ids;
}

using Ids = std::vector<std::string>;

// Content and size class stay; both times are set to what they were.
void restore_mtime(const fs::path& path, fs::file_time_type time) { fs::last_write_time(path, time); }

}  // namespace

TEST_CASE("gallery: hidden files are no photos, and the cache is private") {
  People people;
  people.photo("Ana_Silva.jpg", "1 0 0");
  people.photo("Ana_Silva/left.jpg", "0 1 0");
  people.photo(".hidden.jpg", "1 0 0");
  people.photo("Ana_Silva/.thumb.jpg", "1 0 0");
  const Gallery gallery = people.load();
  CHECK(people.warnings.empty());
  REQUIRE(ids_of(gallery) == Ids{"Ana_Silva"});
  CHECK(gallery.people()[0].photos.size() == 2);
  CHECK(mode_of(people.folder() / ".faceatt") == 0700);
  CHECK(mode_of(people.cache()) == 0600);
}

TEST_CASE("gallery: only new photos are read") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  people.load();
  CHECK(people.fake.read == Ids{"a.jpg", "b.jpg"});
  Gallery gallery = people.load();
  CHECK(people.fake.read.empty());
  CHECK(scores(gallery, unit({0, 1, 0}))[1] == Approx(1));
  people.photo("c.jpg", "0 0 1");
  gallery = people.load();
  CHECK(people.fake.read == Ids{"c.jpg"});
  CHECK(gallery.people().size() == 3);
}

TEST_CASE("gallery: progress counts all photos") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  auto options = people.options();
  std::vector<std::pair<std::size_t, std::size_t>> steps;
  options.progress = [&](std::size_t done, std::size_t total) { steps.emplace_back(done, total); };
  Gallery::load(
      options, [&] { return people.fake.reader(); }, people.warnings);
  CHECK(steps == std::vector<std::pair<std::size_t, std::size_t>>{{1, 2}, {2, 2}});
}

TEST_CASE("gallery: a touched photo with the same content is not read again") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.load();
  fs::last_write_time(people.folder() / "a.jpg", fs::file_time_type::clock::now() + std::chrono::hours(5));
  people.load();
  CHECK(people.fake.read.empty());
  people.photo("a.jpg", "1 0 0");  // written anew, the same
  people.load();
  CHECK(people.fake.read.empty());
}

TEST_CASE("gallery: replaced content is read, also with the same size and time") {
  People people;
  const auto photo = people.folder() / "a.jpg";
  people.photo("a.jpg", "1 0 0");
  people.load();
  people.photo("a.jpg", "0 1 0 ");
  Gallery gallery = people.load();
  CHECK(people.fake.read == Ids{"a.jpg"});
  CHECK(scores(gallery, unit({0, 1, 0}))[0] == Approx(1));

  const auto time = fs::last_write_time(photo);
  people.photo("a.jpg", "0 0 1 ");  // in place
  restore_mtime(photo, time);
  gallery = people.load();
  CHECK(people.fake.read == Ids{"a.jpg"});
  CHECK(scores(gallery, unit({0, 0, 1}))[0] == Approx(1));

  write(people.folder() / ".other", "1 0 0 ");  // by rename
  restore_mtime(people.folder() / ".other", time);
  fs::rename(people.folder() / ".other", photo);
  gallery = people.load();
  CHECK(people.fake.read == Ids{"a.jpg"});
  CHECK(scores(gallery, unit({1, 0, 0}))[0] == Approx(1));
}

TEST_CASE("gallery: a stale entry is found even when the photo is older than the racy time") {
  People people;
  people.photo("a.jpg", "1 0 0");
  ::usleep(1'200'000);  // now the stamp alone is believed
  people.load();
  people.load();
  CHECK(people.fake.read.empty());
  const auto time = fs::last_write_time(people.folder() / "a.jpg");
  people.photo("a.jpg", "0 1 0");
  restore_mtime(people.folder() / "a.jpg", time);
  const Gallery gallery = people.load();
  CHECK(people.fake.read == Ids{"a.jpg"});
  CHECK(scores(gallery, unit({0, 1, 0}))[0] == Approx(1));
}

TEST_CASE("gallery: a deleted photo is gone, from the cache too") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  people.load();
  CHECK_THAT(slurp(people.cache()), Catch::Contains("b.jpg"));
  fs::remove(people.folder() / "b.jpg");
  const Gallery gallery = people.load();
  CHECK(ids_of(gallery) == Ids{"a"});
  CHECK(scores(gallery, unit({0, 1, 0})) == std::vector<float>{0});
  CHECK_THAT(slurp(people.cache()), !Catch::Contains("b.jpg"));
}

TEST_CASE("gallery: an unusable photo is named once and remembered") {
  People people;
  people.photo("a.jpg", "bad no face found");
  people.photo("a/good.jpg", "1 0 0");
  Gallery gallery = people.load();
  REQUIRE(people.warnings.size() == 1);
  CHECK(people.warnings[0] == (people.folder() / "a.jpg").string() + ": not usable: no face found");
  CHECK(gallery.people()[0].photos.size() == 2);
  CHECK(gallery.people()[0].usable_photos() == 1);
  gallery = people.load();
  CHECK(people.warnings.empty());
  CHECK(people.fake.read.empty());
  CHECK(gallery.people()[0].usable_photos() == 1);
}

TEST_CASE("gallery: links to folders are not followed, loops do not matter") {
  People people;
  people.photo("a/a.jpg", "1 0 0");
  fs::create_directory_symlink(people.folder() / "a", people.folder() / "b");
  fs::create_directory_symlink("..", people.folder() / "a" / "loop");
  fs::create_symlink("self.jpg", people.folder() / "self.jpg");
  const Gallery gallery = people.load();
  REQUIRE(people.warnings.size() == 2);
  CHECK_THAT(people.warnings[0], Catch::Contains("/b: ") && Catch::Contains("links to folders are not followed"));
  CHECK_THAT(people.warnings[1], Catch::Contains("self.jpg: not usable"));
  CHECK(gallery.find("a")->photos.size() == 1);
  CHECK(gallery.find("b") == nullptr);
}

TEST_CASE("gallery: names that cannot be ids are left out with a reason") {
  People people;
  people.photo("=1+1.jpg", "1 0 0");
  people.photo("-rf/a.jpg", "1 0 0");
  people.photo("Jos\xE9.jpg", "1 0 0");
  people.photo("ok.jpg", "1 0 0");
  const Gallery gallery = people.load();
  CHECK(ids_of(gallery) == Ids{"ok"});
  REQUIRE(people.warnings.size() == 3);
  for (const auto& warning : people.warnings) {
    INFO(warning);
    CHECK_THAT(warning, Catch::Contains("left out: an id"));
    CHECK(warning.find('\xE9') == std::string::npos);
  }
}

TEST_CASE("gallery: a folder that cannot be read costs that person only") {
  People people;
  people.photo("a/a.jpg", "1 0 0");
  people.photo("b/b.jpg", "1 0 0");
  fs::permissions(people.folder() / "a", fs::perms::none);
  fs::permissions(people.folder(), fs::perms::all);
  {
    const AsNobody nobody;
    const Gallery gallery = people.load();
    CHECK(ids_of(gallery) == Ids{"b"});
    REQUIRE(people.warnings.size() == 1);
    CHECK(people.warnings[0] == (people.folder() / "a").string() + ": cannot be read");
  }
  fs::permissions(people.folder() / "a", fs::perms::all);
}

TEST_CASE("gallery: a folder that cannot be written to costs the cache only") {
  People people;
  people.photo("a.jpg", "1 0 0");
  fs::permissions(people.folder(), fs::perms(0555));
  {
    const AsNobody nobody;
    for (int round = 0; round < 2; ++round) {
      const Gallery gallery = people.load();
      CHECK(ids_of(gallery) == Ids{"a"});
      REQUIRE(people.warnings.size() == 1);
      CHECK_THAT(people.warnings[0], Catch::Contains("cache not written: Permission denied"));
      CHECK(scores(gallery, unit({1, 0, 0}))[0] == Approx(1));
    }
  }
  fs::permissions(people.folder(), fs::perms::all);
}

TEST_CASE("gallery: a missing people folder is an error with the fix") {
  People people;
  fs::remove_all(people.folder());
  try {
    people.load();
    FAIL("loaded");
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kCannotRun);
    CHECK_THAT(e.what(), Catch::Contains(people.folder().string()) && Catch::Contains("faceatt-enroll"));
  }
  write(people.folder(), "a file");
  CHECK_THROWS_AS(people.load(), Error);
}

TEST_CASE("gallery: a damaged cache is one warning and the right encodings") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b.jpg", "0 1 0");
  people.load();
  const std::string good = slurp(people.cache());
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  for (const std::string& bytes : {std::string(), good.substr(0, good.size() / 2), flipped, std::string("junk")}) {
    write(people.cache(), bytes);
    const Gallery gallery = people.load();
    REQUIRE(people.warnings.size() == 1);
    CHECK_THAT(people.warnings[0], Catch::StartsWith(people.cache().string() + ": damaged"));
    CHECK(people.fake.read == Ids{"a.jpg", "b.jpg"});
    CHECK(scores(gallery, unit({0, 1, 0})) == std::vector<float>{0, 1});
    people.load();
    CHECK(people.warnings.empty());
    CHECK(people.fake.read.empty());
  }
}

TEST_CASE("gallery: the encodings of one model are never used for another") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.load("fake 1");
  people.load("fake 2");
  CHECK(people.fake.read == Ids{"a.jpg"});
}

TEST_CASE("gallery: what is added to the cache is not read again") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.load();
  people.photo("b/b.jpg", "0 1 0");
  NewPhoto photo = photo_of({0, 1, 0});
  photo.path = people.folder() / "b" / "b.jpg";
  photo.sha256 = sha256("0 1 0");
  add_to_cache(people.options(), {photo});
  const Gallery gallery = people.load();
  CHECK(people.fake.read.empty());
  CHECK(scores(gallery, unit({0, 1, 0})) == std::vector<float>{0, 1});
}

TEST_CASE("people folder state changes with photos and roster only") {
  People people;
  people.photo("a.jpg", "1 0 0");
  const auto state = [&] { return people_folder_state(people.folder()); };
  auto before = state();
  CHECK(state() == before);
  people.load();
  CHECK(state() == before);  // the cache does not count
  const auto changed = [&] {
    const auto now = state();
    const bool differs = now != before;
    before = now;
    return differs;
  };
  people.photo("b.jpg", "0 1 0");
  CHECK(changed());
  people.photo("b.jpg", "0 0 1");
  CHECK(changed());
  fs::rename(people.folder() / "b.jpg", people.folder() / "c.jpg");
  CHECK(changed());
  fs::remove(people.folder() / "c.jpg");
  CHECK(changed());
  write(people.folder() / "roster.csv", "id\ns1\n");
  CHECK(changed());
}

TEST_CASE("gallery: a photo that was moved is known by its content") {
  People people;
  people.photo("a.jpg", "1 0 0");
  people.photo("b/x.jpg", "0 1 0");
  people.photo("c.jpg", "bad blurred");
  people.load();
  fs::rename(people.folder() / "a.jpg", people.folder() / "z.jpg");
  fs::rename(people.folder() / "b", people.folder() / "y");
  fs::rename(people.folder() / "c.jpg", people.folder() / "w.jpg");
  Gallery gallery = people.load();
  CHECK(people.fake.read.empty());
  CHECK(people.warnings.empty());
  REQUIRE(ids_of(gallery) == Ids{"w", "y", "z"});
  CHECK(scores(gallery, unit({1, 0, 0})) == std::vector<float>{-1, 0, 1});
  CHECK(gallery.find("w")->photos[0].problem == "blurred");
  people.photo("z.jpg", "0 0 1");  // another content under the same name
  gallery = people.load();
  CHECK(people.fake.read == Ids{"z.jpg"});
  CHECK(scores(gallery, unit({0, 0, 1}))[2] == Approx(1));
}

TEST_CASE("gallery: of a photo that goes while others are read nothing is cached") {
  People people;
  people.photo("gone.jpg", "1 0 0");
  people.photo("here.jpg", "0 1 0");
  FakeReader fake;
  const PortraitReader reader = [&, read = fake.reader()](const fs::path& photo, const std::string& bytes) {
    Portrait portrait = read(photo, bytes);
    if (photo.filename() == "here.jpg") fs::remove(people.folder() / "gone.jpg");
    return portrait;
  };
  std::vector<std::string> warnings;
  Gallery::load(
      people.options(), [&] { return reader; }, warnings);
  CHECK(slurp(people.cache()).find("gone") == std::string::npos);
  CHECK(slurp(people.cache()).find("here.jpg") != std::string::npos);
}
