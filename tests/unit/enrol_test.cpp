#include "faceatt/people/enrol.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

class Desk {
 public:
  Desk() { fs::create_directory(folder()); }
  fs::path folder() const { return temp_ / "people"; }
  fs::path offer(const fs::path& name, std::string_view text) const {
    write(temp_ / "in" / name, text);
    return temp_ / "in" / name;
  }
  EnrolRequest request(const std::string& id) const {
    EnrolRequest request;
    request.id = id;
    request.folder = folder();
    request.duplicate_threshold = 0.5;
    return request;
  }
  EnrolResult enrol(const fs::path& photo, const std::string& id) { return enrol(request(id), photo); }
  EnrolResult enrol(const EnrolRequest& request, const fs::path& photo) {
    return faceatt::enrol(request, read_offer(photo, fake.reader(), digests_of(gallery)), gallery);
  }
  // Every file below the people folder with its content.
  std::vector<std::pair<std::string, std::string>> files() const {
    std::vector<std::pair<std::string, std::string>> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      if (entry.is_regular_file())
        all.emplace_back(entry.path().lexically_relative(folder()).string(), slurp(entry.path()));
    }
    std::sort(all.begin(), all.end());
    return all;
  }

  Gallery gallery;
  FakeReader fake;

 private:
  TempFolder temp_;
};

using Files = std::vector<std::pair<std::string, std::string>>;

}  // namespace

TEST_CASE("enrol: a photo is stored privately and known from then on") {
  Desk desk;
  const auto photo = desk.offer("front.jpg", "1 0 0");
  const EnrolResult result = desk.enrol(photo, "Ana_Silva");
  CHECK(result.verdict == EnrolVerdict::kEnrolled);
  CHECK(result.reason.empty());
  CHECK(result.id == "Ana_Silva");
  CHECK(result.name == "Ana Silva");
  CHECK(result.quality == 80);
  CHECK(result.closest_id.empty());
  CHECK(desk.files() == Files{{"Ana_Silva/front.jpg", "1 0 0"}});
  CHECK(mode_of(desk.folder() / "Ana_Silva") == 0700);
  CHECK(mode_of(desk.folder() / "Ana_Silva" / "front.jpg") == 0600);
  REQUIRE(result.stored);
  CHECK(result.stored->path == desk.folder() / "Ana_Silva" / "front.jpg");
  CHECK(result.stored->sha256 == sha256("1 0 0"));
  CHECK(desk.gallery.find("Ana_Silva") != nullptr);
  CHECK(fs::exists(photo));
}

TEST_CASE("enrol: the very same photo is known") {
  Desk desk;
  desk.enrol(desk.offer("front.jpg", "1 0 0"), "ana");
  const auto before = desk.files();
  const EnrolResult again = desk.enrol(desk.offer("copy.jpg", "1 0 0"), "ana");
  CHECK(again.verdict == EnrolVerdict::kKnown);
  CHECK(desk.files() == before);
  CHECK(desk.gallery.find("ana")->photos.size() == 1);
}

TEST_CASE("enrol: another photo of one person, also when it looks alike") {
  Desk desk;
  desk.enrol(desk.offer("front.jpg", "1 0 0"), "ana");
  CHECK(desk.enrol(desk.offer("left.jpg", "1 0.3 0"), "ana").verdict == EnrolVerdict::kEnrolled);
  CHECK(desk.gallery.find("ana")->photos.size() == 2);
}

TEST_CASE("enrol: one person under two ids is refused, by content and by face") {
  Desk desk;
  desk.enrol(desk.offer("front.jpg", "1 0 0"), "ana");
  const auto before = desk.files();

  const EnrolResult content = desk.enrol(desk.offer("same.jpg", "1 0 0"), "bob");
  CHECK(content.verdict == EnrolVerdict::kDuplicatePerson);
  CHECK_THAT(content.reason, Catch::Contains("ana"));

  const EnrolResult face = desk.enrol(desk.offer("like.jpg", "1 0.5 0"), "bob");
  CHECK(face.verdict == EnrolVerdict::kDuplicatePerson);
  CHECK(face.closest_id == "ana");
  CHECK(face.closest_score == Approx(0.894).margin(0.001));
  CHECK_THAT(face.reason, Catch::Contains("ana") && Catch::Contains("--allow-duplicate"));
  CHECK(desk.files() == before);
  CHECK(desk.gallery.find("bob") == nullptr);

  EnrolRequest request = desk.request("bob");
  request.allow_duplicate = true;
  CHECK(desk.enrol(request, desk.offer("like.jpg", "1 0.5 0")).verdict == EnrolVerdict::kEnrolled);

  const EnrolResult other = desk.enrol(desk.offer("other.jpg", "0 0 1"), "eve");
  CHECK(other.verdict == EnrolVerdict::kEnrolled);
  CHECK(other.closest_score == Approx(0).margin(0.001));
}

