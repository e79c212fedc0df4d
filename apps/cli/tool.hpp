// What the tools share: options, settings, messages and exit codes. Only apps include this.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/console.hpp"
#include "faceatt/core/seal.hpp"
#include "faceatt/core/settings.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt::cli {

enum ExitCode {
  kDone = 0,
  kNothingFound = 1,  // ran cleanly, found nothing
  kUsage = 2,         // usage or settings error
  kSomeFailed = 3,    // some inputs failed, the rest is done
  kCannotRun = 4,     // people folder, model, log or camera
};

struct Description {
  std::string name;                   // faceatt-enroll
  std::string usage;                  // "[OPTIONS] PHOTO..."
  std::string text;                   // one sentence, then examples
  std::string footer;                 // exit codes
  std::vector<std::string> settings;  // keys of the shared settings this tool has
};

class Tool {
 public:
  explicit Tool(Description description);

  CLI::App app;       // for the tool's own options
  Settings settings;  // resolved before run() is called
  bool dry_run = false;

  // Parses, resolves the settings, calls `run` and turns every exception into one line and an exit code.
  int main(int argc, char** argv, const std::function<int()>& run);

  void warn(const std::string& message) const;              // "NAME: warning: MESSAGE"
  void error(const std::string& message) const;             // "NAME: MESSAGE", for an input that failed
  void note(const std::string& message) const;              // on a terminal or with -v, not with -q
  void detail(const std::string& message) const;            // with -v
  void warn_all(std::vector<std::string>& messages) const;  // and clears them
  // See Progress; not with -q.
  void progress(const std::string& what, std::size_t done, std::size_t total) const;
  void hide_progress() const;  // before anything else is written to the terminal

  const std::string& name() const { return description_.name; }
  std::filesystem::path db() const { return settings.text("db"); }
  // Adds --group to the tool; `help` says what it does there.
  void add_group_option(const std::string& help);
  const std::string& group() const { return group_; }  // empty: everybody
  // See Settings::reload(). `apply` makes use of the settings and may refuse them: when it throws, or the file does not
  // read (UsageError), the settings are as they were before.
  std::vector<std::string> reload_settings(const std::vector<std::string>& live, const std::function<void()>& apply);
  // Of a setting like open_early, see parse_grace(). Throws UsageError that names where it came from.
  std::chrono::seconds grace(const std::string& key) const;
  // With the key of key_file, read when this is first called; without one when there is no such setting. Throws
  // Error(kCannotRun).
  const Seal& seal() const;
  WallClock clock() const;  // --now, else the system's
  bool has_fixed_now() const { return fixed_now_.has_value(); }
  bool quiet() const { return quiet_; }
  bool verbose() const { return verbose_; }

 private:
  void use_zone() const;
  int flush_stdout() const;  // exit code

  Description description_;
  mutable Progress progress_;
  mutable std::optional<Seal> seal_;
  std::map<std::string, std::string> flags_;
  std::string now_, group_;
  bool quiet_ = false, verbose_ = false, print_config_ = false;
  std::optional<LocalTime> fixed_now_;
};

}  // namespace faceatt::cli
