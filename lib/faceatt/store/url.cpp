#include "faceatt/store/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kLongestSite = 64;
constexpr int kSentinelPort = 26379;
constexpr const char* kHidden = "***";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_scheme(char c) { return is_letter(c) || c == '-' || c == ':' || c == '/'; }

// What a site, a host and a sentinel's master are called.
bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-';
  });
}

bool is_reference(std::string_view text) { return text.starts_with('@') || text.starts_with("env:"); }

// Follows `@FILE` and `env:VARIABLE`.
std::string resolved(const std::string& text) {
  std::string value = text;
  if (text.starts_with('@')) {
    value = read_first_line(text.substr(1));
    if (trim(value).empty()) {
      throw UsageError(quotable(without_store_password(text), kQuotedPath) +
                       ": the file cannot be read, or its first line is empty or over 4,096 bytes");
    }
  } else if (text.starts_with("env:")) {
    const char* const variable = std::getenv(text.c_str() + 4);
    if (variable == nullptr || trim(variable).empty()) {
      throw UsageError(quotable(without_store_password(text), kQuotedPath) +
                       ": the environment variable is not set, or empty");
    }
    value = variable;
  }
  return trim(value);
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    unsigned byte = 0;
    const auto two = text.substr(i + 1, 2);
    const auto [end, error] = std::from_chars(two.data(), two.data() + two.size(), byte, 16);
    if (two.size() < 2 || error != std::errc{} || end != two.data() + 2) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<int> whole_number(std::string_view text, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0 || number > most) return std::nullopt;
  return number;
}

// Takes what stands before `mark` off the front; all of it when there is none.
std::string_view take_until(std::string_view& text, char mark) {
  const auto at = text.find(mark);
  const auto front = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return front;
}

// Refuses with what is wrong, and never with any of the text: where there is a mistake, each part may be a password.
class Parser {
 public:
  StoreUrl parse(std::string_view text) {
    std::string_view rest = after_scheme(text);
    // First the last '@': a password may hold what parts the rest.
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
      read_user(rest.substr(0, at));
      rest = rest.substr(at + 1);
    }
    std::string_view query = take_until(rest, '#');
    const std::string_view master = rest;
    std::string_view database = take_until(query, '?');
    read_hosts(take_until(database, '/'));
    if (!database.empty()) {
      const auto number = whole_number(database, 1 << 20);
      if (!number) refuse("has a database that is no number after the '/'");
      url_.database = *number;
    }
    while (!query.empty()) read_option(take_until(query, '&'));
    read_master(master);
    return std::move(url_);
  }

 private:
  [[noreturn]] static void refuse(const std::string& why) { throw UsageError(why); }

  std::string_view after_scheme(std::string_view text) {
    struct Scheme {
      std::string_view name;
      bool tls, sentinel;
    };
    for (const Scheme& scheme : {Scheme{"redis://", false, false}, Scheme{"rediss://", true, false},
                                 Scheme{"redis-sentinel://", false, true}, Scheme{"rediss-sentinel://", true, true}}) {
      if (!text.starts_with(scheme.name)) continue;
      url_.tls = scheme.tls;
      is_sentinel_ = scheme.sentinel;
      return text.substr(scheme.name.size());
    }
    refuse("begins with none of redis://, rediss:// and redis-sentinel://");
  }

  static std::string text_of(std::string_view part) {
    auto text = percent_decoded(part);
    if (!text || text->find('\0') != std::string::npos) refuse("has a '%' that is no %XX");
    return std::move(*text);
  }

  void read_user(std::string_view part) {
    if (part.find_first_of("/?#") != std::string_view::npos) {
      refuse("has a '/', '?' or '#' before its last '@': in a password write %2F, %3F, %23; elsewhere %40 for the '@'");
    }
    const auto colon = part.find(':');
    if (colon == std::string_view::npos) refuse("has a user without a password: write user:password@ or :password@");
    url_.user = text_of(part.substr(0, colon));
    url_.password = text_of(part.substr(colon + 1));
  }

  // "[fe80::1%25eth0]"
  static std::string ipv6_of(std::string_view host) {
    if (!host.ends_with(']')) refuse("has a '[' of an IPv6 address without its ']'");
    std::string text = text_of(host.substr(1, host.size() - 2));
    if (text.find(':') == std::string::npos || !std::all_of(text.begin(), text.end(), [](char c) {
          return is_letter(c) || is_digit(c) || c == ':' || c == '.' || c == '%' || c == '_' || c == '-';
        })) {
      refuse("has no IPv6 address between '[' and ']'");
    }
    return text;
  }

  void read_hosts(std::string_view hosts) {
    do {
      const std::string_view one = take_until(hosts, ',');
      StoreEndpoint endpoint;
      endpoint.port = is_sentinel_ ? kSentinelPort : endpoint.port;
      const bool is_ipv6 = one.starts_with('[');
      const auto colon = one.find(':', is_ipv6 ? std::min(one.find(']'), one.size()) : 0);
      const std::string_view host = one.substr(0, colon);
      endpoint.host = is_ipv6 ? ipv6_of(host) : std::string(host);
      if (endpoint.host.empty()) refuse("has no host");
      if (!is_ipv6 && !is_name(host)) refuse("has a host that is none");
      if (colon != std::string_view::npos) {
        const auto port = whole_number(one.substr(colon + 1), 65535);
        if (!port || *port == 0) refuse("has a port that is none");
        endpoint.port = *port;
      }
      url_.hosts.push_back(std::move(endpoint));
    } while (!hosts.empty());
    if (!is_sentinel_ && url_.hosts.size() > 1) refuse("names several hosts, which goes with redis-sentinel://");
  }

  void read_option(std::string_view option) {
    const auto equals = option.find('=');
    const auto name = option.substr(0, equals);
    const std::string value = equals == std::string_view::npos ? "" : text_of(option.substr(equals + 1));
    if (name == "site") {
      if (!is_name(value) || value.size() > kLongestSite) {
        refuse(fmt::format("has a site that is not of 1 to {} letters, digits, '_', '.' and '-'", kLongestSite));
      }
      url_.site = value;
    } else if (name == "ca" && url_.tls && !value.empty()) {
      url_.ca_file = value;
    } else {
      refuse("has something after its '?' that is not site=NAME or, with rediss://, ca=FILE");
    }
  }

  void read_master(std::string_view part) {
    if (is_sentinel_ && part.empty()) refuse("wants the master's name at its end: #NAME");
    if (!is_sentinel_ && !part.empty()) refuse("has a #NAME, which goes with redis-sentinel://");
    if (is_sentinel_ && !is_name(part)) refuse("has a master's name that is not of letters, digits, '_', '.' and '-'");
    url_.master = std::string(part);
  }

  StoreUrl url_;
  bool is_sentinel_ = false;
};

}  // namespace