TEST_CASE("enrol: nearly the same photo of the same person adds nothing") {
  Desk desk;
  desk.enrol(desk.offer("a.jpg", "1 0 0"), "ana");
  const auto before = desk.files();
  const EnrolResult again = desk.enrol(desk.offer("b.jpg", "1 0.1 0"), "ana");
  CHECK(again.verdict == EnrolVerdict::kKnown);
  CHECK_THAT(again.reason, Catch::Contains("nearly this photo"));
  CHECK(desk.files() == before);
  CHECK(desk.enrol(desk.offer("c.jpg", "1 0.4 0"), "ana").verdict == EnrolVerdict::kEnrolled);
  EnrolRequest request = desk.request("ana");
  request.allow_duplicate = true;
  CHECK(desk.enrol(request, desk.offer("d.jpg", "1 0.1 0")).verdict == EnrolVerdict::kEnrolled);
}

TEST_CASE("enrol: photos whose bytes are enrolled are not looked at") {
  Desk desk;
  desk.enrol(desk.offer("a.jpg", "1 0 0"), "ana");
  desk.fake.read.clear();
  CHECK(desk.enrol(desk.offer("b.jpg", "1 0 0"), "ana").verdict == EnrolVerdict::kKnown);
  CHECK(desk.enrol(desk.offer("b.jpg", "1 0 0"), "bob").verdict == EnrolVerdict::kDuplicatePerson);
  CHECK(desk.fake.read.empty());
}

TEST_CASE("enrol: the duplicate threshold itself is a duplicate") {
  Desk desk;
  desk.enrol(desk.offer("a.jpg", "1 0"), "ana");
  const auto photo = desk.offer("b.jpg", "0.6 0.8");
  EnrolRequest request = desk.request("bob");
  request.duplicate_threshold = 0.61;
  request.dry_run = true;
  const Gallery before = desk.gallery;
  CHECK(desk.enrol(request, photo).verdict == EnrolVerdict::kEnrolled);
  desk.gallery = before;
  request.duplicate_threshold = 0.59;
  CHECK(desk.enrol(request, photo).verdict == EnrolVerdict::kDuplicatePerson);
}

TEST_CASE("enrol: ids that cannot be") {
  Desk desk;
  const auto photo = desk.offer("front.jpg", "1 0 0");
  for (const std::string id : {"", "../x", "=1+1", "-rf", ".x", "a/b", "Jos\xE9", "\uFF1D1", "a\nb"}) {
    INFO(id);
    const EnrolResult result = desk.enrol(photo, id);
    CHECK(result.verdict == EnrolVerdict::kRejected);
    CHECK_THAT(result.reason, Catch::Contains("--id"));
    CHECK(result.reason.find('\n') == std::string::npos);
  }
  CHECK(desk.files().empty());
  CHECK_FALSE(fs::exists(desk.folder().parent_path() / "x"));
}

TEST_CASE("enrol: two spellings of an id are one person") {
  Desk desk;
  desk.enrol(desk.offer("a.jpg", "1 0 0"), "Jose\u0301");
  CHECK(desk.enrol(desk.offer("b.jpg", "1 0 0.3"), "Jos\u00E9").verdict == EnrolVerdict::kEnrolled);
  CHECK(desk.gallery.people().size() == 1);
  CHECK(desk.files() == Files{{"Jos\u00E9/a.jpg", "1 0 0"}, {"Jos\u00E9/b.jpg", "1 0 0.3"}});
}

TEST_CASE("enrol: the same file name with other content gets a number, nothing is replaced") {
  Desk desk;
  desk.enrol(desk.offer("1/IMG.jpg", "1 0 0"), "ana");
  desk.enrol(desk.offer("2/IMG.jpg", "1 0 0.3"), "ana");
  const EnrolResult third = desk.enrol(desk.offer("3/IMG.jpg", "1 0 0.7"), "ana");
  CHECK(third.stored->path.filename() == "IMG-3.jpg");
  CHECK(desk.files() == Files{{"ana/IMG-2.jpg", "1 0 0.3"}, {"ana/IMG-3.jpg", "1 0 0.7"}, {"ana/IMG.jpg", "1 0 0"}});
}

TEST_CASE("enrol: a file that somebody else put there is not replaced either") {
  Desk desk;
  write(desk.folder() / "ana" / "IMG.jpg", "something");
  desk.enrol(desk.offer("IMG.jpg", "1 0 0"), "ana");
  CHECK(desk.files() == Files{{"ana/IMG-2.jpg", "1 0 0"}, {"ana/IMG.jpg", "something"}});
}

TEST_CASE("enrol: file names that are trouble become the id") {
  Desk desk;
  CHECK(desk.enrol(desk.offer("-rf.jpg", "1 0 0"), "ana").stored->path.filename() == "ana.jpg");
  CHECK(desk.enrol(desk.offer("=1.jpg", "0 1 0"), "bob").stored->path.filename() == "bob.jpg");
  CHECK(desk.enrol(desk.offer(".hidden.jpg", "0 0 1"), "eve").stored->path.filename() == "eve.jpg");
  const auto odd = desk.enrol(desk.offer("a\nb.jpg", "-1 0 0"), "joe").stored;
  CHECK(odd->path.filename().string().find('\n') == std::string::npos);
}

