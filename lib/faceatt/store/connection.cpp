#include "faceatt/store/connection.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>
#include <sys/time.h>

#include <cerrno>
#include <string_view>

#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/store/socket.hpp"
#include "faceatt/store/tls.hpp"

namespace faceatt {
namespace {

timeval timeval_of(std::chrono::milliseconds time) {
  timeval value{};
  value.tv_sec = static_cast<decltype(value.tv_sec)>(time.count() / 1000);
  value.tv_usec = static_cast<decltype(value.tv_usec)>(time.count() % 1000 * 1000);
  return value;
}

// As much is sent before the replies are read: a server keeps those that wait in its memory.
constexpr std::size_t kMostBytesAtOnce = 256 << 10;
constexpr std::size_t kMostCommandsAtOnce = 1000;

// hiredis makes room for as many items as a list says it has, be it billions: where that is no Redis server, the
// program is not to wait for it.
constexpr int kMostItems = 50'000'000;

redisReplyObjectFunctions* limited(const redisReplyObjectFunctions& usual) {
  static const redisReplyObjectFunctions kUsual = usual;
  static redisReplyObjectFunctions ours = [] {
    redisReplyObjectFunctions functions = kUsual;
    functions.createArray = [](const redisReadTask* task, int items) -> void* {
      return items > kMostItems ? nullptr : kUsual.createArray(task, items);
    };
    return functions;
  }();
  return &ours;
}

// hiredis refuses replies that are nested deeper than seven times.
StoreReply reply_of(const redisReply& from) {
  StoreReply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = StoreReply::Kind::kNumber;
      reply.number = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      reply.kind = StoreReply::Kind::kText;
      reply.text.assign(from.str, from.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = StoreReply::Kind::kList;
      reply.items.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) reply.items.push_back(reply_of(*from.element[i]));
      break;
    default:
      break;
  }
  return reply;
}

class HiredisConnection final : public StoreConnection {
 public:
  HiredisConnection(const StoreEndpoint& server, bool tls, const std::string& ca_file,
                    std::chrono::milliseconds timeout)
      : name_(server.text()) {
    if (tls) {
      tunnel_ = TlsTunnel::open(server, ca_file, timeout);
    } else {
      socket_ = connect_tcp(server, timeout);
    }
    context_.reset(redisConnectFd(tls ? tunnel_->fd() : socket_.get()));
    if (!context_) throw StoreGone(name_ + ": out of memory");
    context_->reader->fn = limited(*context_->reader->fn);
  }

  std::vector<Answer> exchange(std::span<const StoreLink::Arguments> commands,
                               std::chrono::milliseconds timeout) override {
    if (redisSetTimeout(context_.get(), timeval_of(timeout)) != REDIS_OK) lose();
    std::vector<Answer> answers;
    answers.reserve(commands.size());
    while (answers.size() < commands.size()) {
      for (std::size_t left = append_some(commands.subspan(answers.size())); left > 0; --left) {
        void* raw = nullptr;
        if (redisGetReply(context_.get(), &raw) != REDIS_OK) {
          // Protected mode, too many clients: it says so, once, and hangs up.
          if (answers.size() == 1 && answers[0].is_error) {
            throw StoreGone(name_ + ": " + printable(answers[0].reply.text));
          }
          lose();
        }
        const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw), freeReplyObject);
        answers.push_back({reply_of(*reply), reply->type == REDIS_REPLY_ERROR});
        has_answered_ = true;
      }
    }
    return answers;
  }

 private:
  // How many of them; they are sent when a reply is wanted.
  std::size_t append_some(std::span<const StoreLink::Arguments> commands) {
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    std::size_t bytes = 0, count = 0;
    while (count < commands.size() && count < kMostCommandsAtOnce && bytes < kMostBytesAtOnce) {
      texts.clear();
      sizes.clear();
      for (const std::string& argument : commands[count]) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
        bytes += argument.size();
      }
      if (redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data()) !=
          REDIS_OK) {
        lose();
      }
      ++count;
    }
    return count;
  }

  // Right after a call of hiredis failed: errno is still its own.
  [[noreturn]] void lose() const {
    const int error = errno;
    const std::string_view text = context_->errstr;
    if (const std::string why = tunnel_ ? tunnel_->why() : ""; !why.empty()) throw StoreGone(name_ + ": " + why);
    switch (context_->err) {
      case REDIS_ERR_EOF:
        throw closed();
      case REDIS_ERR_PROTOCOL: {
        const bool is_tls_alert = text.find("\"\\x15\"") != std::string_view::npos;
        throw StoreGone(name_ + (is_tls_alert ? ": speaks TLS: write rediss://" : ": does not speak as Redis does"));
      }
      case REDIS_ERR_IO:
        if (error == EAGAIN || error == EWOULDBLOCK) throw StoreGone(name_ + ": no reply in time");
        if (error == EPIPE || error == ECONNRESET) throw closed();
        throw StoreGone(name_ + ": " + errno_text(error));
      default:
        throw StoreGone(name_ + ": " + printable(text));
    }
  }

  StoreGone closed() const {
    // As servers do that wait for a handshake.
    const bool may_want_tls = !has_answered_ && !tunnel_;
    return StoreGone(name_ + ": the server closed the connection" +
                     (may_want_tls ? "; if it wants TLS, write rediss://" : ""));
  }

  struct Free {
    void operator()(redisContext* context) const { redisFreeKeepFd(context); }
  };
  std::string name_;
  // One of both; it outlives the context that talks through it.
  Descriptor socket_;
  std::unique_ptr<TlsTunnel> tunnel_;
  std::unique_ptr<redisContext, Free> context_;
  bool has_answered_ = false;
};

}  // namespace

std::unique_ptr<StoreConnection> StoreConnection::open(const StoreEndpoint& server, bool tls,
                                                       const std::string& ca_file, std::chrono::milliseconds timeout) {
  return std::make_unique<HiredisConnection>(server, tls, ca_file, timeout);
}

bool has_store() { return true; }

}  // namespace faceatt
