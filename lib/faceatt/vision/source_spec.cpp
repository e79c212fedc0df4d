#include "faceatt/vision/source_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::string_view kNameCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// Where a URL holds secrets: [user, host) is `user:password@`, [query, size) is `?...`. Empty for what is no URL.
struct Secrets {
  std::size_t user = 0, host = 0, query = 0;
};

// "cam", "cam:554", "[::1]:554"
bool is_host(std::string_view text) {
  if (text.starts_with('[')) return text.find(']') != std::string_view::npos;
  const auto colon = std::min(text.find(':'), text.size());
  return colon > 0 &&
         (colon == text.size() ||
          (colon + 1 < text.size() && text.find_first_not_of("0123456789", colon + 1) == std::string_view::npos));
}

Secrets secrets_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {0, 0, url.size()};
  const auto begin = scheme + 3;
  const std::string_view rest = url.substr(begin);
  const auto query = std::min(rest.find('?'), rest.size());
  const auto front = rest.substr(0, std::min(rest.find('/'), query));
  const auto user = front.rfind('@') + 1;  // npos + 1: 0
  if (user == 0 && front.empty()) return {begin, begin, begin + query};
  if (is_host(front.substr(user))) return {begin, begin + user, begin + query};
  // A password may hold a '/' or '?' that should have been escaped: then what stands before it is no host and port.
  const auto host = rest.rfind('@') + 1;
  return {begin, begin + host, begin + std::min(rest.find('?', host), rest.size())};
}

// Follows `@FILE` and `env:VARIABLE`.
std::string resolve(const std::string& source) {
  std::string value = source;
  if (source.starts_with('@')) {
    value = read_first_line(source.substr(1));
    if (value.empty()) {
      throw UsageError(quotable(source, kQuotedPath) +
                       ": the file cannot be read, or its first line is empty or over 4,096 bytes");
    }
  } else if (source.starts_with("env:")) {
    const char* const variable = std::getenv(source.c_str() + 4);
    if (variable == nullptr) throw UsageError(quotable(source, kQuotedPath) + ": the environment variable is not set");
    value = variable;
  }
  value.erase(value.find_last_not_of(" \t\r\n") + 1);
  value.erase(0, value.find_first_not_of(" \t"));
  return value;
}

}  // namespace

SourceSpec parse_source_spec(const std::string& argument) {
  SourceSpec result;
  const auto equals = argument.find_first_not_of(kNameCharacters);
  const bool has_name = equals != 0 && equals != std::string::npos && argument[equals] == '=' && !is_there(argument);
  if (has_name) result.name = argument.substr(0, equals);
  result.spec = resolve(has_name ? argument.substr(equals + 1) : argument);
  if (result.spec.empty()) {
    throw UsageError(fmt::format("'{}': no source; give a device number, a URL, a file or a folder",
                                 quotable(argument, kQuotedPath)));
  }
  if (!has_name) result.name = source_name(result.spec);
  return result;
}

std::vector<SourceSpec> parse_source_specs(const std::vector<std::string>& arguments) {
  std::vector<SourceSpec> specs;
  for (const auto& argument : arguments) {
    SourceSpec spec = parse_source_spec(argument);
    if (std::any_of(specs.begin(), specs.end(), [&](const auto& other) { return other.name == spec.name; })) {
      throw UsageError(fmt::format("two sources are called '{}'; give them names: front=SOURCE back=SOURCE",
                                   quotable(spec.name, kQuotedPath)));
    }
    specs.push_back(std::move(spec));
  }
  return specs;
}

int device_number(const std::string& spec) {
  int device = -1;
  const char* const end = spec.data() + spec.size();
  const auto [rest, error] = std::from_chars(spec.data(), end, device);
  return error == std::errc{} && rest == end && device >= 0 ? device : -1;
}

std::string source_name(const std::string& spec) {
  const int device = device_number(spec);
  return device >= 0 ? "camera" + std::to_string(device) : without_password(spec);
}

bool is_live_spec(const std::string& spec) {
  if (spec.find("://") != std::string::npos) return !spec.starts_with("file://");
  return device_number(spec) >= 0 || spec.starts_with("/dev/video") || spec.starts_with("/dev/v4l/");
}

std::string without_password(const std::string& url) {
  const Secrets secrets = secrets_of(url);
  return url.substr(0, secrets.user) + url.substr(secrets.host, secrets.query - secrets.host);
}

void hide_password(char* argument) {
  const Secrets secrets = secrets_of(argument);
  const auto hide = [&](std::size_t begin, std::size_t end) { std::fill(argument + begin, argument + end, '*'); };
  if (secrets.host > secrets.user) hide(secrets.user, secrets.host - 1);
  if (argument[secrets.query] == '?') hide(secrets.query + 1, std::strlen(argument));
}

}  // namespace faceatt
