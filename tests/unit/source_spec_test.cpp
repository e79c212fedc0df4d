#include "faceatt/vision/source_spec.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

TEST_CASE("without_password") {
  CHECK(without_password("rtsp://user:secret@host/x") == "rtsp://host/x");
  CHECK(without_password("rtsp://user:secret@host:554/x?a=b") == "rtsp://host:554/x");
  CHECK(without_password("http://host/video?password=secret") == "http://host/video");
  CHECK(without_password("rtsp://user:se/cret@host:554/x") == "rtsp://host:554/x");
  CHECK(without_password("rtsp://host:554/a@b") == "rtsp://host:554/a@b");
  CHECK(without_password("rtsp://user@host") == "rtsp://host");
  CHECK(without_password("rtsp://user:s@cr@t@host/x") == "rtsp://host/x");
  CHECK(without_password("rtsp://host/a@b") == "rtsp://host/a@b");
  CHECK(without_password("rtsp://host:8554/x") == "rtsp://host:8554/x");
  CHECK(without_password("http://u:p@[::1]:80/v") == "http://[::1]:80/v");
  CHECK(without_password("rtsp://user:p@/ss@host/x") == "rtsp://host/x");
  CHECK(without_password("rtsp://user:p?ss@host/x?token=1") == "rtsp://host/x");
  CHECK(without_password("rtsp://us@er:x/y@host/a") == "rtsp://host/a");
  CHECK(without_password("x://a@://b@c/d@e") == "x://e");
  CHECK(without_password("file:///srv/a@b.mp4") == "file:///srv/a@b.mp4");
  CHECK(without_password("rtsp://[fe80::1]/a@b") == "rtsp://[fe80::1]/a@b");
  CHECK(without_password("clip.mp4") == "clip.mp4");
  CHECK(without_password("a@b.mp4") == "a@b.mp4");
  CHECK(without_password("0") == "0");
  CHECK(without_password("").empty());
}

TEST_CASE("NAME=SOURCE") {
  const auto parsed = [](const std::string& argument) {
    const auto [name, spec] = parse_source_spec(argument);
    return name + " " + spec;
  };
  CHECK(parsed("front=rtsp://user:secret@host/x") == "front rtsp://user:secret@host/x");
  CHECK(parsed("rtsp://user:secret@host/x") == "rtsp://host/x rtsp://user:secret@host/x");
  CHECK(parsed("http://host/?a=b") == "http://host/ http://host/?a=b");
  CHECK(parsed("0") == "camera0 0");
  CHECK(parsed("Door_1.a-b=0") == "Door_1.a-b 0");
  CHECK(parsed("a b=c.mp4") == "a b=c.mp4 a b=c.mp4");
  CHECK(parsed("=c.mp4") == "=c.mp4 =c.mp4");
  CHECK(parsed("clip=a=b.mp4") == "clip a=b.mp4");
  CHECK(parsed("/dev/video0") == "/dev/video0 /dev/video0");
  CHECK_THROWS_AS(parse_source_spec(""), UsageError);
  CHECK_THROWS_AS(parse_source_spec("front="), UsageError);
}

TEST_CASE("an argument that names a file has no name") {
  const TempFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write(folder / "front=1.mp4", "");
  CHECK(parse_source_spec("front=1.mp4").name == "front=1.mp4");
  CHECK(parse_source_spec("front=2.mp4").name == "front");
  std::filesystem::current_path(before);
}

TEST_CASE("sources in files and variables") {
  const TempFolder folder;
  const std::string file = (folder / "door").string();
  write(file, "rtsp://user:secret@host/x \r\nignored\n");
  CHECK(parse_source_spec("@" + file).spec == "rtsp://user:secret@host/x");
  CHECK(parse_source_spec("@" + file).name == "rtsp://host/x");
  CHECK(parse_source_spec("door=@" + file).name == "door");
  CHECK_THROWS_AS(parse_source_spec("@" + file + "-none"), UsageError);
  write(file, "\n");
  CHECK_THROWS_AS(parse_source_spec("@" + file), UsageError);
  CHECK_THROWS_WITH(parse_source_spec("@/dev/zero"), Catch::Contains("over 4,096 bytes"));

  ::setenv("FACEATT_TEST_DOOR", "rtsp://user:secret@host/y", 1);
  CHECK(parse_source_spec("env:FACEATT_TEST_DOOR").name == "rtsp://host/y");
  CHECK(parse_source_spec("door=env:FACEATT_TEST_DOOR").spec == "rtsp://user:secret@host/y");
  ::unsetenv("FACEATT_TEST_DOOR");
  CHECK_THROWS_WITH(parse_source_spec("env:FACEATT_TEST_DOOR"), Catch::Contains("FACEATT_TEST_DOOR"));
}

TEST_CASE("every source has a name of its own") {
  CHECK(parse_source_specs({"0", "1", "a=2"}).size() == 3);
  CHECK_THROWS_WITH(parse_source_specs({"0", "0"}), Catch::Contains("camera0") && Catch::Contains("names"));
  CHECK_THROWS_WITH(parse_source_specs({"http://h/x?key=1", "http://h/x?key=2"}), !Catch::Contains("key"));
}

TEST_CASE("live or not") {
  CHECK(is_live_spec("0"));
  CHECK(is_live_spec("/dev/v4l/by-id/usb-1"));
  CHECK(is_live_spec("/dev/video2"));
  CHECK_FALSE(is_live_spec("/dev/shm/x.mp4"));
  CHECK(is_live_spec("rtsp://host/x"));
  CHECK_FALSE(is_live_spec("file:///tmp/x.mp4"));
  CHECK_FALSE(is_live_spec("x.mp4"));
  CHECK_FALSE(is_live_spec("-1"));
}

TEST_CASE("hide_password") {
  const auto hidden = [](std::string argument) {
    hide_password(argument.data());
    return argument;
  };
  CHECK(hidden("rtsp://user:p?ss@host/x?a=1") == "rtsp://*********@host/x?***");
  CHECK(hidden("front=rtsp://user:secret@host/x") == "front=rtsp://***********@host/x");
  CHECK(hidden("rtsp://user:se/cr@et@host:554/x") == "rtsp://*************@host:554/x");
  CHECK(hidden("http://host/x?token=1") == "http://host/x?*******");
  CHECK(hidden("rtsp://host:554/x") == "rtsp://host:554/x");
  CHECK(hidden("clip?.mp4") == "clip?.mp4");
  CHECK(hidden("0") == "0");
  CHECK(hidden("").empty());
}
