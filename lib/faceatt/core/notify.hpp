// Tells the service manager how this program is doing: the protocol of sd_notify(3), without its library.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "faceatt/core/file.hpp"

namespace faceatt {

// Does nothing when no manager listens. One thread calls; what cannot be sent is lost.
class ServiceNotifier {
 public:
  // Takes NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment, so that no program that is run from
  // here speaks in our name. To be made before there are other threads.
  ServiceNotifier();

  void ready();
  void reloading();  // then ready() again
  void stopping();
  // One line for people; sent when it is another than the last.
  void status(const std::string& line);
  // For the main loop, each time it turns: keeps the manager's watchdog quiet, twice in the time that it allows.
  void turn();
  // Whether turn() has something to keep quiet, and how often.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  using Clock = std::chrono::steady_clock;
  void send(std::string_view message) const;

  Descriptor socket_;    // connected; none when no manager listens
  std::string address_;  // as NOTIFY_SOCKET has it
  std::optional<std::chrono::microseconds> watchdog_;
  std::optional<Clock::time_point> fed_;
  std::string status_;
};

}  // namespace faceatt
