#include "faceatt/store/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kLongestSite = 64;
constexpr int kSentinelPort = 26379;
constexpr std::string_view kSiteCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";

// Follows `@FILE` and `env:VARIABLE`.
std::string resolved(const std::string& text) {
  std::string value = text;
  if (text.starts_with('@')) {
    std::ifstream file(text.substr(1));
    if (!std::getline(file, value)) throw UsageError(text + ": the file cannot be read, or its first line is empty");
  } else if (text.starts_with("env:")) {
    const char* const variable = std::getenv(text.c_str() + 4);
    if (variable == nullptr) throw UsageError(text + ": the environment variable is not set");
    value = variable;
  }
  return std::string(trim(value));
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

// Its parts refuse with what is wrong; whoever shows that adds the URL without its password.
class Parser {
 public:
  StoreUrl parse(std::string_view text) {
    std::string_view rest = after_scheme(text);
    if (const auto at = rest.find('#'); at != std::string_view::npos) {
      url_.master = text_of(rest.substr(at + 1));
      rest = rest.substr(0, at);
    }
    if (is_sentinel_ && url_.master.empty()) refuse("wants the master's name at its end: #NAME");
    if (!is_sentinel_ && !url_.master.empty()) refuse("has a #NAME, which goes with redis-sentinel://");
    std::string_view query;
    if (const auto at = rest.find('?'); at != std::string_view::npos) {
      query = rest.substr(at + 1);
      rest = rest.substr(0, at);
    }
    if (const auto at = rest.rfind('@'); at != std::string_view::npos) {
      read_user(rest.substr(0, at));
      rest = rest.substr(at + 1);
    }
    std::string_view database = rest;
    std::string_view hosts = take_until(database, '/');
    read_hosts(hosts);
    if (!database.empty()) {
      const auto number = whole_number(database, 1 << 20);
      if (!number) refuse("has a database that is no number after the '/'");
      url_.database = *number;
    }
    while (!query.empty()) read_option(take_until(query, '&'));
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
    const auto colon = part.find(':');
    if (colon == std::string_view::npos) refuse("has a user without a password: write user:password@ or :password@");
    url_.user = text_of(part.substr(0, colon));
    url_.password = text_of(part.substr(colon + 1));
  }

  void read_hosts(std::string_view hosts) {
    do {
      std::string_view one = take_until(hosts, ',');
      StoreEndpoint endpoint;
      endpoint.port = is_sentinel_ ? kSentinelPort : endpoint.port;
      const auto bracket = one.starts_with('[') ? one.find(']') : std::string_view::npos;
      const auto colon = one.find(':', bracket == std::string_view::npos ? 0 : bracket);
      std::string_view host = one.substr(0, colon);
      if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
      endpoint.host = std::string(host);
      if (endpoint.host.empty()) refuse("has no host");
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
      if (value.empty() || value.size() > kLongestSite || value.find_first_not_of(kSiteCharacters) != std::string::npos)
        refuse("has a site that is not of letters, digits, '_', '.' and '-'");
      url_.site = value;
    } else if (name == "ca" && url_.tls) {
      url_.ca_file = value;
    } else {
      refuse(fmt::format("has an unknown '{}' after the '?'; there are site and, with TLS, ca", printable(name)));
    }
  }

  StoreUrl url_;
  bool is_sentinel_ = false;
};

}  // namespace

std::string StoreEndpoint::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
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
    throw UsageError(fmt::format("{}: {}", printable(without_store_password(text)), e.what()));
  }
}

std::string without_store_password(const std::string& text) {
  const auto scheme = text.find("://");
  if (scheme == std::string::npos) {
    // A mistyped one may hold a password all the same.
    const bool is_reference = text.starts_with('@') || text.starts_with("env:");
    const auto at = is_reference ? std::string::npos : text.rfind('@');
    return at == std::string::npos ? text : text.substr(at + 1);
  }
  const auto at = text.rfind('@');
  if (at == std::string::npos || at < scheme) return text;
  return text.substr(0, scheme + 3) + text.substr(at + 1);
}

}  // namespace faceatt
