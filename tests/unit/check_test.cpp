#include "faceatt/people/check.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "faceatt/core/file.hpp"
#include "faceatt/people/cache.hpp"
#include "fake_people.hpp"

using namespace faceatt;
using namespace faceatt::test;
namespace fs = std::filesystem;

namespace {

// Limits: photos of a person agree from 0.25, two ids are one person from 0.50, pictures are compared from 0.75.
constexpr ModelThresholds kThresholds{0.5, 0.455, 0.4, 0.11};

// Photos in a space where every person has two axes of their own, so that all similarities are what the test says.
class Folder {
 public:
  // A photo that has `a` of axis `axis` and the rest of an axis that no other photo has.
  std::string photo(const std::string& id, int axis, float a, int quality = 80) {
    Encoding encoding(kDimension, 0.0F);
    encoding[static_cast<std::size_t>(axis)] = a;
    encoding[static_cast<std::size_t>(next_--)] = std::sqrt(1 - a * a);
    return add(id, std::move(encoding), quality);
  }
  std::string add(const std::string& id, Encoding encoding, int quality = 80) {
    NewPhoto photo = photo_of(std::move(encoding));
    photo.portrait.quality = quality;
    photo.path = id + "/" + std::to_string(count_++) + ".jpg";
    photo.sha256[0] = static_cast<unsigned char>(count_);
    gallery.add(id, id, photo);
    return photo.path.string();
  }
  std::string bad(const std::string& id, const std::string& problem) {
    NewPhoto photo;
    photo.portrait.problem = problem;
    photo.path = id + "/" + std::to_string(count_++) + ".jpg";
    gallery.add(id, id, photo);
    return photo.path.string();
  }

  std::vector<Finding> check() {
    CheckOptions options;
    options.thresholds = kThresholds;
    options.threads = 2;
    options.make_inspector = [this] {
      return PhotoInspector{[this](const std::string& file) -> std::optional<Quality> {
                              Quality quality{60, 0.4F, 120, 40, 0, 0, 0, {}};
                              if (sharpness.contains(file)) quality.sharpness = sharpness.at(file);
                              return quality;
                            },
                            [this](const std::string& a, const std::string& b) {
                              return copies.contains({a, b}) || copies.contains({b, a}) ? 0.99 : 0.5;
                            }};
    };
    return faceatt::check(gallery, options);
  }

  static constexpr std::size_t kDimension = 64;
  Gallery gallery;
  std::map<std::string, float> sharpness;
  std::map<std::pair<std::string, std::string>, bool> copies;

 private:
  int next_ = kDimension - 1, count_ = 0;
};

std::string text_of(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& f : findings) text += std::string(name_of(f.kind)) + " " + f.file + " " + f.other_id + "\n";
  return text;
}

}  // namespace

TEST_CASE("check: a clean gallery, of one photo or several each, has no findings") {
  Folder folder;
  folder.photo("ana", 0, 0.9F);
  folder.photo("bob", 1, 0.9F);
  folder.photo("bob", 1, 0.8F);
  folder.photo("bob", 1, 0.5F);  // 0.45 to the best of the others
  CHECK(text_of(folder.check()).empty());
  CHECK(check(Gallery(), CheckOptions()).empty());
}

TEST_CASE("check: a photo unlike the others of its person is wrong, and whose it is, is said") {
  Folder folder;
  for (const float a : {0.9F, 0.8F, 0.85F}) folder.photo("ana", 0, a);
  for (const float a : {0.9F, 0.8F}) folder.photo("bob", 1, a);
  const auto stranger = folder.photo("ana", 2, 0.9F);
  CHECK(text_of(folder.check()) == "wrong_photo " + stranger + " ana\n");
  const auto of_bob = folder.photo("ana", 1, 0.9F);
  CHECK(text_of(folder.check()) == "wrong_photo " + stranger + " ana\nwrong_photo " + of_bob + " bob\n");
}

TEST_CASE("check: of two photos that disagree, the one of somebody else is wrong") {
  Folder folder;
  const auto wrong = folder.photo("ana", 1, 0.9F);
  folder.photo("ana", 0, 0.9F);
  folder.photo("bob", 1, 0.9F);
  CHECK(text_of(folder.check()) == "wrong_photo " + wrong + " bob\n");
}

