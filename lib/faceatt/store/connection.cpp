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

// Deeper than any reply of ours: a server that is none must not end the program.
constexpr int kDeepest = 16;

StoreReply reply_of(const redisReply& from, int depth = 0) {
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
      for (std::size_t i = 0; i < from.elements && depth < kDeepest; ++i) {
        reply.items.push_back(reply_of(*from.element[i], depth + 1));
      }
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
  }

  std::vector<Answer> exchange(std::span<const StoreLink::Arguments> commands,
                               std::chrono::milliseconds timeout) override {
    if (redisSetTimeout(context_.get(), timeval_of(timeout)) != REDIS_OK) lose();
    std::vector<const char*> texts;
    std::vector<std::size_t> sizes;
    for (const auto& command : commands) {
      texts.clear();
      sizes.clear();
      for (const std::string& argument : command) {
        texts.push_back(argument.data());
        sizes.push_back(argument.size());
      }
      if (redisAppendCommandArgv(context_.get(), static_cast<int>(texts.size()), texts.data(), sizes.data()) !=
          REDIS_OK) {
        lose();
      }
    }
    std::vector<Answer> answers;
    answers.reserve(commands.size());
    while (answers.size() < commands.size()) {
      void* raw = nullptr;
      if (redisGetReply(context_.get(), &raw) != REDIS_OK) lose();
      const std::unique_ptr<redisReply, void (*)(void*)> reply(static_cast<redisReply*>(raw), freeReplyObject);
      answers.push_back({reply_of(*reply), reply->type == REDIS_REPLY_ERROR});
    }
    return answers;
  }

 private:
  [[noreturn]] void lose() const {
    const int error = errno;
    if (context_->err == REDIS_ERR_EOF) throw StoreGone(name_ + ": the server closed the connection");
    if (context_->err == REDIS_ERR_IO && (error == EAGAIN || error == EWOULDBLOCK)) {
      throw StoreGone(name_ + ": no reply in time");
    }
    if (context_->err == REDIS_ERR_PROTOCOL) throw StoreGone(name_ + ": this is no Redis server");
    const std::string why = context_->err == REDIS_ERR_IO ? errno_text(error) : printable(context_->errstr);
    throw StoreGone(fmt::format("{}: {}", name_, why));
  }

  struct Free {
    void operator()(redisContext* context) const { redisFreeKeepFd(context); }
  };
  std::string name_;
  // One of both; it outlives the context that talks through it.
  Descriptor socket_;
  std::unique_ptr<TlsTunnel> tunnel_;
  std::unique_ptr<redisContext, Free> context_;
};

}  // namespace

std::unique_ptr<StoreConnection> StoreConnection::open(const StoreEndpoint& server, bool tls,
                                                       const std::string& ca_file, std::chrono::milliseconds timeout) {
  return std::make_unique<HiredisConnection>(server, tls, ca_file, timeout);
}

bool has_store() { return true; }

}  // namespace faceatt
