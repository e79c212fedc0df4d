#include "cli/tool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <iostream>
#include <system_error>

#include "cli/version.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt::cli {
namespace {

constexpr std::size_t kProgressWidth = 20;  // columns
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

std::atomic<int> g_signal = 0;
static_assert(std::atomic<int>::is_always_lock_free);
volatile std::sig_atomic_t g_hangup = 0;

const std::vector<SettingSpec>& all_settings() {
  static const std::vector<SettingSpec> specs = {
      {"db", "people"},
      {"log", "Attendance.csv"},
      {"models", default_models_folder()},
      {"format", "text", {"text", "csv", "tsv", "jsonl"}},
      {"level", "normal", {"strict", "normal", "loose"}},
      {"threshold", ""},
      {"detector", "yunet"},
      {"encoder", ""},
      {"liveness", "blink", {"off", "blink"}},
      {"strangers", ""},
      {"source", ""},
      {"keep_days", "30", {}, NumberRange{0, 36500, true}},
      {"keep_mb", "500", {}, NumberRange{0, 1e6, true}},
      {"fps", "0", {}, NumberRange{0, 1000}},
      {"threads", "0", {}, NumberRange{0, 64, true}},
  };
  return specs;
}

// A closed standard descriptor would be given to the next file that is opened, and records be written into that.
void open_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Read-only for standard output, too: writing to it fails as before.
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
  }
}

const char* environment(const char* name) { return std::getenv(name); }

void say(const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(standard_error(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

// Usage line, what it is for with examples, arguments, options, exit status. 80 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) {
    column_width(24);
    label("Positionals", "Arguments");
  }
  std::string make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode mode) const override {
    return usage_ + "\n\n" + app->get_description() + "\n" + make_positionals(app) + make_groups(app, mode) + "\n" +
           app->get_footer() + "\n";
  }
  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    std::string name = "  " + option->get_name(is_positional, true);
    if (is_positional) {
      name = "  " + option->get_name(true, false);
    } else if (option->get_type_size() != 0) {
      name += " " + option->get_type_name();
    }
    std::string text = option->get_description();
    if (!option->get_default_str().empty()) text += " [" + option->get_default_str() + "]";
    return fmt::format("{:<{}}{}\n", name, get_column_width(), text);
  }

 private:
  std::string usage_;
};

std::string help_of(const std::string& key) {
  if (key == "db") return "People folder";
  if (key == "log") return "Attendance log";
  if (key == "models") return "Folder with models.toml and the model files";
  if (key == "format") return "text, csv, tsv or jsonl";
  if (key == "level") return "How sure of a name to be: strict, normal, loose";
  if (key == "threshold") return "Least similarity for a name, instead of the level's";
  if (key == "detector") return "Finds faces: yunet, or hog (needs no model file)";
  if (key == "encoder") return "Encoder of models.toml, instead of its default";
  if (key == "liveness") return "What a live face has to show: blink, or off";
  if (key == "strangers") return "Folder for a picture of each stranger's visit";
  if (key == "source") return "Name of the camera in the log, instead of its own";
  if (key == "keep_days") return "Days that pictures are kept, 0: for ever";
  if (key == "keep_mb") return "Megabytes that pictures may take, 0: no limit";
  if (key == "fps") return "Frames to look at per second, 0: all";
  return "Processor threads to use, 0: as many as are good";
}

std::string type_of(const std::string& key) {
  if (key == "db" || key == "models" || key == "strangers") return "DIR";
  if (key == "log") return "FILE";
  if (key == "threshold" || key == "fps") return "X";
  if (key == "keep_days" || key == "keep_mb" || key == "threads") return "N";
  return "NAME";
}

std::vector<SettingSpec> specs_of(const std::vector<std::string>& keys) {
  std::vector<SettingSpec> mine;
  for (const auto& spec : all_settings()) {
    if (std::find(keys.begin(), keys.end(), spec.key) != keys.end()) mine.push_back(spec);
  }
  return mine;
}

// CLI11's sentence as the end of one line of ours.
std::string one_line(std::string message) {
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (const auto at = message.find("1 required "); at != std::string::npos)
    message.erase(at, 11);  // "--log: FILE missing"
  message.erase(message.find_last_not_of(" .") + 1);
  constexpr std::string_view kUnexpected = "The following argument was not expected: ";
  constexpr std::string_view kUnexpectedMany = "The following arguments were not expected: ";
  if (message.starts_with(kUnexpected)) return "unknown option or argument: " + message.substr(kUnexpected.size());
  if (message.starts_with(kUnexpectedMany))
    return "unknown options or arguments: " + message.substr(kUnexpectedMany.size());
  return message;
}

}  // namespace

std::string default_models_folder() {
  std::error_code error;
  const auto exe = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto installed = exe.parent_path().parent_path() / "share" / "faceatt" / "models";
    if (std::filesystem::exists(installed / "models.toml", error)) return installed.string();
  }
  return kSourceModels;
}

Tool::Tool(Description description)
    : app(description.text, description.name),
      settings(specs_of(description.settings)),
      description_(std::move(description)) {
  app.formatter(std::make_shared<HelpFormatter>("usage: " + description_.name + " " + description_.usage));
  app.footer(description_.footer);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", version_text(description_.name), "Print versions and licence, and exit");
  for (const auto& spec : specs_of(description_.settings)) {
    auto* option = app.add_option(flag_of(spec.key), flags_[spec.key], help_of(spec.key))->type_name(type_of(spec.key));
    if (!spec.built_in.empty() && spec.key != "models") option->default_str(spec.built_in);
  }
  app.add_option("--now", now_, "Take this for now, as in 2026-11-21T08:59:58+01:00")->type_name("TIME");
  app.add_flag("-q,--quiet", quiet_, "No warnings, no notes");
  app.add_flag("-v,--verbose", verbose_, "Say more on standard error");
  app.add_flag("--print-config", print_config_, "Print each setting and its origin, and exit");
}