TEST_CASE("check: of two photos that disagree with nobody else, both are named in one finding") {
  Folder folder;
  const auto first = folder.photo("ana", 0, 0.9F);
  const auto second = folder.photo("ana", 1, 0.9F);
  folder.photo("bob", 2, 0.9F);
  const auto findings = folder.check();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].kind == FindingKind::kWrongPhoto);
  CHECK(findings[0].unclear);
  CHECK(findings[0].file == first);
  CHECK(findings[0].other_file == second);
  REQUIRE(findings[0].score);
  CHECK(*findings[0].score == Approx(0).margin(0.001));
  CHECK(findings[0].reason.find(second) != std::string::npos);
}

TEST_CASE("check: two wrong photos that agree with each other do not outvote three, and copies have no vote") {
  Folder folder;
  for (const float a : {0.9F, 0.8F, 0.85F}) folder.photo("ana", 0, a);
  const auto wrong = folder.photo("ana", 1, 0.9F), again = folder.photo("ana", 1, 0.85F);
  CHECK(text_of(folder.check()) == "wrong_photo " + wrong + " ana\nwrong_photo " + again + " ana\n");

  Folder copied;
  const auto right = copied.photo("ana", 0, 0.9F);
  const auto one = copied.photo("ana", 1, 0.95F), copy = copied.photo("ana", 1, 0.94F);
  copied.copies[{one, copy}] = true;
  const auto findings = copied.check();
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].unclear);
  CHECK(findings[1].kind == FindingKind::kNearDuplicate);
}

TEST_CASE("check: a person enrolled twice is found, once, and none of the photos is called wrong") {
  Folder folder;
  const auto ana = folder.photo("ana", 0, 0.9F);
  folder.photo("ana", 0, 0.8F);
  folder.photo("anna", 0, 0.85F);
  folder.photo("anna", 0, 0.82F);
  folder.photo("bob", 1, 0.9F);
  const auto findings = folder.check();
  REQUIRE(text_of(findings) == "same_person " + ana + " anna\n");
  CHECK(*findings[0].score == Approx(0.9 * 0.85).margin(0.002));
}

TEST_CASE("check: people who look alike, but less than one person does, are left alone") {
  Folder folder;
  folder.photo("ana", 0, 0.7F);
  folder.photo("eva", 0, 0.7F);  // 0.49
  CHECK(text_of(folder.check()).empty());
  folder.photo("eva", 0, 0.73F);  // 0.511
  CHECK(folder.check().size() == 1);
}

TEST_CASE("check: copies need both similarity and the same picture; the better photo stays") {
  Folder folder;
  const auto good = folder.photo("ana", 0, 0.95F, 90), small = folder.photo("ana", 0, 0.94F, 60);
  CHECK(text_of(folder.check()).empty());
  folder.copies[{good, small}] = true;
  const auto findings = folder.check();
  REQUIRE(text_of(findings) == "near_duplicate " + small + " ana\n");
  CHECK(findings[0].other_file == good);

  Folder later;  // the better one is found whichever comes first
  const auto poor = later.photo("ana", 0, 0.95F, 60), better = later.photo("ana", 0, 0.94F, 90);
  later.copies[{poor, better}] = true;
  CHECK(text_of(later.check()) == "near_duplicate " + poor + " ana\n");

  Folder unlike;  // 0.64: not even compared
  const auto a = unlike.photo("ana", 0, 0.8F), b = unlike.photo("ana", 0, 0.8F);
  unlike.copies[{a, b}] = true;
  CHECK(text_of(unlike.check()).empty());
}

TEST_CASE("check: only photos under 70 percent are measured again, and those under the limits are weak") {
  Folder folder;
  const auto fine = folder.photo("ana", 0, 0.9F, 75), blurred = folder.photo("bob", 1, 0.9F, 60);
  folder.photo("eva", 2, 0.9F, 60);
  folder.sharpness[fine] = 0.1F;
  folder.sharpness[blurred] = 0.21F;
  const auto findings = folder.check();
  REQUIRE(text_of(findings) == "weak_photo " + blurred + " \n");
  CHECK(findings[0].reason.find("blurred") != std::string::npos);
}

TEST_CASE("check: a photo too blurred to be like its person is weak, not wrong") {
  Folder folder;
  folder.photo("ana", 0, 0.9F);
  folder.photo("ana", 0, 0.8F);
  const auto blurred = folder.photo("ana", 3, 0.9F, 30);
  folder.sharpness[blurred] = 0.12F;
  CHECK(text_of(folder.check()) == "weak_photo " + blurred + " \n");
}

