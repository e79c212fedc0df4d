#include "cli/signals.hpp"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace faceatt::cli {
namespace {

std::atomic<int> g_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);
volatile std::sig_atomic_t g_hangup = 0;

// The first signal sets the flag, a second one ends the process.
void stop_at(std::initializer_list<int> signals) {
  struct sigaction action {};
  action.sa_handler = [](int signal) {
    int none = 0;
    if (g_signal.compare_exchange_strong(none, signal)) return;
    ::signal(signal, SIG_DFL);
    ::raise(signal);  // once this handler has returned
  };
  sigemptyset(&action.sa_mask);
  for (const int signal : signals) sigaddset(&action.sa_mask, signal);
  action.sa_flags = 0;  // blocking calls return, so that the loop can end
  for (const int signal : signals) ::sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_signals() { stop_at({SIGINT, SIGTERM}); }

int stop_signal() { return g_signal; }

void catch_hangup() {
  if (::isatty(STDIN_FILENO) != 0 || ::isatty(STDERR_FILENO) != 0) return stop_at({SIGHUP});
  struct sigaction action {};
  action.sa_handler = [](int) { g_hangup = 1; };
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGHUP, &action, nullptr);
}

bool take_hangup() {
  if (g_hangup == 0) return false;
  g_hangup = 0;  // one that comes now is answered with what is read from here on
  return true;
}

}  // namespace faceatt::cli
