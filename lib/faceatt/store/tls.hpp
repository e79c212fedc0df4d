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
  virtual ~TlsTunnel() = default;
  // Connects, shakes hands and checks the server's certificate and name. OpenSSL is loaded only here: programs without
  // a store, or one without TLS, do not start with it. Throws StoreGone that says what is wrong with the certificate.
  static std::unique_ptr<TlsTunnel> open(const StoreEndpoint& server, const std::string& ca_file,
                                         std::chrono::milliseconds timeout);

  // This end of it: plain bytes. The caller's to close; may be taken once.
  virtual int take_fd() = 0;
};

}  // namespace faceatt
