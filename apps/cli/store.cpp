#include "cli/store.hpp"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigitsOfStore = 8;

std::string home() {
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home == '/') return home;
  const passwd* const user = ::getpwuid(::getuid());
  return user != nullptr && user->pw_dir != nullptr && *user->pw_dir == '/' ? user->pw_dir : "";
}

fs::path spool_folder(const Tool& tool) {
  if (const std::string& given = tool.settings.text("spool"); !given.empty()) return given;
  // As the XDG base directory specification has it: what is not absolute does not count.
  if (const char* const state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return fs::path(state) / "faceatt";
  }
  const std::string user = home();
  if (user.empty()) throw UsageError("no home folder to keep things in while the store is away; name one with --spool");
  return fs::path(user) / ".local" / "state" / "faceatt";
}

}  // namespace

std::optional<StoreUrl> store_of(const Tool& tool) {
  const std::string& text = tool.settings.text("store");
  if (text.empty()) return std::nullopt;
  try {
    return parse_store_url(text);
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: {}", tool.settings.origin("store"), e.what()));
  }
}

fs::path spool_of(const Tool& tool) {
  const auto store = store_of(tool);
  if (!store) throw std::logic_error("spool_of() without a store");
  const std::string folder = store->site + "-" + sha256_hex(store->text()).substr(0, kDigitsOfStore);
  return spool_folder(tool) / folder;
}

void hide_store_password(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    std::size_t begin = 0;
    if (argument.starts_with("--store=")) {
      begin = std::strlen("--store=");
    } else if (std::string_view(argv[i - 1]) != "--store") {
      continue;
    }
    const auto at = argument.rfind('@');
    if (at == std::string_view::npos || at <= begin) continue;  // @FILE is no secret
    const auto scheme = argument.find("://", begin);
    begin = scheme < at ? scheme + 3 : begin;
    std::fill(argv[i] + begin, argv[i] + at, '*');
  }
}

std::string without_store_passwords(std::string message) {
  for (auto at = message.find("redis"); at != std::string::npos; at = message.find("redis", at + 1)) {
    const auto end = std::min(message.find(' ', at), message.size());
    message.replace(at, end - at, without_store_password(message.substr(at, end - at)));
  }
  return message;
}

}  // namespace faceatt::cli
