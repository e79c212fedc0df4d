// What the user writes for a shared store.
#pragma once

#include <string>
#include <vector>

namespace faceatt {

struct StoreEndpoint {
  std::string host;
  int port = 6379;

  std::string text() const;  // "host:port", "[::1]:port"
};

struct StoreUrl {
  std::vector<StoreEndpoint> hosts;  // the server; or the sentinels that know it
  std::string master;                // what the sentinels call the server; empty: there are none
  bool tls = false;
  std::string ca_file;         // certificates to trust, PEM; empty: the system's
  std::string user, password;  // empty: none
  int database = 0;
  std::string site = "main";  // whose people and log it is: several may share a server

  // Without the password: for messages and --print-config.
  std::string text() const;
};

// redis://[[user]:password@]host[:port][/db][?site=NAME], rediss:// for TLS (with &ca=FILE), and
// redis-sentinel://[[user]:password@]host[:port][,host[:port]...][/db][?site=NAME]#master (rediss-sentinel:// with TLS;
// the sentinels are asked without it). In user and password '%', '/', '?' and '#' are percent-encoded, in the rest of
// the URL '@' and '%' are. SITE, hosts and master are of [A-Za-z0-9_.-]; a host may be an IPv6 address in [ ]. `@FILE`
// stands for the first line of FILE, `env:VARIABLE` for its value: they keep a password out of `ps`. Throws UsageError
// that never shows a password.
StoreUrl parse_store_url(const std::string& text);

// The text of a URL or what stands for one, without user and password. Of one that cannot be parsed only the scheme is
// left: "redis://***".
std::string without_store_password(const std::string& text);

}  // namespace faceatt
