#include "faceatt/core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

std::string input_error(const auto& what) {
  try {
    what();
  } catch (const Error& e) {
    CHECK(e.code() == ErrorCode::kInput);
    return e.what();
  }
  return "no error";
}

}  // namespace

TEST_CASE("sha256 known answers") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("replace_file writes the whole file, private, and leaves nothing else") {
  const TempFolder folder;
  const auto file = folder / "file";
  const ::mode_t before = ::umask(0);
  replace_file(file, "one");
  ::umask(before);
  CHECK(slurp(file) == "one");
  CHECK(mode_of(file) == 0600);
  const std::string bytes("two\0three", 9);
  replace_file(file, bytes);
  CHECK(slurp(file) == bytes);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("create_file never replaces") {
  const TempFolder folder;
  const auto file = folder / "a";
  CHECK(create_file(file, "one"));
  CHECK_FALSE(create_file(file, "two"));
  CHECK(read_file(file, 100) == "one");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("replace_file that fails leaves the old file and no other") {
  const TempFolder folder;
  CHECK_THROWS_AS(replace_file(folder / "none" / "file", "x"), std::system_error);
  std::filesystem::create_directory(folder / "dir");
  CHECK_THROWS_AS(replace_file(folder / "dir", "x"), std::system_error);  // a folder is in the way
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);

  write(folder / "closed" / "file", "old");
  ::chmod((folder / "closed").c_str(), 0555);
  {
    const AsNobody nobody;
    CHECK_THROWS_AS(replace_file(folder / "closed" / "file", "new"), std::system_error);
  }
  CHECK(slurp(folder / "closed" / "file") == "old");
  ::chmod((folder / "closed").c_str(), 0755);
}

TEST_CASE("read_file says why it cannot") {
  const TempFolder folder;
  write(folder / "file", "12345");
  CHECK(read_file(folder / "file", 5) == "12345");
  const std::string name = (folder / "file").string();
  CHECK_THAT(input_error([&] { read_file(folder / "file", 4); }), Catch::StartsWith(name + ": "));
  CHECK(input_error([&] { read_file(folder / "none", 9); }) ==
        (folder / "none").string() + ": No such file or directory");
  CHECK_THAT(input_error([&] { read_file(folder.path(), 9); }), Catch::Contains("is a folder"));
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THAT(input_error([&] { read_file(folder / "loop", 9); }), Catch::Contains("loop: "));
  ::chmod(name.c_str(), 0000);
  const AsNobody nobody;
  CHECK_THAT(input_error([&] { read_file(folder / "file", 9); }), Catch::Contains("Permission denied"));
}

TEST_CASE("read_file refuses a FIFO and does not wait for a writer") {
  const TempFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0666) == 0);
  ::alarm(20);  // a hang would end the tests
  CHECK_THAT(input_error([&] { read_file(folder / "fifo", 9); }), Catch::Contains("not a regular file"));
  CHECK_FALSE(stamp_of(folder / "fifo"));
  ::alarm(0);
}

TEST_CASE("write_all reports a closed descriptor") { CHECK_THROWS_AS(write_all(-1, "x"), std::system_error); }

TEST_CASE("private folders") {
  const TempFolder folder;
  const ::mode_t before = ::umask(0);
  make_private_folder(folder / "a" / "b");
  ::umask(before);
  CHECK(mode_of(folder / "a") == 0700);
  CHECK(mode_of(folder / "a" / "b") == 0700);
  std::filesystem::create_directory(folder / "open");
  ::chmod((folder / "open").c_str(), 0755);
  CHECK_NOTHROW(make_private_folder(folder / "open"));
  CHECK(mode_of(folder / "open") == 0755);  // somebody's choice
  write(folder / "file", "");
  CHECK_THROWS_AS(make_private_folder(folder / "file" / "b"), std::system_error);
  CHECK_THROWS_AS(make_private_folder(folder / "file"), std::system_error);
}