TEST_CASE("enrol: dry run writes nothing and sees duplicates among its own") {
  Desk desk;
  EnrolRequest request = desk.request("ana");
  request.dry_run = true;
  const EnrolResult result = desk.enrol(request, desk.offer("a.jpg", "1 0 0"));
  CHECK(result.verdict == EnrolVerdict::kEnrolled);
  CHECK_FALSE(result.stored);
  request.id = "bob";
  CHECK(desk.enrol(request, desk.offer("b.jpg", "1 0 0.1")).verdict == EnrolVerdict::kDuplicatePerson);
  CHECK(fs::is_empty(desk.folder()));
}

TEST_CASE("enrol: photos that are no good") {
  Desk desk;
  const EnrolResult bad = desk.enrol(desk.offer("a.jpg", "bad no face found"), "ana");
  CHECK(bad.verdict == EnrolVerdict::kRejected);
  CHECK(bad.reason == "no face found");
  CHECK(bad.quality == 5);
  const EnrolResult missing = desk.enrol(desk.folder() / "none.jpg", "ana");
  CHECK(missing.verdict == EnrolVerdict::kError);
  CHECK(missing.reason == "No such file or directory");
  const PortraitReader unreadable = [](const fs::path&, const std::string&) {
    Portrait portrait;
    portrait.problem = "empty file";
    portrait.readable = false;
    return portrait;
  };
  const Offer offer = read_offer(desk.offer("b.jpg", ""), unreadable, {});
  const EnrolResult error = enrol(desk.request("ana"), offer, desk.gallery);
  CHECK(error.verdict == EnrolVerdict::kError);
  CHECK(error.reason == "empty file");
  CHECK(desk.files().empty());
  CHECK(desk.gallery.people().empty());
}

TEST_CASE("enrol: a people folder that cannot be written to is one clear error") {
  Desk desk;
  const auto photo = desk.offer("a.jpg", "1 0 0");
  fs::permissions(desk.folder(), fs::perms(0555));
  {
    const AsNobody nobody;
    try {
      desk.enrol(photo, "ana");
      FAIL("enrolled");
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      CHECK_THAT(e.what(), Catch::Contains(desk.folder().string()) && Catch::Contains("Permission denied"));
    }
  }
  fs::permissions(desk.folder(), fs::perms::all);
  write(desk.folder() / "ana", "a file is in the way");
  CHECK_THROWS_AS(desk.enrol(photo, "ana"), Error);
  CHECK(desk.gallery.people().empty());
  CHECK(desk.files() == Files{{"ana", "a file is in the way"}});
}

TEST_CASE("the id follows from the path") {
  CHECK(id_of_path("in/Ana_Silva.jpg", "in") == "Ana_Silva");
  CHECK(id_of_path("in/s1001/front.jpg", "in") == "s1001");
  CHECK(id_of_path("in/s1001/2024/front.jpg", "in") == "s1001");
  CHECK(id_of_path("in/s1001/front.jpg", "in/") == "s1001");
  CHECK(id_of_path("Ana.Maria.jpg", "Ana.Maria.jpg") == "Ana.Maria");
  CHECK(id_of_path("/a/b/Ana.jpg", "/a/b/Ana.jpg") == "Ana");
  CHECK(id_of_path("./in/Ana.jpg", "./in") == "Ana");
}

TEST_CASE("remove_person deletes their photos and nothing else") {
  Desk desk;
  desk.enrol(desk.offer("a.jpg", "1 0 0"), "ana");
  desk.enrol(desk.offer("b.jpg", "0 1 0"), "bob");
  const Person ana = *desk.gallery.find("ana");
  const Person bob = *desk.gallery.find("bob");
  CHECK(remove_person(desk.folder(), ana, true).size() == 1);
  CHECK(desk.files().size() == 2);
  CHECK(remove_person(desk.folder(), ana, false) == std::vector<fs::path>{desk.folder() / "ana" / "a.jpg"});
  CHECK(desk.files() == Files{{"bob/b.jpg", "0 1 0"}});
  CHECK_FALSE(fs::exists(desk.folder() / "ana"));
  write(desk.folder() / "bob" / "notes.txt", "keep");
  remove_person(desk.folder(), bob, false);
  CHECK(desk.files() == Files{{"bob/notes.txt", "keep"}});
}

TEST_CASE("names of enrolment verdicts") {
  CHECK(std::string(name_of(EnrolVerdict::kEnrolled)) == "enrolled");
  CHECK(std::string(name_of(EnrolVerdict::kKnown)) == "known");
  CHECK(std::string(name_of(EnrolVerdict::kDuplicatePerson)) == "duplicate_person");
  CHECK(std::string(name_of(EnrolVerdict::kRejected)) == "rejected");
  CHECK(std::string(name_of(EnrolVerdict::kError)) == "error");
}
