#include "faceatt/vision/photo.hpp"

#include <catch2/catch.hpp>
#include <exiv2/exiv2.hpp>
#include <opencv2/imgcodecs.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/core/photo_name.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 64, kHeight = 32;

// Red, green / blue, white: no two orientations look the same.
cv::Vec3b colour_at(int row, int column) {
  const bool top = row < kHeight / 2, left = column < kWidth / 2;
  return top ? (left ? cv::Vec3b(0, 0, 255) : cv::Vec3b(0, 255, 0))
             : (left ? cv::Vec3b(255, 0, 0) : cv::Vec3b::all(255));
}

std::string encoded(const cv::Mat& image, const std::string& suffix) {
  std::vector<unsigned char> bytes;
  REQUIRE(cv::imencode(suffix, image, bytes, {cv::IMWRITE_JPEG_QUALITY, 100}));
  return {bytes.begin(), bytes.end()};
}

// As a camera stores it that was held in the way which EXIF 2.3 numbers `orientation` ("row 0 is the ..., column 0 is
// the ...").
cv::Mat as_stored(int orientation) {
  const bool turned = orientation >= 5;
  cv::Mat stored(turned ? kWidth : kHeight, turned ? kHeight : kWidth, CV_8UC3);
  for (int r = 0; r < stored.rows; ++r) {
    for (int c = 0; c < stored.cols; ++c) {
      const int along = turned ? r : c, across = turned ? c : r;
      const bool right_first = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
      const bool bottom_first = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
      stored.at<cv::Vec3b>(r, c) =
          colour_at(bottom_first ? kHeight - 1 - across : across, right_first ? kWidth - 1 - along : along);
    }
  }
  return stored;
}

std::string with_exif(const std::string& jpeg, int orientation) {
  using namespace std::string_literals;
  std::string exif = "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s;
  exif += static_cast<char>(orientation);
  exif += "\0\0\0\0\0\0\0"s;
  return jpeg.substr(0, 2) + "\xFF\xE1\0"s + static_cast<char>(exif.size() + 2) + exif + jpeg.substr(2);
}

// The picture with these EXIF tags, as Exiv2 writes them into any kind of file.
std::string with_tags(const std::string& picture, const std::vector<std::pair<const char*, const char*>>& tags) {
  const auto image = Exiv2::ImageFactory::open(reinterpret_cast<const Exiv2::byte*>(picture.data()),
                                               static_cast<long>(picture.size()));
  image->readMetadata();
  for (const auto& [key, value] : tags) image->exifData()[key] = std::string(value);
  image->writeMetadata();
  Exiv2::BasicIo& io = image->io();
  return {reinterpret_cast<const char*>(io.mmap()), static_cast<std::size_t>(io.size())};
}

std::string reason(const fs::path& path, const PhotoLimits& limits = {}) {
  try {
    read_photo(path, limits);
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kInput);
    const std::string what = e.what();
    CHECK(what.find('\n') == std::string::npos);
    REQUIRE_THAT(what, Catch::StartsWith(path.string() + ": "));
    return what.substr(path.string().size() + 2);
  }
  return "read";
}

std::vector<std::string> names(const std::vector<fs::path>& paths, const fs::path& base) {
  std::vector<std::string> out;
  for (const auto& path : paths) out.push_back(path.lexically_relative(base).string());
  return out;
}

}  // namespace

TEST_CASE("photo names") {
  for (const char* name : {"a.jpg", "a.JPG", "a.jpeg", "a.Png", "a.webp", "a.tif", "a.TIFF", "a.bmp", "x/y.z.jpg"}) {
    CHECK(has_photo_name(name));
  }
  for (const char* name : {"a", "a.txt", "a.jpg.txt", "jpg", ".jpg", "a.gif", "a.jpg~", "a.heic", ""}) {
    INFO(name);
    CHECK_FALSE(has_photo_name(name));
  }
}

