#include "faceatt/pipeline/inbox.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <thread>

#include "faceatt/core/error.hpp"
#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;
namespace fs = std::filesystem;

namespace {

// As after so long: what the tests have just written has settled.
auto in(std::chrono::seconds span) {
  return [span] { return std::chrono::system_clock::now() + span; };
}

InboxOptions options(const TempFolder& folder) {
  InboxOptions options;
  options.inbox = folder / "in";
  options.done = folder / "done";
  options.now = in(std::chrono::hours(1));
  return options;
}

Inbox opened(const InboxOptions& options) {
  auto inbox = Inbox::open(options);
  REQUIRE(inbox);
  return std::move(*inbox);
}

// Sets the modification time, `seconds` since 1970.
void touch(const fs::path& path, std::int64_t seconds) {
  const timespec times[2] = {{seconds, 0}, {seconds, 0}};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
}

std::vector<std::string> names(const InboxListing& listing) {
  std::vector<std::string> names;
  for (const auto& photo : listing.photos) names.push_back(photo.name.string());
  return names;
}

// Everything below `folder` but folders, with its bytes.
std::map<std::string, std::string> files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = slurp(entry.path());
  }
  return files;
}

using Files = std::map<std::string, std::string>;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("inbox: all regular files but those being copied, the oldest first") {
  const TempFolder folder;
  for (const char* name : {"b.jpg", "a.jpg", "room12/c.heic", "text", "done/x.jpg", ".hidden.jpg", ".d/x.jpg", "x.part",
                           "x.PARTIAL", "x.tmp", "x.crdownload", "x.filepart", "x.jpg~"}) {
    write(folder / "in" / name, name);
  }
  write(folder / "elsewhere" / "y.jpg", "y");
  fs::create_symlink(folder / "elsewhere" / "y.jpg", folder / "in" / "link.jpg");
  fs::create_symlink(folder / "elsewhere", folder / "in" / "link");
  REQUIRE(::mkfifo((folder / "in" / "fifo").c_str(), 0600) == 0);
  touch(folder / "in" / "room12" / "c.heic", 1000);
  touch(folder / "in" / "text", 3000);
  for (const char* name : {"a.jpg", "b.jpg"}) touch(folder / "in" / name, 2000);
  auto o = options(folder);
  o.done = folder / "in" / "done";
  Inbox inbox = opened(o);
  const InboxListing listing = inbox.list();
  CHECK(names(listing) == Names{"room12/c.heic", "a.jpg", "b.jpg", "text"});
  CHECK(listing.photos[0].path == folder / "in" / "room12" / "c.heic");
  CHECK(listing.unreadable.empty());
  CHECK(inbox.left() == 0);
}

TEST_CASE("inbox: photos go to done with their folder, name, time and bytes") {
  const TempFolder folder;
  write(folder / "in" / "room12" / "a.jpg", "one");
  touch(folder / "in" / "room12" / "a.jpg", 1000);
  Inbox inbox = opened(options(folder));
  const auto photos = inbox.list().photos;
  REQUIRE(photos.size() == 1);
  CHECK(inbox.move_to_done(photos[0]));
  CHECK(files(folder / "in").empty());
  CHECK(files(folder / "done") == Files{{"room12/a.jpg", "one"}});
  CHECK(stamp_of(folder / "done" / "room12" / "a.jpg")->mtime_ns == 1000'000'000'000);
  CHECK(mode_of(folder / "done") == 0700);
  CHECK(mode_of(folder / "done" / "room12") == 0700);
}

TEST_CASE("inbox: nothing in done is replaced, and the same photo is there once") {
  const TempFolder folder;
  write(folder / "done" / "a.jpg", "one");
  write(folder / "done" / "a-2.jpg", "two");
  write(folder / "in" / "a.jpg", "three");
  Inbox inbox = opened(options(folder));
  CHECK(inbox.move_to_done(inbox.list().photos.at(0)));
  const Files all{{"a.jpg", "one"}, {"a-2.jpg", "two"}, {"a-3.jpg", "three"}};
  CHECK(files(folder / "done") == all);
  for (const char* bytes : {"one", "two", "three"}) {
    write(folder / "in" / "a.jpg", bytes);
    CHECK(inbox.move_to_done(inbox.list().photos.at(0)));
    CHECK(files(folder / "done") == all);
    CHECK(files(folder / "in").empty());
  }
}

TEST_CASE("inbox: what fails is set aside with its reason") {
  const TempFolder folder;
  write(folder / "in" / "room12" / "a.txt", "one");
  Inbox inbox = opened(options(folder));
  CHECK(inbox.set_aside(inbox.list().photos.at(0), "no picture", false));
  CHECK(files(folder / "in").empty());
  Files all{{"failed/room12/a.txt", "one"}, {"failed/room12/a.txt.txt", "no picture\n"}};
  CHECK(files(folder / "done") == all);

  // A reason never replaces a photo, nor a photo a reason.
  write(folder / "in" / "room12" / "a", "two");
  write(folder / "done" / "failed" / "room12" / "a.txt", "one");
  write(folder / "in" / "room12" / "a.txt.txt", "three");
  for (const auto& photo : inbox.list().photos) CHECK(inbox.set_aside(photo, "no picture", false));
  all["failed/room12/a-2"] = "two";
  all["failed/room12/a-2.txt"] = all["failed/room12/a.txt-2.txt.txt"] = "no picture\n";
  all["failed/room12/a.txt-2.txt"] = "three";
  CHECK(files(folder / "done") == all);

  // After a crash between reason and move.
  write(folder / "in" / "b.jpg", "b");
  write(folder / "done" / "failed" / "b.jpg.txt", "no picture\n");
  CHECK(inbox.set_aside(inbox.list().photos.at(0), "no picture", false));
  all["failed/b.jpg"] = "b";
  all["failed/b.jpg.txt"] = "no picture\n";
  CHECK(files(folder / "done") == all);
}

TEST_CASE("inbox: a file that has not settled is left") {
  const TempFolder folder;
  const auto photo = folder / "in" / "a.jpg";
  write(photo, "one");
  auto o = options(folder);
  const auto listed = [&] {
    Inbox inbox = opened(o);
    const std::size_t n = inbox.list().photos.size();
    CHECK(inbox.left() == 1 - n);
    return n;
  };
  o.now = in(std::chrono::seconds(0));
  CHECK(listed() == 0);
  touch(photo, 1000);  // as cp -p does: changed just now all the same
  CHECK(listed() == 0);
  o.now = in(std::chrono::seconds(11));
  CHECK(listed() == 1);
  touch(photo, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 13);  // by another clock
  CHECK(listed() == 0);
  touch(photo, std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) + 86400);  // by a wrong one
  CHECK(listed() == 1);
  o.now = in(std::chrono::seconds(0));
  o.settle = std::chrono::seconds(0);
  CHECK(listed() == 1);
}

