// A TCP connection to a server of the store. Of connection.cpp and tls.cpp.
#pragma once

#include <chrono>

#include "faceatt/core/file.hpp"
#include "faceatt/store/url.hpp"

namespace faceatt {

using StoreClock = std::chrono::steady_clock;

// Tries all addresses that the host has. No child process inherits the socket. Throws StoreGone. Asking for the
// addresses is the system's business and has a time of its own (resolv.conf), which comes on top of `timeout`.
Descriptor connect_tcp(const StoreEndpoint& server, std::chrono::milliseconds timeout);

// Waits until `fd` is ready for `events` of poll(), or has failed; false when `deadline` has passed.
bool wait_for(int fd, short events, StoreClock::time_point deadline);

void set_blocking(int fd, bool is_blocking);

}  // namespace faceatt
