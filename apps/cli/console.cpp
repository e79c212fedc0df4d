#include "cli/console.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "faceatt/core/text.hpp"

namespace faceatt::cli {
namespace {

constexpr std::size_t kBarWidth = 20;  // columns
constexpr auto kInterval = std::chrono::milliseconds(100);

}  // namespace

void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Read-only for standard output, too: writing to it fails as before.
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

int standard_error() {
  // The library points descriptor 2 elsewhere while OpenCV's decoders talk, and that must not swallow our own messages
  // when it does so in another thread.
  static const int descriptor = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  return descriptor;
}

void say(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(standard_error(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

bool terminal_is_utf8() {
  return is_utf8_locale({std::getenv("LC_ALL"), std::getenv("LC_CTYPE"), std::getenv("LANG")});
}

std::size_t terminal_width() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  std::size_t width = 0;
  if (columns != nullptr) std::from_chars(columns, columns + std::strlen(columns), width);
  return width > 0 ? width : 80;
}

void Progress::show(const std::string& program, const std::string& what, std::size_t done, std::size_t total) {
  if (::isatty(STDERR_FILENO) == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (done <= 1 || what != what_) {
    what_ = what;
    begun_ = now;
    drawn_ = {};
  }
  if (total > 0 && done >= total) return hide();
  if (now - drawn_ < kInterval) return;
  drawn_ = now;
  const double spent = std::chrono::duration<double>(now - begun_).count();
  const double rate = spent > 0 ? static_cast<double>(done) / spent : 0;
  std::string line = fmt::format("\r\x1b[K{}: {} ", program, what);
  if (total > 0) {
    const auto filled = done * kBarWidth / total;
    line += fmt::format("[{:=<{}}{: <{}}] {}/{}", "", filled, "", kBarWidth - filled, done, total);
  } else {
    line += std::to_string(done);
  }
  if (spent > 2 && rate > 0) {
    line += fmt::format("  {:.0f}/s", rate);
    if (total > 0) line += fmt::format(", {:.0f} s left", static_cast<double>(total - done) / rate);
  }
  say(line);
  shown_ = true;
}

void Progress::hide() {
  if (shown_) say("\r\x1b[K");
  shown_ = false;
}

}  // namespace faceatt::cli
