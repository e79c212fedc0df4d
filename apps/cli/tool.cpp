#include "cli/tool.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <system_error>

#include "cli/help.hpp"
#include "cli/shared_settings.hpp"
#include "cli/store.hpp"
#include "cli/version.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/zone.hpp"

namespace faceatt::cli {
namespace {

const char* environment(const char* name) { return std::getenv(name); }

}  // namespace

Tool::Tool(Description description)
    : app(description.text, description.name),
      settings(specs_of(shared_settings(description.settings))),
      description_(std::move(description)) {
  app.formatter(std::make_shared<HelpFormatter>("usage: " + description_.name + " " + description_.usage));
  app.footer(description_.footer);
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.set_version_flag("--version", version_text(description_.name), "Print versions and licence, and exit");
  for (const auto& [spec, type, help] : shared_settings(description_.settings)) {
    auto* option = app.add_option(flag_of(spec.key), flags_[spec.key], help)->type_name(type);
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
    error(without_store_passwords(one_line(e.what())) + "; see " + description_.name + " --help");
    return kUsage;
  }
  hide_store_password(argc, argv);
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
    use_zone();
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

// For the whole process, and for the commands it runs.
void Tool::use_zone() const {
  const auto& keys = description_.settings;
  if (std::find(keys.begin(), keys.end(), "zone") == keys.end() || settings.text("zone").empty()) return;
  try {
    ::setenv("TZ", Zone(settings.text("zone")).name().c_str(), 1);
  } catch (const UsageError& e) {
    throw UsageError(settings.origin("zone") + ": " + e.what());
  }
  ::tzset();
}

void Tool::add_group_option(const std::string& help) { app.add_option("--group", group_, help)->type_name("G"); }

std::vector<std::string> Tool::reload_settings(const std::vector<std::string>& live,
                                               const std::function<void()>& apply) {
  Settings before = settings;
  try {
    auto changed = settings.reload(environment, live);
    apply();
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
  progress_.hide();
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
  if (!quiet_) progress_.show(description_.name, what, done, total);
}

void Tool::hide_progress() const { progress_.hide(); }

std::chrono::seconds Tool::grace(const std::string& key) const {
  try {
    const auto grace = parse_grace(settings.text(key));
    if (grace > std::chrono::hours(24)) throw UsageError(fmt::format("'{}' is more than a day", settings.text(key)));
    return grace;
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: {}", settings.origin(key), e.what()));
  }
}

const Seal& Tool::seal() const {
  if (!seal_) {
    const bool has_key = settings.has("key_file") && !settings.text("key_file").empty();
    seal_ = has_key ? Seal(settings.text("key_file")) : Seal();
  }
  return *seal_;
}

WallClock Tool::clock() const {
  if (fixed_now_) return [now = *fixed_now_] { return now; };
  return system_now;
}

}  // namespace faceatt::cli
