#include "faceatt/vision/preview.hpp"

#include <catch2/catch.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "faceatt/core/error.hpp"
#include "faceatt/vision/photo.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

cv::Mat shade(int level, int width = 64, int height = 48) {
  return cv::Mat(height, width, CV_8UC3, cv::Scalar::all(level));
}

int level_of(const std::filesystem::path& path) { return read_photo(path).image.at<cv::Vec3b>(5, 5)[0]; }

std::ptrdiff_t files_in(const std::filesystem::path& folder) {
  return std::distance(std::filesystem::directory_iterator(folder), {});
}

}  // namespace

TEST_CASE("a preview is written once a second") {
  const TempFolder folder;
  const auto file = folder / "preview.jpg";
  Preview preview(file);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK_FALSE(preview.offer(shade(10), 100.0));
  CHECK(level_of(file) == 10);
  CHECK(mode_of(file) == 0600);
  CHECK_FALSE(preview.offer(shade(80), 100.9));
  CHECK(level_of(file) == 10);
  CHECK_FALSE(preview.offer(shade(90), 101.0));
  CHECK(level_of(file) == 90);
  CHECK_FALSE(preview.offer(shade(120), 3.0));  // a source that started again
  CHECK(level_of(file) == 120);
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a preview is replaced as a whole") {
  const TempFolder folder;
  const auto file = folder / "preview.jpg", link = folder / "as-opened.jpg";
  Preview preview(file);
  preview.offer(shade(10), 0);
  std::filesystem::create_hard_link(file, link);  // what a reader that opened it goes on reading
  preview.offer(shade(200), 5);
  CHECK(level_of(link) == 10);
  CHECK(level_of(file) == 200);
}

TEST_CASE("a preview of a large picture is scaled down") {
  const TempFolder folder;
  const auto file = folder / "preview.JPEG";
  Preview preview(file);
  preview.offer(shade(50, 4000, 3000), 0);
  CHECK(read_photo(file).image.size() == cv::Size(1280, 960));
  preview.offer(shade(50, 100, 2000), 2);
  CHECK(read_photo(file).image.size() == cv::Size(64, 1280));
  preview.offer(shade(50, 1, 5000), 3);
  CHECK(read_photo(file).image.size() == cv::Size(1, 1280));
  preview.offer(shade(50, 1280, 720), 4);
  CHECK(read_photo(file).image.size() == cv::Size(1280, 720));
}

TEST_CASE("a preview that cannot be written is told once") {
  const TempFolder folder;
  const auto file = folder / "later" / "preview.jpg";
  Preview preview(file);
  const auto first = preview.offer(shade(10), 0);
  REQUIRE(first);
  CHECK_THAT(*first, Catch::Contains("preview.jpg: No such file"));
  for (int second = 1; second < 5; ++second) CHECK_FALSE(preview.offer(shade(10), second));
  std::filesystem::create_directory(folder / "later");
  CHECK_FALSE(preview.offer(shade(10), 5));
  CHECK(level_of(file) == 10);
  std::filesystem::remove_all(folder / "later");
  CHECK(preview.offer(shade(10), 6));
  CHECK_FALSE(preview.offer(shade(10), 7));

  std::filesystem::create_directory(folder / "folder.jpg");
  CHECK(Preview(folder / "folder.jpg").offer(shade(10), 0));
  CHECK(files_in(folder.path()) == 1);
}

TEST_CASE("a preview is a JPEG") {
  CHECK_THROWS_AS(Preview("preview.png"), UsageError);
  CHECK_THROWS_AS(Preview("preview"), UsageError);
  CHECK_THROWS_AS(Preview(""), UsageError);
}