std::string StoreEndpoint::text() const {
  if (host.find(':') == std::string::npos) return fmt::format("{}:{}", host, port);
  std::string address;  // with its zone as RFC 6874 has it
  for (const char c : host) address += c == '%' ? "%25" : std::string(1, c);
  return fmt::format("[{}]:{}", address, port);
}

std::string StoreUrl::text() const {
  std::string out = tls ? "rediss" : "redis";
  out += master.empty() ? "://" : "-sentinel://";
  for (std::size_t i = 0; i < hosts.size(); ++i) out += (i > 0 ? "," : "") + hosts[i].text();
  out += fmt::format("/{}", database);
  if (site != "main") out += "?site=" + site;
  if (!master.empty()) out += "#" + master;
  return out;
}

StoreUrl parse_store_url(const std::string& text) {
  const std::string url = resolved(text);
  try {
    return Parser().parse(url);
  } catch (const UsageError& e) {
    throw UsageError(fmt::format("{}: {}", quotable(without_store_password(text), kQuotedPath), e.what()));
  }
}

std::string without_store_password(const std::string& text) {
  if (text.empty()) return "";
  if (is_reference(text)) {
    // To a file or a variable, unless it looks as if a URL stood there by mistake.
    const std::size_t begin = text.starts_with('@') ? 1 : 4;
    const bool is_url =
        begin == 1 ? text.find_first_of("@:", begin) != std::string::npos : !is_name(text.substr(begin));
    return is_url ? text.substr(0, begin) + kHidden : text;
  }
  const auto scheme = text.find("://");
  const std::string front = scheme == std::string::npos ? "" : text.substr(0, scheme + 3);
  try {
    static_cast<void>(Parser().parse(trim(text)));
  } catch (const UsageError&) {
    return (std::all_of(front.begin(), front.end(), is_of_scheme) ? front : "") + kHidden;
  }
  const auto at = text.rfind('@');
  return at == std::string::npos ? text : front + text.substr(at + 1);
}

}  // namespace faceatt
