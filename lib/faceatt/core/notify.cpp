#include "faceatt/core/notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr timeval kMostWait = {1, 0};  // for a manager that is busy

std::string taken_from_environment(const char* name) {
  const char* const value = ::getenv(name);
  std::string text = value == nullptr ? "" : value;
  ::unsetenv(name);
  return text;
}

std::optional<std::uint64_t> number(const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

}  // namespace

ServiceNotifier::ServiceNotifier() : address_(taken_from_environment("NOTIFY_SOCKET")) {
  const auto microseconds = number(taken_from_environment("WATCHDOG_USEC"));
  const std::string pid = taken_from_environment("WATCHDOG_PID");
  // A path, or with '@' a name in the abstract name space.
  const bool is_valid = (address_.starts_with('/') || address_.starts_with('@')) && address_.size() > 1 &&
                        address_.size() < sizeof(sockaddr_un::sun_path);
  if (!is_valid) return;
  socket_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket_) return;
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kMostWait, sizeof kMostWait);
  const bool is_ours = pid.empty() || number(pid) == static_cast<std::uint64_t>(::getpid());
  if (microseconds && *microseconds > 0 && is_ours) watchdog_ = std::chrono::microseconds(*microseconds);
}

void ServiceNotifier::send(std::string_view message) const {
  if (!socket_) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::copy(address_.begin(), address_.end(), std::begin(to.sun_path));
  if (address_.starts_with('@')) to.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
}

void ServiceNotifier::ready() { send("READY=1"); }

void ServiceNotifier::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::int64_t microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

void ServiceNotifier::stopping() { send("STOPPING=1"); }

void ServiceNotifier::status(const std::string& line) {
  if (!socket_ || line == status_) return;
  status_ = line;
  send("STATUS=" + printable(line));
}

void ServiceNotifier::turn() {
  if (!watchdog_) return;
  const auto now = Clock::now();
  if (fed_ && now - *fed_ < *watchdog_ / 2) return;
  fed_ = now;
  send("WATCHDOG=1");
}

}  // namespace faceatt
