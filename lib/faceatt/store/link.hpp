// A connection to a Redis server: commands and their replies.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/error.hpp"
#include "faceatt/store/url.hpp"

namespace faceatt {

// The server is not there, or does not take commands for now: network, restart, read-only, out of memory, no quorum.
// What was under way may have been done, or not.
class StoreGone : public Error {
 public:
  explicit StoreGone(const std::string& why) : Error(ErrorCode::kCannotRun, why) {}
};

struct StoreReply {
  enum class Kind { kNil, kText, kNumber, kList } kind = Kind::kNil;
  std::string text;  // of kText; bytes, not always UTF-8
  std::int64_t number = 0;
  std::vector<StoreReply> items;

  bool is_nil() const { return kind == Kind::kNil; }
};

// A script, run by its SHA-1 once the server has it.
struct StoreScript {
  explicit StoreScript(std::string_view text);
  std::string source, sha1;  // hexadecimal
};

struct StoreTimeouts {
  std::chrono::milliseconds connect{1500}, reply{3000};
};

// Not to be used by two threads at once. The program ignores SIGPIPE, which a server that goes away would end it with.
class StoreLink {
 public:
  using Arguments = std::vector<std::string>;

  // Connects when first used, and again after StoreGone. Throws UsageError where the program was built without Redis.
  explicit StoreLink(StoreUrl url, const StoreTimeouts& timeouts = {});
  ~StoreLink();
  StoreLink(const StoreLink&) = delete;
  StoreLink& operator=(const StoreLink&) = delete;

  // Each connects when there is no connection: to the master that the sentinels name, and over to the node that a
  // cluster says has the keys. Finding the addresses of a host is the system's business, and takes as long as that
  // does (resolv.conf); the rest keeps to the timeouts. Throws StoreGone, and Error(kCannotRun) for what will not get
  // better by itself: a wrong password, a command that is not allowed, a reply of an error.
  void connect();
  StoreReply call(const Arguments& arguments);
  // Waits up to `longest` beyond the time for a reply: for commands that block.
  StoreReply call(const Arguments& arguments, std::chrono::milliseconds longest);
  // Sends all, then reads all replies: one way there and back. The first error is thrown when all are read.
  std::vector<StoreReply> call_all(std::span<const Arguments> commands);
  StoreReply run(const StoreScript& script, const Arguments& keys, const Arguments& arguments);
  // The same script many times.
  struct Run {
    Arguments keys, arguments;
  };
  std::vector<StoreReply> run_all(const StoreScript& script, std::span<const Run> runs);

  bool is_connected() const;
  void close();
  const StoreUrl& url() const { return url_; }
  // Run id and replication id of the connection that there is, or was last. They are others whenever the server may
  // lack what it once took: after it was restarted, on another server, and when it has been a replica in between.
  const std::string& history() const { return history_; }

 private:
  class Connection;
  Connection& connection();
  std::vector<StoreReply> exchange(std::span<const Arguments> commands, std::chrono::milliseconds timeout,
                                   const StoreScript* script);

  StoreUrl url_;
  StoreTimeouts timeouts_;
  std::unique_ptr<Connection> connection_;
  std::string history_;
};

// Whether this program was built with Redis.
bool has_store();

}  // namespace faceatt