TEST_CASE("inbox: a file that is open for writing is left") {
  const TempFolder folder;
  const auto photo = folder / "in" / "a.jpg";
  write(photo, "one");
  Inbox inbox = opened(options(folder));
  const auto listed = inbox.list().photos;
  REQUIRE(listed.size() == 1);
  {
    const Descriptor reader(::open(photo.c_str(), O_RDONLY | O_CLOEXEC));
    CHECK_FALSE(is_open_for_writing(photo));
  }
  {
    const Descriptor writer(::open(photo.c_str(), O_WRONLY | O_CLOEXEC));
    if (!is_open_for_writing(photo)) return;  // no leases on this file system
    CHECK(inbox.list().photos.empty());
    CHECK(inbox.left() == 1);
    CHECK_FALSE(inbox.move_to_done(listed[0]));
  }
  CHECK(inbox.move_to_done(listed[0]));
}

TEST_CASE("is_open_for_writing: who opens a file meanwhile ends nobody") {
  const TempFolder folder;
  const auto file = folder / "a.jpg";
  write(file, "one");
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) Descriptor(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  });
  for (int i = 0; i < 2000; ++i) is_open_for_writing(file);
  stop = true;
  writer.join();
  CHECK_FALSE(is_open_for_writing(file));
  CHECK_FALSE(is_open_for_writing(folder / "none"));
}

TEST_CASE("inbox: a photo that changes while it is processed stays") {
  const TempFolder folder;
  const auto photo = folder / "in" / "a.jpg";
  write(photo, "one");
  Inbox inbox = opened(options(folder));
  const auto listed = inbox.list().photos;
  REQUIRE(listed.size() == 1);
  write(photo, "three");
  CHECK_FALSE(inbox.move_to_done(listed[0]));
  CHECK_FALSE(inbox.set_aside(listed[0], "no picture", false));
  fs::remove(photo);
  CHECK_FALSE(inbox.move_to_done(listed[0]));
  CHECK(inbox.left() == 3);
  CHECK(files(folder / "done").empty());
}

TEST_CASE("inbox: a damaged photo has ten minutes to become whole") {
  const TempFolder folder;
  write(folder / "in" / "a.jpg", "one");
  auto o = options(folder);
  const auto set_aside = [&] {
    Inbox inbox = opened(o);
    return inbox.set_aside(inbox.list().photos.at(0), "cut short", true);
  };
  o.now = in(std::chrono::minutes(9));
  CHECK_FALSE(set_aside());
  CHECK(files(folder / "done").empty());
  o.now = in(std::chrono::minutes(11));
  CHECK(set_aside());
  write(folder / "in" / "b.jpg", "two");
  o.now = in(std::chrono::seconds(0));
  o.settle = std::chrono::seconds(0);
  CHECK(set_aside());
}