TEST_CASE("photos in a folder: sorted, without dot files, links to folders not followed") {
  const TempFolder folder;
  for (const char* name : {"b.jpg", "a.jpg", "sub/c.png", "sub/deep/d.JPG", ".dot.jpg", ".git/e.jpg", "notes.txt",
                           "sub/.thumbs/f.jpg", "odd\n;name.jpg"}) {
    write(folder / name, "x");
  }
  fs::create_directory_symlink("..", folder / "sub" / "loop");
  fs::create_directory_symlink(".", folder / "me");
  fs::create_symlink("self.jpg", folder / "self.jpg");
  fs::create_symlink("a.jpg", folder / "link.jpg");
  std::vector<fs::path> unreadable;
  CHECK(names(photos_in(folder.path(), unreadable), folder.path()) ==
        std::vector<std::string>{"a.jpg", "b.jpg", "link.jpg", "odd\n;name.jpg", "self.jpg", "sub/c.png",
                                 "sub/deep/d.JPG"});
  CHECK(unreadable.empty());
  CHECK(reason(folder / "self.jpg") == "Too many levels of symbolic links");
}

TEST_CASE("photos in a file or in nothing are that path itself") {
  const TempFolder folder;
  write(folder / "any.name", "x");
  std::vector<fs::path> unreadable;
  CHECK(photos_in(folder / "any.name", unreadable) == std::vector<fs::path>{folder / "any.name"});
  CHECK(photos_in(folder / "none", unreadable) == std::vector<fs::path>{folder / "none"});
  CHECK(unreadable.empty());
}

TEST_CASE("photos in folders that are closed") {
  const TempFolder folder;
  write(folder / "open" / "a.jpg", "x");
  write(folder / "closed" / "b.jpg", "x");
  fs::permissions(folder / "closed", fs::perms::none);
  std::vector<fs::path> unreadable;
  {
    const AsNobody nobody;
    CHECK(names(photos_in(folder.path(), unreadable), folder.path()) == std::vector<std::string>{"open/a.jpg"});
    CHECK(unreadable == std::vector<fs::path>{folder / "closed"});
  }
  fs::permissions(folder / "closed", fs::perms::all);
}

TEST_CASE("photos are upright for every EXIF orientation") {
  const TempFolder folder;
  for (int orientation = 0; orientation <= 9; ++orientation) {
    INFO("orientation " << orientation);
    const bool known = orientation >= 1 && orientation <= 8;
    const std::string jpeg = encoded(as_stored(known ? orientation : 1), ".jpg");
    write(folder / "a.jpg", with_exif(jpeg, orientation));
    const Frame frame = read_photo(folder / "a.jpg");
    REQUIRE(frame.image.size() == cv::Size(kWidth, kHeight));
    REQUIRE(frame.image.type() == CV_8UC3);
    for (const int row : {8, 24}) {
      for (const int column : {16, 48}) {
        CHECK(cv::norm(frame.image.at<cv::Vec3b>(row, column), colour_at(row, column), cv::NORM_INF) < 30);
      }
    }
  }
}

TEST_CASE("photos of every kind, depth and colour") {
  const TempFolder folder;
  for (const char* suffix : {".jpg", ".png", ".webp", ".tiff", ".bmp"}) {
    INFO(suffix);
    write(folder / "a.jpg", encoded(as_stored(1), suffix));  // the content counts, not the name
    const Frame frame = read_photo(folder / "a.jpg");
    CHECK(frame.image.size() == cv::Size(kWidth, kHeight));
    CHECK(frame.source == (folder / "a.jpg").string());
    CHECK(cv::norm(frame.image.at<cv::Vec3b>(8, 16), colour_at(8, 16), cv::NORM_INF) < 40);
  }
  for (const int type : {CV_8UC1, CV_16UC1, CV_16UC3, CV_8UC4}) {
    const cv::Mat image(20, 30, type, cv::Scalar::all(CV_MAT_DEPTH(type) == CV_16U ? 30000 : 120));
    write(folder / "b.png", encoded(image, ".png"));
    const Frame frame = read_photo(folder / "b.png");
    CHECK(frame.image.type() == CV_8UC3);
    CHECK(frame.image.size() == cv::Size(30, 20));
    CHECK(frame.image.at<cv::Vec3b>(5, 5)[1] == Approx(118).margin(3));
  }
}