int Tool::main(int argc, char** argv, const std::function<int()>& run) {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored, as some parents leave it, it would hide how our children end
  open_standard_descriptors();
  standard_error();  // remembers it
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    app.exit(help_or_version, std::cout);
    return flush_stdout();
  } catch (const CLI::ParseError& e) {
    error(one_line(e.what()) + "; see " + description_.name + " --help");
    return kUsage;
  }
  try {
    for (const auto& key : description_.settings) {
      if (app.count(flag_of(key)) > 0) settings.set_flag(key, flags_.at(key));
    }
    for (const auto* option : app.get_options()) {
      const auto& keys = description_.settings;
      const bool is_own = option->nonpositional() && std::none_of(keys.begin(), keys.end(), [&](const auto& key) {
                            return flag_of(key) == option->get_name();
                          });
      for (const auto& value : option->results()) {
        if (is_own && value.empty()) throw UsageError(option->get_name() + ": is empty");
      }
    }
    settings.resolve(environment);
    if (!now_.empty()) fixed_now_ = parse_time(now_);
    if (print_config_) {
      std::cout << settings.describe();
      return flush_stdout();
    }
    return run();
  } catch (const UsageError& e) {
    error(e.what());
    return kUsage;
  } catch (const Error& e) {
    error(e.what());
    return e.code() == ErrorCode::kInput ? kSomeFailed : kCannotRun;
  } catch (const std::bad_alloc&) {
    error("out of memory");
  } catch (const std::exception& e) {
    error(e.what());
  }
  return kCannotRun;
}

void Tool::add_group_option(const std::string& help) { app.add_option("--group", group_, help)->type_name("G"); }

std::vector<std::string> Tool::reload_settings(const std::function<void()>& apply) {
  Settings before = settings;
  try {
    auto changed = settings.reload(environment);
    if (apply) apply();
    return changed;
  } catch (...) {
    settings = std::move(before);
    throw;
  }
}

int Tool::flush_stdout() const {
  if (std::cout.flush() || errno == EPIPE) return kDone;
  error("standard output: " + std::generic_category().message(errno));
  return kCannotRun;
}

void Tool::error(const std::string& message) const {
  // One line, whatever the name of a file or a setting has in it.
  hide_progress();
  say(fmt::format("{}: {}\n", description_.name, printable(message)));
}

void Tool::warn(const std::string& message) const {
  if (!quiet_) error("warning: " + message);
}

void Tool::note(const std::string& message) const {
  if (!quiet_ && (verbose_ || ::isatty(STDERR_FILENO) != 0)) error(message);
}

void Tool::detail(const std::string& message) const {
  if (verbose_) error(message);
}

void Tool::warn_all(std::vector<std::string>& messages) const {
  for (const auto& message : messages) warn(message);
  messages.clear();
}

void Tool::progress(const std::string& what, std::size_t done, std::size_t total) const {
  if (quiet_ || ::isatty(STDERR_FILENO) == 0) return;
  const auto now = std::chrono::steady_clock::now();
  if (done <= 1 || what != progress_.what) progress_ = {what, now, {}, progress_.shown};
  if (total > 0 && done >= total) return hide_progress();
  if (now - progress_.drawn < kProgressInterval) return;
  progress_.drawn = now;
  const double spent = std::chrono::duration<double>(now - progress_.begun).count();
  const double rate = spent > 0 ? static_cast<double>(done) / spent : 0;
  std::string line = fmt::format("\r\x1b[K{}: {} ", description_.name, what);
  if (total > 0) {
    const auto filled = done * kProgressWidth / total;
    line += fmt::format("[{:=<{}}{: <{}}] {}/{}", "", filled, "", kProgressWidth - filled, done, total);
  } else {
    line += std::to_string(done);
  }
  if (spent > 2 && rate > 0) {
    line += fmt::format("  {:.0f}/s", rate);
    if (total > 0) line += fmt::format(", {:.0f} s left", static_cast<double>(total - done) / rate);
  }
  say(line);
  progress_.shown = true;
}

void Tool::hide_progress() const {
  if (progress_.shown) say("\r\x1b[K");
  progress_.shown = false;
}

Clock Tool::clock() const {
  if (fixed_now_) return [now = *fixed_now_] { return now; };
  return system_now;
}

int standard_error() {
  // The library points descriptor 2 elsewhere while OpenCV's decoders talk, and that must not swallow our own messages
  // when it does so in another thread.
  static const int descriptor = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  return descriptor;
}

namespace {

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

Inputs::Inputs(std::vector<std::string> arguments, bool nul) : arguments_(std::move(arguments)), nul_(nul) {
  const bool reads_stdin = std::find(arguments_.begin(), arguments_.end(), "-") != arguments_.end();
  if (reads_stdin && ::isatty(STDIN_FILENO) != 0) {
    throw UsageError("- wants a list on standard input, which is a terminal");
  }
}

std::optional<std::string> Inputs::next() {
  while (at_ < arguments_.size()) {
    if (arguments_[at_] != "-") return arguments_[at_++];
    std::string line;
    while (std::getline(std::cin, line, nul_ ? '\0' : '\n')) {
      if (!nul_ && line.ends_with('\r')) line.pop_back();
      if (!line.empty()) return line;
    }
    ++at_;
  }
  return std::nullopt;
}

}  // namespace faceatt::cli
