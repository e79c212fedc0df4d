#include "faceatt/core/notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdlib>
#include <thread>

#include "helpers.hpp"

using namespace faceatt;
using namespace faceatt::test;

namespace {

// In place of the service manager.
class Manager {
 public:
  explicit Manager(const std::string& address) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    address.copy(at.sun_path, address.size());
    if (address[0] == '@') at.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&at), size) == 0);
    ::setenv("NOTIFY_SOCKET", address.c_str(), 1);
  }
  ~Manager() { ::unsetenv("NOTIFY_SOCKET"); }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  // The next message; empty when there is none.
  std::string heard() {
    std::array<char, 4096> bytes;
    const ssize_t n = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    return n < 0 ? "" : std::string(bytes.data(), static_cast<std::size_t>(n));
  }

 private:
  Descriptor socket_;
};

void talk(Manager& manager) {
  ServiceNotifier service;
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);  // not for the commands that are run
  service.turn();
  CHECK(manager.heard().empty());  // nobody asked for it
  service.ready();
  CHECK(manager.heard() == "READY=1");
  service.status("2 people, Jos\u00E9\n\x1b[31m");
  CHECK(manager.heard() == "STATUS=2 people, Jos\u00E9\uFFFD\uFFFD[31m");
  service.status("2 people, Jos\u00E9\n\x1b[31m");
  CHECK(manager.heard().empty());
  service.reloading();
  CHECK_THAT(manager.heard(), Catch::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  service.stopping();
  CHECK(manager.heard() == "STOPPING=1");
}

}  // namespace

TEST_CASE("the service manager is told through a socket in a folder, or an abstract one") {
  const TempFolder folder;
  Manager in_folder(folder / "notify");
  talk(in_folder);
  Manager abstract(fmt::format("@faceatt-unit-{}", ::getpid()));
  talk(abstract);
}

TEST_CASE("without a manager, or with one that has gone, nothing happens") {
  for (const char* address : {"", "relative", "/nobody/listens", "@"}) {
    ::setenv("NOTIFY_SOCKET", address, 1);
    ::setenv("WATCHDOG_USEC", "1000", 1);
    ServiceNotifier service;
    service.ready();
    service.turn();
    service.status("x");
    CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
  }
  ::setenv("NOTIFY_SOCKET", ("/" + std::string(500, 'x')).c_str(), 1);
  ServiceNotifier().ready();
}

TEST_CASE("the watchdog is fed twice in its time, by the process it is for") {
  const TempFolder folder;
  Manager manager(folder / "notify");
  const auto feed = [&](const char* microseconds, const std::string& pid) {
    ::setenv("NOTIFY_SOCKET", (folder / "notify").c_str(), 1);
    ::setenv("WATCHDOG_USEC", microseconds, 1);
    ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return ServiceNotifier();
  };
  const std::string mine = std::to_string(::getpid());
  ServiceNotifier service = feed("200000", mine);
  REQUIRE(service.watchdog() == std::chrono::milliseconds(200));
  service.turn();
  CHECK(manager.heard() == "WATCHDOG=1");
  service.turn();
  CHECK(manager.heard().empty());
  std::this_thread::sleep_for(std::chrono::milliseconds(110));
  CHECK(manager.heard().empty());  // not by itself
  service.turn();
  CHECK(manager.heard() == "WATCHDOG=1");
  CHECK_FALSE(feed("200000", "1").watchdog());
  CHECK_FALSE(feed("0", mine).watchdog());
  CHECK_FALSE(feed("soon", mine).watchdog());
  CHECK(feed("5", "").watchdog());
}
