#include "faceatt/core/command.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kLook{50};  // between two looks at a program whose end nobody tells us

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";
constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kOfShell = "$`|&;<>()";       // acted on by a shell outside of quotes,
constexpr std::string_view kOfShellQuoted = "$`";        // and inside of "..",
constexpr std::string_view kEscapableQuoted = "$`\"\\";  // and what a backslash protects there

bool is_in(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> words;
  bool in_word = false;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == '\0' && is_in(c, kSpace)) {
      in_word = false;
      continue;
    }
    if (!std::exchange(in_word, true)) words.emplace_back();
    std::string& word = words.back();
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      if (++i == line.size()) throw UsageError(fmt::format("'{}' ends in a backslash", line));
      if (quote == '"' && !is_in(line[i], kEscapableQuoted)) word += c;
      word += line[i];
    } else if (quote != '\'' && is_in(c, quote == '"' ? kOfShellQuoted : kOfShell)) {
      throw UsageError(
          fmt::format("'{}': no shell runs this; put {} in single quotes, or write a script and name that", line, c));
    } else {
      word += c;
    }
  }
  if (quote != '\0') throw UsageError(fmt::format("'{}': the quote {} is not closed", line, quote));
  return words;
}

bool is_runnable(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(file, ignored) && ::eaccess(file.c_str(), X_OK) == 0;
}

// Says why posix_spawnp() would not find the program.
void check_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    std::error_code error;
    if (!std::filesystem::exists(name, error)) throw UsageError(name + ": there is no such program");
    if (!std::filesystem::is_regular_file(name, error)) throw UsageError(name + ": is not a program");
    if (!is_runnable(name)) throw UsageError(name + ": is not executable; chmod +x it");
    return;
  }
  const char* const variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : kDefaultPath;
  while (true) {
    const auto colon = std::min(rest.find(':'), rest.size());
    if (!name.empty() && is_runnable(std::filesystem::path(rest.substr(0, colon)) / name)) return;
    if (colon == rest.size()) break;
    rest.remove_prefix(colon + 1);
  }
  throw UsageError(fmt::format("program '{}' is not in PATH; install it, or give its path", name));
}

// What posix_spawn wants, freed again.
struct SpawnSettings {
  SpawnSettings() {
    ::posix_spawnattr_init(&attributes);
    ::posix_spawn_file_actions_init(&actions);
  }
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  posix_spawnattr_t attributes{};
  posix_spawn_file_actions_t actions{};
};

// Throws std::system_error.
pid_t spawn(const std::vector<std::string>& argv, int input, int output) {
  SpawnSettings settings;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&settings.attributes, &all);
  ::posix_spawnattr_setsigmask(&settings.attributes, &none);
  ::posix_spawnattr_setpgroup(&settings.attributes, 0);
  ::posix_spawnattr_setflags(&settings.attributes,
                             POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  ::posix_spawn_file_actions_adddup2(&settings.actions, input, STDIN_FILENO);
  if (output >= 0) {
    ::posix_spawn_file_actions_adddup2(&settings.actions, output, STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  ::posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO);
  // OpenCV opens cameras without O_CLOEXEC.
  ::posix_spawn_file_actions_addclosefrom_np(&settings.actions, STDERR_FILENO + 1);

  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = 0;
  const int error = ::posix_spawnp(&pid, words[0], &settings.actions, &settings.attributes, words.data(), environ);
  if (error != 0) throw std::system_error(error, std::generic_category());
  return pid;
}

// A file in memory instead of a pipe: it takes no writer that would have to wait for a slow reader, and no SIGPIPE
// comes when nobody reads.
Descriptor input_of(const std::string& record) {
  Descriptor file(::memfd_create("record", MFD_CLOEXEC));
  if (!file) throw std::system_error(errno, std::generic_category());
  write_all(file.get(), record + '\n');
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

// True when the program has ended; it is still to be reaped. False when the time is over or `stop` becomes readable.
bool wait_for_end(pid_t pid, int pidfd, milliseconds limit, int stop = -1) {
  const auto deadline = steady_clock::now() + limit;
  while (true) {
    siginfo_t info{};
    const int error = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT);
    if (error != 0 || info.si_pid != 0) return true;
    auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) return false;
    if (pidfd < 0) left = std::min(left, kLook);
    std::array<pollfd, 2> waits = {{{pidfd, POLLIN, 0}, {stop, POLLIN, 0}}};
    ::poll(waits.data(), waits.size(), static_cast<int>(left.count()));
    if (waits[1].revents != 0) return false;
  }
}