TEST_CASE("when a photo was taken, of every kind that has EXIF") {
  const TimeZone zone("Europe/Berlin");
  const auto taken = [](const std::string& picture) {
    const auto time = decode_photo(picture, "a").taken;
    return time ? time->iso8601() : "";
  };
  for (const char* suffix : {".jpg", ".png", ".webp", ".tiff"}) {
    INFO(suffix);
    const std::string plain = encoded(as_stored(1), suffix);
    CHECK(taken(plain) == "");
    const std::pair time{"Exif.Photo.DateTimeOriginal", "2026:11:20 09:00:00"},
        no_time{"Exif.Photo.DateTimeOriginal", "0000:00:00 00:00:00"},
        offset{"Exif.Photo.OffsetTimeOriginal", "+05:30"}, other_offset{"Exif.Photo.OffsetTime", "-02:00"},
        changed{"Exif.Image.DateTime", "2025:01:01 00:00:00"};
    CHECK(taken(with_tags(plain, {time})) == "2026-11-20T09:00:00+01:00");
    CHECK(taken(with_tags(plain, {time, offset, other_offset})) == "2026-11-20T09:00:00+05:30");
    CHECK(taken(with_tags(plain, {time, other_offset, changed})) == "2026-11-20T09:00:00-02:00");
    CHECK(taken(with_tags(plain, {no_time, offset, changed})) == "");
  }
  CHECK(taken(encoded(as_stored(1), ".bmp")) == "");
}

TEST_CASE("files that are no photos have a reason") {
  const TempFolder folder;
  const auto is = [&](std::string_view bytes) {
    write(folder / "a.jpg", bytes);
    return reason(folder / "a.jpg");
  };
  CHECK(is("") == "empty file");
  CHECK_THAT(is("<html><body>404</body></html>"), Catch::StartsWith("not a picture"));
  CHECK_THAT(is("GIF89a......."), Catch::StartsWith("GIF is not supported"));
  CHECK_THAT(is(std::string("\0\0\0\x18"
                            "ftypheic\0\0\0\0",
                            16)),
             Catch::StartsWith("HEIC/AVIF is not supported"));
  CHECK_THAT(is("\xFF\xD8\xFF"), Catch::StartsWith("damaged picture"));
  CHECK_THAT(is("\x89PNG\r\n\x1A\n"), Catch::StartsWith("damaged picture"));
  CHECK_THAT(reason(folder / "none.jpg"), Catch::Contains("No such file"));
  CHECK(reason(folder.path()) == "is a folder");
}

TEST_CASE("pictures cut short anywhere are damaged, never half read") {
  const TempFolder folder;
  cv::Mat image(120, 160, CV_8UC3);
  cv::randu(image, 0, 255);
  for (const char* suffix : {".jpg", ".png"}) {
    const std::string bytes = encoded(image, suffix);
    for (int part = 1; part < 20; ++part) {
      INFO(suffix << " " << part << "/20");
      write(folder / "a.jpg", std::string_view(bytes).substr(0, bytes.size() * static_cast<std::size_t>(part) / 20));
      CHECK_THAT(reason(folder / "a.jpg"), Catch::StartsWith("damaged picture"));
      CHECK_THROWS_AS(read_photo(folder / "a.jpg"), DamagedPhoto);
    }
  }
}

TEST_CASE("photos over the limits are refused before they take memory") {
  const TempFolder folder;
  write(folder / "a.png", encoded(cv::Mat(1000, 2000, CV_8UC1, cv::Scalar(0)), ".png"));
  PhotoLimits limits;
  limits.max_pixels = 1'999'999;
  CHECK(reason(folder / "a.png", limits) == "2 megapixels are over the limit of 1");
  limits.max_pixels = 2'000'000;
  CHECK(reason(folder / "a.png", limits) == "read");
  limits.max_bytes = 100;
  CHECK_THAT(reason(folder / "a.png", limits), Catch::Contains("over the limit"));
}
