#include "faceatt/store/socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <memory>
#include <string>

#include "faceatt/store/link.hpp"

namespace faceatt {
namespace {

using std::chrono::milliseconds;

// A server that was switched off is noticed after about half a minute, even when nothing is asked of it.
constexpr int kProbeAfterSeconds = 15, kProbeEverySeconds = 5, kProbes = 3;

void set_option(int fd, int level, int name, int value) { ::setsockopt(fd, level, name, &value, sizeof value); }

// An errno; 0 when it is connected.
int try_connect(int fd, const addrinfo& address, StoreClock::time_point deadline) {
  if (::connect(fd, address.ai_addr, address.ai_addrlen) == 0) return 0;
  if (errno != EINPROGRESS && errno != EINTR) return errno;
  if (!wait_for(fd, POLLOUT, deadline)) return ETIMEDOUT;
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

bool wait_for(int fd, short events, StoreClock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - StoreClock::now()).count();
    pollfd polled{fd, events, 0};
    const int ready = ::poll(&polled, 1, static_cast<int>(std::clamp<long>(left, 0, std::numeric_limits<int>::max())));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (ready == 0) return false;
  }
}

void set_blocking(int fd, bool is_blocking) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, is_blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

Descriptor connect_tcp(const StoreEndpoint& server, milliseconds timeout) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(server.host.c_str(), std::to_string(server.port).c_str(), &wanted, &found);
  if (error != 0) {
    throw StoreGone(
        fmt::format("{}: {}", server.text(), error == EAI_SYSTEM ? errno_text(errno) : gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, ::freeaddrinfo);
  int left = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next) ++left;

  const auto deadline = StoreClock::now() + timeout;
  int why = 0;
  for (const addrinfo* address = found; address != nullptr; address = address->ai_next, --left) {
    Descriptor fd(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) {
      why = errno;
      continue;
    }
    // One that does not answer leaves time to those after it.
    const auto now = StoreClock::now();
    const int failure = try_connect(fd.get(), *address, now + std::max(deadline - now, StoreClock::duration{}) / left);
    if (failure == 0) {
      set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);
      set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, kProbeAfterSeconds);
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, kProbeEverySeconds);
      set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, kProbes);
      set_blocking(fd.get(), true);
      return fd;
    }
    why = failure;
  }
  throw StoreGone(fmt::format("{}: {}", server.text(), errno_text(why)));
}

}  // namespace faceatt