TEST_CASE("a stamp tells that a file was touched") {
  const TempFolder folder;
  CHECK_FALSE(stamp_of(folder / "none"));
  CHECK_FALSE(stamp_of(folder.path()));
  write(folder / "file", "one");
  const auto first = stamp_of(folder / "file");
  REQUIRE(first);
  CHECK(*first == *stamp_of(folder / "file"));
  CHECK(first->size == 3);
  replace_file(folder / "file", "two");
  CHECK_FALSE(*first == *stamp_of(folder / "file"));
}

TEST_CASE("descriptors close themselves once") {
  const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  REQUIRE(fd >= 0);
  {
    Descriptor one(fd);
    Descriptor two(std::move(one));
    CHECK(two.get() == fd);
    Descriptor three;
    CHECK_FALSE(three);
    three = std::move(two);
    CHECK(three);
  }
  CHECK(::fcntl(fd, F_GETFD) == -1);
}

TEST_CASE("file: rewritten in place of the old one, with its mode, through a link") {
  const TempFolder folder;
  write(folder / "f", "old");
  write(folder / ".f.new", "left by a crash");
  ::chmod((folder / "f").c_str(), 0640);
  std::filesystem::create_symlink("f", folder / "link");
  rewrite_file(folder / "link", "new");
  CHECK(slurp(folder / "f") == "new");
  CHECK(mode_of(folder / "f") == 0640);
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK_FALSE(std::filesystem::exists(folder / ".f.new"));
  CHECK_THROWS_AS(rewrite_file(folder / "none", "x"), std::system_error);
}

TEST_CASE("file: a rename never replaces") {
  const TempFolder folder;
  write(folder / "a/x", "1");
  write(folder / "b", "2");
  CHECK_FALSE(rename_new(folder / "a", folder / "b"));
  CHECK(slurp(folder / "b") == "2");
  CHECK(rename_new(folder / "a", folder / "c"));
  CHECK(slurp(folder / "c/x") == "1");
  CHECK_THROWS_AS(rename_new(folder / "a", folder / "d"), std::system_error);
}

TEST_CASE("lies in: by whatever name, there or not") {
  const TempFolder folder;
  const auto people = folder.path() / "people";
  std::filesystem::create_directories(people / "seen");
  std::filesystem::create_directory_symlink(people, folder.path() / "link");
  CHECK(lies_in(people, people));
  CHECK(lies_in(people / "seen" / "deep" / "none", people));
  CHECK(lies_in(folder.path() / "link" / "seen", people));
  CHECK(lies_in(people / "seen", folder.path() / "link" / ".." / "link"));
  CHECK_FALSE(lies_in(folder.path(), people));
  CHECK_FALSE(lies_in(folder.path() / "people2", people));
  CHECK_FALSE(lies_in(people / ".." / "people2", people));
}

TEST_CASE("file: the first line, and no more than a line") {
  const TempFolder folder;
  const auto first = [&](std::string_view bytes) {
    write(folder / "f", bytes);
    return read_first_line(folder / "f");
  };
  CHECK(first("one\ntwo\n") == "one");
  CHECK(first("one") == "one");
  CHECK(first("\none").empty());
  CHECK(first("").empty());
  CHECK(first(std::string(4096, 'x') + "\ny") == std::string(4096, 'x'));
  CHECK(first(std::string(4096, 'x')) == std::string(4096, 'x'));
  CHECK(first(std::string(4097, 'x') + "\ny").empty());
  CHECK(first(std::string(9000, 'x')).empty());
  CHECK(read_first_line(folder / "none").empty());
  CHECK(read_first_line(folder.path()).empty());
  CHECK(read_first_line("/dev/zero").empty());
}

TEST_CASE("file: a stream is read to its end or its limit") {
  const TempFolder folder;
  const std::string bytes(3'000'000, 'x');
  write(folder / "f", bytes);
  const auto read = [&](std::uint64_t limit) {
    const Descriptor file(::open((folder / "f").c_str(), O_RDONLY));
    return read_stream(file.get(), "f", limit);
  };
  CHECK(read(bytes.size()) == bytes);
  CHECK_THROWS_WITH(read(2 << 20), "f: over the limit of 2 MB");
  CHECK_THROWS_AS(read_stream(-1, "f", 1), Error);
}