TEST_CASE("check: a blurred copy is weak, a small copy is a copy") {
  Folder folder;
  const auto good = folder.photo("ana", 0, 0.95F, 90), blurred = folder.photo("ana", 0, 0.94F, 50);
  folder.copies[{good, blurred}] = true;
  folder.sharpness[blurred] = 0.2F;
  CHECK(text_of(folder.check()) == "weak_photo " + blurred + " \n");
}

TEST_CASE("check: photos that cannot be used, and people who have no other") {
  Folder folder;
  folder.photo("ana", 0, 0.9F);
  const auto ana = folder.bad("ana", "no face found"), bob = folder.bad("bob", "too dark");
  CHECK(text_of(folder.check()) == "unusable_photo " + ana + " \nno_usable_photo " + bob + " \n");
}

TEST_CASE("check: the folder is searched for what nothing reads") {
  TempFolder temp;
  const auto db = temp / "people";
  write(db / "Ana.jpg", "x");
  write(db / "roster.csv", "id\n");
  write(db / "faceatt.toml", "");
  write(db / ".DS_Store", "");
  write(db / "bob/front.jpg", "x");
  CHECK(check_folder(db, {}).empty());

  write(db / "bob/notes.txt", "x");
  write(db / "bob/front.jpg.a1B2c3", "x");
  write(db / "scan.heic", "x");
  write(db / ".faceatt/other.cache", "x");
  write(db / "=x.jpg", "x");
  fs::create_directories(db / "empty");
  const auto findings = check_folder(db, {});
  REQUIRE(findings.size() == 6);
  std::map<std::string, FindingKind> kinds;
  for (const auto& f : findings) kinds[fs::path(f.file).filename().string()] = f.kind;
  CHECK(kinds.at("empty") == FindingKind::kNoUsablePhoto);
  for (const char* name : {"notes.txt", "front.jpg.a1B2c3", "scan.heic", "other.cache", "=x.jpg"}) {
    CHECK(kinds.at(name) == FindingKind::kStaleFile);
  }
  CHECK_THROWS(check_folder(temp / "nowhere", {}));
}

TEST_CASE("check: folders that are left out, photos below a person's folder, and caches") {
  TempFolder temp;
  const auto db = temp / "people";
  write(db / "Ana/2025/front.jpg", "x");
  GalleryOptions model;
  model.cache_name = "m.cache";
  model.fingerprint = "m";
  model.dimension = 4;
  make_private_folder(db / ".faceatt");
  EncodingCache(db / ".faceatt/m.cache", "m", 4).save({});
  CHECK(check_folder(db, {model}).empty());

  write(db / "=bob/front.jpg", "x");
  fs::create_directory_symlink(db / "Ana", db / "cleo");
  fs::create_directory_symlink(db / "Ana", db / "Ana/linked");  // not gone into, and no photo
  write(db / ".faceatt/m.cache.Ab1zZ9", "x");
  write(db / ".faceatt/m.cache.Ab1-Z9", "x");
  EncodingCache(db / ".faceatt/m.cache", "another", 4).save({});
  std::map<std::string, std::string> reasons;
  for (const auto& f : check_folder(db, {model})) {
    CHECK(f.kind == FindingKind::kStaleFile);
    reasons[fs::path(f.file).filename().string()] = f.reason;
  }
  CHECK(reasons.size() == 6);
  CHECK_THAT(reasons["=bob"], Catch::StartsWith("is left out: an id that "));
  CHECK(reasons["cleo"] == "is left out: links to folders are not followed; copy the folder");
  CHECK_THAT(reasons["linked"], Catch::StartsWith("is no photo"));
  CHECK(reasons["m.cache.Ab1zZ9"] == "was left when writing the cache was interrupted; remove it");
  CHECK(reasons["m.cache.Ab1-Z9"] == "is no cache of a model in models.toml; remove it");
  CHECK(reasons["m.cache"] == "was made with another version of the model or of faceatt; remove it");
}

TEST_CASE("check: unlike photos of somebody enrolled twice are not wrong for being like the other entry") {
  Folder folder;
  const auto axes = [](float a, float b) {
    Encoding e(Folder::kDimension, 0.0F);
    e[0] = a;
    e[1] = b;
    return e;
  };
  folder.add("ana", axes(1, 0));
  const auto nearest = folder.add("ana", axes(0.3F, 0.954F));  // 0.3 to the first
  folder.add("anna", axes(0.79F, 0.613F));                     // 0.79 and 0.82
  CHECK(text_of(folder.check()) == "same_person " + nearest + " anna\n");
}
