#include "faceatt/store/tls.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <future>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "faceatt/core/text.hpp"
#include "faceatt/store/link.hpp"
#include "faceatt/store/socket.hpp"

namespace faceatt {
namespace {

// What we want of libssl. Called in any other way it would be linked, and loaded when a program starts. libcrypto is
// linked anyway.
class SslLibrary {
  struct Symbol {
    void* address;
    template <typename Function>
    operator Function*() const {
      return reinterpret_cast<Function*>(address);
    }
  };

  static void* load() {
    const std::string file = fmt::format("libssl.so.{}", OPENSSL_SHLIB_VERSION);
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw Error(ErrorCode::kCannotRun, fmt::format("rediss:// wants {}", ::dlerror()));
    return library;
  }

  Symbol find(const char* name) const {
    void* const found = ::dlsym(library_, name);
    if (found == nullptr) throw Error(ErrorCode::kCannotRun, fmt::format("rediss:// wants {}", ::dlerror()));
    return {found};
  }

  void* library_ = load();  // never unloaded: it has an atexit() of its own

 public:
  static const SslLibrary& get() {
    static const SslLibrary library;
    return library;
  }

  const decltype(&::TLS_client_method) client_method = find("TLS_client_method");
  const decltype(&::SSL_CTX_new) CTX_new = find("SSL_CTX_new");
  const decltype(&::SSL_CTX_free) CTX_free = find("SSL_CTX_free");
  const decltype(&::SSL_CTX_ctrl) CTX_ctrl = find("SSL_CTX_ctrl");
  const decltype(&::SSL_CTX_set_verify) CTX_set_verify = find("SSL_CTX_set_verify");
  const decltype(&::SSL_CTX_set_default_verify_paths) CTX_set_default_verify_paths =
      find("SSL_CTX_set_default_verify_paths");
  const decltype(&::SSL_CTX_load_verify_file) CTX_load_verify_file = find("SSL_CTX_load_verify_file");
  const decltype(&::SSL_new) make = find("SSL_new");
  const decltype(&::SSL_free) free = find("SSL_free");
  const decltype(&::SSL_ctrl) ctrl = find("SSL_ctrl");
  const decltype(&::SSL_set_fd) set_fd = find("SSL_set_fd");
  const decltype(&::SSL_get0_param) get0_param = find("SSL_get0_param");
  const decltype(&::SSL_connect) connect = find("SSL_connect");
  const decltype(&::SSL_get_error) get_error = find("SSL_get_error");
  const decltype(&::SSL_get_verify_result) get_verify_result = find("SSL_get_verify_result");
  const decltype(&::SSL_read) read = find("SSL_read");
  const decltype(&::SSL_write) write = find("SSL_write");
  const decltype(&::SSL_shutdown) shutdown = find("SSL_shutdown");
};

struct FreeSsl {
  void operator()(SSL_CTX* context) const { SslLibrary::get().CTX_free(context); }
  void operator()(SSL* ssl) const { SslLibrary::get().free(ssl); }
};

std::string problem_of_certificate(long result, const std::string& ca_file) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "certificate is not valid yet: is this machine's clock right?";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "certificate is for another name";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      if (!ca_file.empty()) return "certificate is not signed by those in " + printable(ca_file);
      return "certificate is signed by nobody we trust; give &ca=FILE";
    default:
      return fmt::format("certificate is refused: {}", ::X509_verify_cert_error_string(result));
  }
}

// Of the thread's last call that failed with SSL_ERROR_SSL.
std::string problem_of_tls() {
  const unsigned long error = ::ERR_peek_error();
  switch (ERR_GET_REASON(error)) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
      return "wants a certificate of its clients, or another TLS; see tls-auth-clients in redis.conf";
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return "does not speak TLS";
    default: {
      const char* const reason = ::ERR_reason_error_string(error);
      return fmt::format("TLS: {}", reason == nullptr ? "failed" : reason);
    }
  }
}

