#include "faceatt/vision/window.hpp"

#include "faceatt/core/error.hpp"

#ifdef FACEATT_WINDOW

#include <fcntl.h>
#include <fmt/format.h>
#include <opencv2/highgui/highgui_c.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <opencv2/highgui.hpp>
#include <utility>

#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr int kMaxSide = 1280;              // pixels of the window at first
constexpr unsigned int kProbeSeconds = 10;  // for a display that does not answer

Error no_display(const std::string& why) { return Error(ErrorCode::kCannotRun, "no display: " + why); }

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value ? value : "";
}

// Qt aborts, GTK exits when the display cannot be opened, for whatever reason. So a process of its own tries first.
bool display_opens() {
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);
    std::signal(SIGALRM, SIG_DFL);
    ::alarm(kProbeSeconds);
    const int nowhere = ::open("/dev/null", O_RDWR);
    if (nowhere < 0) ::_exit(1);
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
    char name[] = "faceatt";
    char* arguments[] = {name, nullptr};
    cvInitSystem(1, arguments);  // starts the toolkit, without a window
    ::_exit(0);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The toolkit takes the locale from the environment when it starts.
class KeepLocale {
 public:
  KeepLocale() : before_(std::setlocale(LC_ALL, nullptr)) {}
  ~KeepLocale() { std::setlocale(LC_ALL, before_.c_str()); }
  KeepLocale(const KeepLocale&) = delete;
  KeepLocale& operator=(const KeepLocale&) = delete;

 private:
  std::string before_;
};

class HighguiWindow final : public Window {
 public:
  explicit HighguiWindow(const std::string& title) : title_(title) {
    const KeepLocale locale;
    const StderrCapture capture;
    cv::namedWindow(title_, cv::WINDOW_NORMAL | cv::WINDOW_KEEPRATIO | cv::WINDOW_GUI_NORMAL);
  }
  ~HighguiWindow() override {
    try {
      if (!closed()) cv::destroyWindow(title_);
    } catch (const cv::Exception&) {  // NOLINT(bugprone-empty-catch): it is gone either way
    }
  }

  std::optional<char> show(const cv::Mat& image) override {
    if (shown_ && closed()) return 'q';  // imshow() would open another one
    if (!std::exchange(shown_, true)) {
      const double scale = std::min(1.0, static_cast<double>(kMaxSide) / std::max(image.cols, image.rows));
      cv::resizeWindow(title_, static_cast<int>(image.cols * scale), static_cast<int>(image.rows * scale));
    }
    cv::imshow(title_, image);
    const int key = cv::waitKeyEx(1) & 0xFFFF;  // X11's symbol; waitKey() takes the left arrow for a Q
    if (closed()) return 'q';
    return key > 0 && key < 128 ? std::optional(static_cast<char>(key)) : std::nullopt;
  }

 private:
  bool closed() const { return cv::getWindowProperty(title_, cv::WND_PROP_VISIBLE) < 1; }

  std::string title_;
  bool shown_ = false;
};

}  // namespace

std::unique_ptr<Window> Window::create(const std::string& title) {
  const std::string x11 = environment("DISPLAY"), wayland = environment("WAYLAND_DISPLAY"),
                    platform = environment("QT_QPA_PLATFORM");
  if (x11.empty() && wayland.empty() && platform.empty()) {
    throw no_display("a window needs a desktop (where DISPLAY or WAYLAND_DISPLAY is set)");
  }
  silence_opencv();
  ::setenv("QT_LOGGING_RULES", "*=false", 0);
  if (!display_opens()) {
    throw no_display(!platform.empty() ? fmt::format("QT_QPA_PLATFORM={} does not work here", platform)
                     : !x11.empty()    ? fmt::format("DISPLAY={} cannot be opened", x11)
                                       : fmt::format("{} cannot be opened; is qtwayland5 installed?", wayland));
  }
  return std::make_unique<HighguiWindow>(title);
}

}  // namespace faceatt

#else

namespace faceatt {

std::unique_ptr<Window> Window::create(const std::string&) {
  throw UsageError("this build has no window: configure with -DFACEATT_WINDOW=ON");
}

}  // namespace faceatt

#endif
