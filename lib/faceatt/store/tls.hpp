// TLS for a connection whose own library (hiredis 0.14) has none.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "faceatt/store/url.hpp"

namespace faceatt {

// A thread that carries bytes between a socket of this process and a TLS connection.
class TlsTunnel {
 public:
  virtual ~TlsTunnel() = default;  // ends both
  // Connects, shakes hands (TLS 1.2 or later) and checks the server's certificate and name, against the certificates in
  // `ca_file`, or those of the system when it is empty. OpenSSL is loaded only here: programs without a store, or one
  // without TLS, do not start with it. Throws StoreGone that says what is wrong with the certificate, and
  // Error(kCannotRun) for a `ca_file` that cannot be read.
  static std::unique_ptr<TlsTunnel> open(const StoreEndpoint& server, const std::string& ca_file,
                                         std::chrono::milliseconds timeout);

  // This end of it: plain bytes, blocking. The tunnel's to close.
  virtual int fd() const = 0;
  // Why the connection broke when it was not simply closed; empty: nothing is known.
  virtual std::string why() const = 0;
};

}  // namespace faceatt