TEST_CASE("inbox: one process at a time, also after kill -9") {
  const TempFolder folder;
  write(folder / "in" / "a.jpg", "one");
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto inbox = Inbox::open(options(folder));
    const char byte = inbox ? 'y' : 'n';
    if (::write(ready[1], &byte, 1) != 1) std::_Exit(1);
    for (;;) ::pause();
  }
  char byte = 0;
  CHECK(::read(ready[0], &byte, 1) == 1);
  CHECK(byte == 'y');
  CHECK_FALSE(Inbox::open(options(folder)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  CHECK(Inbox::open(options(folder)));
  CHECK(files(folder / "in").size() == 1);  // no lock file
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("inbox: a dry run makes and moves nothing") {
  const TempFolder folder;
  write(folder / "in" / "a.jpg", "one");
  auto o = options(folder);
  o.dry_run = true;
  Inbox inbox = opened(o);
  const auto photos = inbox.list().photos;
  REQUIRE(photos.size() == 1);
  CHECK(inbox.move_to_done(photos[0]));
  CHECK(inbox.set_aside(photos[0], "no picture", false));
  CHECK(files(folder.path()) == Files{{"in/a.jpg", "one"}});
  CHECK_FALSE(fs::exists(folder / "done"));
}

TEST_CASE("inbox: folders that cannot be meant or used") {
  const TempFolder folder;
  auto o = options(folder);
  const auto why = [&]() -> std::string {
    try {
      Inbox::open(o);
    } catch (const UsageError& e) {
      return e.what();
    } catch (const Error& e) {
      CHECK(e.code() == ErrorCode::kCannotRun);
      return e.what();
    }
    return "opened";
  };
  const auto contains = [](const std::string& text) { return Catch::Contains(text); };
  CHECK_THAT(why(), contains("in: no such folder"));
  write(folder / "in", "a file");
  CHECK_THAT(why(), contains("in: is not a folder"));
  fs::remove(folder / "in");
  fs::create_directory(folder / "in");
  write(folder / "done", "a file");
  CHECK_THAT(why(), contains("done: Not a directory"));
  fs::remove(folder / "done");
  fs::create_directory_symlink(folder / "in", folder / "link");
  o.done = folder / "link";
  CHECK_THAT(why(), contains("link: is the inbox, too"));
  o.done = folder / "in" / "done";
  o.kept = {folder / "in" / "people"};
  CHECK_THAT(why(), contains("people: lies in the inbox"));
  o.kept = {folder / "in" / "done" / "Attendance.csv", folder / "inbox2"};
  CHECK(why() == "opened");
  {
    const AsNobody nobody;
    o.kept.clear();
    o.done = folder / "mine";
    CHECK_THAT(why(), contains("in: photos cannot be taken from it: Permission denied"));
  }
  ::chmod((folder / "in").c_str(), 0777);
  fs::create_directory(folder / "mine");
  const AsNobody nobody;
  CHECK_THAT(why(), contains("mine: photos cannot be moved to it: Permission denied"));
}

TEST_CASE("inbox: a folder out of which nothing can be moved is named, and its photos are left out") {
  const TempFolder folder;
  write(folder / "in" / "a.jpg", "one");
  write(folder / "in" / "theirs" / "b.jpg", "two");
  ::chmod((folder / "in").c_str(), 0777);
  ::chmod((folder / "in" / "theirs").c_str(), 0755);
  if (::geteuid() != 0) ::chmod((folder / "in" / "theirs").c_str(), 0555);
  const AsNobody nobody;
  Inbox inbox = opened(options(folder));
  const InboxListing listing = inbox.list();
  CHECK(names(listing) == Names{"a.jpg"});
  CHECK(listing.unreadable == std::vector{folder / "in" / "theirs"});
}

TEST_CASE("inbox: done on another file system") {
  struct stat here {
  }, there{};
  const TempFolder folder;
  if (::stat("/dev/shm", &there) != 0 || ::stat(folder.path().c_str(), &here) != 0) return;
  std::string name = "/dev/shm/faceatt-unit-XXXXXX";
  if (here.st_dev == there.st_dev || ::mkdtemp(name.data()) == nullptr) return;
  const fs::path shm = name;
  write(folder / "in" / "a.jpg", std::string(3'000'000, 'x'));
  touch(folder / "in" / "a.jpg", 1000);
  write(folder / "in" / "b.jpg", "b");
  write(shm / "done" / ".a.jpg.part", "what a crash left");
  write(shm / "done" / "b.jpg", "other");
  auto o = options(folder);
  o.done = shm / "done";
  {
    Inbox inbox = opened(o);
    for (const auto& photo : inbox.list().photos) CHECK(inbox.move_to_done(photo));
    CHECK(files(folder / "in").empty());
    CHECK(files(shm / "done") == Files{{"a.jpg", std::string(3'000'000, 'x')}, {"b.jpg", "other"}, {"b-2.jpg", "b"}});
    CHECK(stamp_of(shm / "done" / "a.jpg")->mtime_ns == 1000'000'000'000);
    CHECK(mode_of(shm / "done" / "a.jpg") == 0600);
    write(folder / "in" / "b.jpg", "b");  // as after a crash between copying and removing
    CHECK(inbox.move_to_done(inbox.list().photos.at(0)));
    CHECK(files(folder / "in").empty());
    CHECK(files(shm / "done").size() == 3);
  }
  fs::remove_all(shm);
}