std::string signal_name(int signal) {
  const char* const name = ::sigabbrev_np(signal);
  return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

}  // namespace

std::vector<std::string> parse_command(std::string_view line) {
  auto words = split(line);
  if (words.empty()) throw UsageError("the command is empty; name a program");
  check_program(words[0]);
  return words;
}

CommandRunner::CommandRunner(std::vector<std::string> argv, const CommandOptions& options)
    : argv_(std::move(argv)),
      options_(options),
      output_(::fcntl(options.output, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)),
      stop_(::eventfd(0, EFD_CLOEXEC)) {
  for (std::size_t i = 0; i < options_.at_once; ++i) workers_.emplace_back([this] { work(); });
}

CommandRunner::~CommandRunner() { finish(milliseconds(0)); }

void CommandRunner::run(std::string record) {
  const std::lock_guard lock(mutex_);
  if (finishing_ || waiting_.size() >= options_.waiting) {
    ++problems_[finishing_ ? "event lost at the end" : fmt::format("event dropped, {} are waiting", waiting_.size())]
          .times;
    return;
  }
  waiting_.push_back(std::move(record));
  wake_.notify_one();
}

std::vector<std::string> CommandRunner::take_problems() {
  std::vector<std::string> lines;
  const std::lock_guard lock(mutex_);
  const Time now = steady_clock::now();
  for (auto& [what, problem] : problems_) {
    if (problem.times == 0) continue;
    if (!finishing_ && problem.told && now - *problem.told < options_.tell_every) continue;
    lines.push_back(std::filesystem::path(argv_[0]).filename().string() + ": " + what);
    if (problem.times > 1) lines.back() += fmt::format(" ({} times)", problem.times);
    problem = {0, now};
  }
  return lines;
}

void CommandRunner::finish(milliseconds limit) {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  wake_.notify_all();
  if (!idle_.wait_for(lock, limit, [this] { return waiting_.empty() && running_ == 0; })) {
    problems_["event lost at the end"].times += waiting_.size() + running_;
    waiting_.clear();
    cut_short_ = true;
    ::eventfd_write(stop_.get(), 1);
  }
  lock.unlock();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
}

void CommandRunner::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::string record = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    const std::string problem = run_once(record);
    lock.lock();
    --running_;
    if (!problem.empty() && !cut_short_) ++problems_[problem].times;  // those cut short are counted already
    idle_.notify_all();
  }
}

std::string CommandRunner::run_once(const std::string& record) const {
  pid_t pid = 0;
  try {
    const Descriptor input = input_of(record);
    pid = spawn(argv_, input.get(), output_.get());
  } catch (const std::system_error& e) {
    return fmt::format("cannot be started: {}{}", e.code().message(),
                       e.code().value() == ENOEXEC ? " (a script has to begin with #!)" : "");
  }
  bool in_time = false;
  {
    // By number: the header of glibc 2.36 declares it for C only.
    const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    in_time = wait_for_end(pid, pidfd.get(), options_.time_limit, stop_.get());
    if (!in_time) {
      ::kill(-pid, SIGTERM);
      wait_for_end(pid, pidfd.get(), options_.grace);
      ::kill(-pid, SIGKILL);  // also whom the program left behind; until it is reaped its group is no other's
    }
  }
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED) != 0 && errno == EINTR) {
  }
  if (!in_time) {
    return fmt::format("ended, as it ran longer than {:g} s",
                       std::chrono::duration<double>(options_.time_limit).count());
  }
  if (info.si_code == CLD_EXITED && info.si_status != 0) return fmt::format("exit {}", info.si_status);
  if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED) return "killed by " + signal_name(info.si_status);
  return {};
}

}  // namespace faceatt