// Threads that start while it lives get no signals: those are the program's, and SIGPIPE, which OpenSSL cannot help
// raising, must end nobody.
class NoSignals {
 public:
  NoSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_{};
};

class Tunnel final : public TlsTunnel {
 public:
  Tunnel(const StoreEndpoint& server, const std::string& ca_file, std::chrono::milliseconds timeout)
      : name_(server.text()), ca_file_(ca_file) {
    const auto deadline = StoreClock::now() + timeout;
    prepare(server.host);
    server_ = connect_tcp(server, timeout);
    set_blocking(server_.get(), false);
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
      throw StoreGone(name_ + ": " + errno_text(errno));
    }
    near_ = Descriptor(ends[0]);
    far_ = Descriptor(ends[1]);
    set_blocking(far_.get(), false);
    if (library_.set_fd(ssl_.get(), server_.get()) != 1) throw StoreGone(name_ + ": out of memory");

    std::promise<void> handshake;
    auto is_done = handshake.get_future();
    {
      const NoSignals during;
      thread_ = std::jthread([this, deadline, done = std::move(handshake)]() mutable {
        try {
          shake_hands(deadline);
          done.set_value();
        } catch (...) {
          done.set_exception(std::current_exception());
          return;
        }
        carry();
        ::shutdown(far_.get(), SHUT_RDWR);  // what was carried can still be read, then comes the end
        ::ERR_clear_error();
        library_.shutdown(ssl_.get());
      });
    }
    is_done.get();
  }

  ~Tunnel() override { ::shutdown(far_.get(), SHUT_RDWR); }  // which ends the thread

  int fd() const override { return near_.get(); }
  std::string why() const override {
    const std::lock_guard lock(mutex_);
    return why_;
  }

 private:
  struct Buffer {
    bool empty() const { return begin == end; }
    std::array<char, 16384> bytes{};  // one record of TLS
    std::size_t begin = 0, end = 0;
  };

  void prepare(const std::string& host) {
    context_.reset(library_.CTX_new(library_.client_method()));
    if (!context_) throw StoreGone(name_ + ": out of memory");
    library_.CTX_ctrl(context_.get(), SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, nullptr);
    library_.CTX_ctrl(context_.get(), SSL_CTRL_MODE,
                      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER, nullptr);
    library_.CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (ca_file_.empty()) {
      library_.CTX_set_default_verify_paths(context_.get());
    } else if (library_.CTX_load_verify_file(context_.get(), ca_file_.c_str()) != 1) {
      throw Error(ErrorCode::kCannotRun, printable(ca_file_) + ": cannot be read, or has no certificate (PEM)");
    }
    ssl_.reset(library_.make(context_.get()));
    if (!ssl_) throw StoreGone(name_ + ": out of memory");
    X509_VERIFY_PARAM* const checks = library_.get0_param(ssl_.get());
    // What the user names is trusted, the server's own certificate or one between it and the root, too.
    if (!ca_file_.empty()) ::X509_VERIFY_PARAM_set_flags(checks, X509_V_FLAG_PARTIAL_CHAIN);
    ::X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    std::string name = host.substr(0, host.find('%'));  // without the "%eth0" of an IPv6 address
    if (::X509_VERIFY_PARAM_set1_ip_asc(checks, name.c_str()) == 1) return;
    if (::X509_VERIFY_PARAM_set1_host(checks, name.data(), name.size()) != 1 ||
        library_.ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) != 1) {
      throw StoreGone(name_ + ": is no name of a server");
    }
  }

  void shake_hands(StoreClock::time_point deadline) const {
    while (true) {
      ::ERR_clear_error();
      const int result = library_.connect(ssl_.get());
      const int error = errno;
      if (result == 1) return;
      short events = 0;
      switch (library_.get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ:
          events = POLLIN;
          break;
        case SSL_ERROR_WANT_WRITE:
          events = POLLOUT;
          break;
        case SSL_ERROR_SYSCALL:
          throw StoreGone(fmt::format("{}: {}", name_, error == 0 ? "does not speak TLS" : errno_text(error)));
        default: {
          const long verdict = library_.get_verify_result(ssl_.get());
          const bool is_trusted = verdict == X509_V_OK;
          throw StoreGone(name_ + ": " + (is_trusted ? problem_of_tls() : problem_of_certificate(verdict, ca_file_)));
        }
      }
      if (!wait_for(server_.get(), events, deadline)) {
        throw StoreGone(name_ + ": no answer to TLS in time; does it speak TLS?");
      }
    }
  }

  // Until one of both ends.
  void carry() {
    Buffer up, down;
    while (true) {
      short server_events = 0, far_events = 0;
      bool has_moved = false;
      if (down.empty()) {
        const int count = call(library_.read, down.bytes.data(), down.bytes.size(), server_events);
        if (count < 0) return;
        down.begin = 0;
        down.end = static_cast<std::size_t>(count);
      }
      if (!down.empty()) {
        const auto count = ::send(far_.get(), &down.bytes[down.begin], down.end - down.begin, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return;
        if (count < 0) far_events |= POLLOUT;
        if (count > 0) down.begin += static_cast<std::size_t>(count);
        has_moved = has_moved || count > 0;
      }
      if (up.empty()) {
        const auto count = ::recv(far_.get(), up.bytes.data(), up.bytes.size(), 0);
        if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
        if (count < 0) far_events |= POLLIN;
        up.begin = 0;
        up.end = count < 0 ? 0 : static_cast<std::size_t>(count);
      }
      if (!up.empty()) {
        const int count = call(library_.write, &up.bytes[up.begin], up.end - up.begin, server_events);
        if (count < 0) return;
        up.begin += static_cast<std::size_t>(count);
        has_moved = has_moved || count > 0;
      }
      if (has_moved) continue;
      // A server that nothing is wanted of now is not looked at: poll() would report again and again that it is gone.
      std::array<pollfd, 2> polled = {pollfd{far_.get(), far_events, 0},
                                      pollfd{server_events == 0 ? -1 : server_.get(), server_events, 0}};
      if (::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
      if ((polled[0].revents & (POLLERR | POLLHUP)) != 0) return;
    }
  }

  // SSL_read() or SSL_write(): how many bytes; 0 and what to wait for; below 0 when the connection has ended.
  template <typename Function, typename Bytes>
  int call(Function function, Bytes* bytes, std::size_t size, short& events) {
    ::ERR_clear_error();
    const int count = function(ssl_.get(), bytes, static_cast<int>(size));
    const int error = errno;
    if (count > 0) return count;
    std::string why;
    switch (library_.get_error(ssl_.get(), count)) {
      case SSL_ERROR_WANT_READ:
        events |= POLLIN;
        return 0;
      case SSL_ERROR_WANT_WRITE:
        events |= POLLOUT;
        return 0;
      case SSL_ERROR_SYSCALL:
        why = error == 0 || error == EPIPE ? "" : errno_text(error);
        break;
      case SSL_ERROR_SSL:
        why = ERR_GET_REASON(::ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? "" : problem_of_tls();
        break;
      default:
        break;
    }
    const std::lock_guard lock(mutex_);
    why_ = why;
    return -1;
  }

  const SslLibrary& library_ = SslLibrary::get();
  std::string name_, ca_file_;
  Descriptor server_, near_, far_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  mutable std::mutex mutex_;
  std::string why_;
  std::jthread thread_;  // last: it uses what is above
};

}  // namespace

std::unique_ptr<TlsTunnel> TlsTunnel::open(const StoreEndpoint& server, const std::string& ca_file,
                                           std::chrono::milliseconds timeout) {
  return std::make_unique<Tunnel>(server, ca_file, timeout);
}

}  // namespace faceatt
