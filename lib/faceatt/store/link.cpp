#include "faceatt/store/link.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "faceatt/core/text.hpp"
#include "faceatt/store/connection.hpp"

namespace faceatt {
namespace {

constexpr int kMostRedirects = 5;

// What gets better by itself, or on another server.
bool is_passing(std::string_view error) {
  static constexpr std::array<std::string_view, 10> kPassing = {"READONLY",    "OOM",        "LOADING", "MISCONF",
                                                                "NOREPLICAS",  "MASTERDOWN", "BUSY",    "TRYAGAIN",
                                                                "CLUSTERDOWN", "UNBLOCKED"};
  return std::any_of(kPassing.begin(), kPassing.end(), [&](auto code) { return error.starts_with(code); });
}

std::string reason_of(std::string_view error) {
  if (error.starts_with("READONLY")) return "takes no writes: it is a replica, or read-only";
  if (error.starts_with("OOM")) return "is out of memory (maxmemory)";
  if (error.starts_with("LOADING")) return "is still loading its data";
  if (error.starts_with("MISCONF")) return "takes no writes: it cannot save its data";
  if (error.starts_with("NOREPLICAS")) return "takes no writes: it has too few replicas";
  return printable(error);
}

[[noreturn]] void fail(const std::string& server, const std::string& error) {
  if (is_passing(error)) throw StoreGone(server + " " + reason_of(error));
  if (error.starts_with("NOAUTH")) {
    throw Error(ErrorCode::kCannotRun, server + ": wants a password: redis://:PASSWORD@...");
  }
  if (error.starts_with("WRONGPASS") || error.find("invalid password") != std::string::npos) {
    throw Error(ErrorCode::kCannotRun, server + ": user or password is wrong");
  }
  throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", server, printable(error)));
}

// "MOVED 3999 127.0.0.1:6381" and "ASK ..."
std::optional<StoreEndpoint> redirection(std::string_view error, const StoreEndpoint& from) {
  const auto space = error.rfind(' ');
  const auto colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  StoreEndpoint to;
  to.host = std::string(error.substr(space + 1, colon - space - 1));
  if (to.host.empty()) to.host = from.host;
  const auto port = error.substr(colon + 1);
  const auto [end, bad] = std::from_chars(port.data(), port.data() + port.size(), to.port);
  if (bad != std::errc{} || end != port.data() + port.size()) return std::nullopt;
  return to;
}

std::string line_of(std::string_view text, std::string_view name) {
  const std::string wanted = std::string(name) + ":";
  for (auto at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
    if (at != 0 && text[at - 1] != '\n') continue;
    const auto begin = at + wanted.size();
    return std::string(trim(text.substr(begin, text.find('\n', begin) - begin)));
  }
  return "";
}

}  // namespace

StoreScript::StoreScript(std::string_view text) : source(text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(source.data()), source.size(), digest.data());
  for (const unsigned char byte : digest) sha1 += fmt::format("{:02x}", byte);
}

// The server that has the site's keys.
class StoreLink::Connection {
 public:
  Connection(const StoreUrl& url, const StoreTimeouts& timeouts) : url_(url), timeouts_(timeouts) {
    if (url.master.empty()) {
      open(url.hosts.front());
    } else {
      open(master_of_sentinels());
    }
  }

  std::vector<StoreConnection::Answer> exchange(std::span<const Arguments> commands,
                                                std::chrono::milliseconds timeout) {
    auto answers = connection_->exchange(commands, timeout);
    for (std::size_t i = 0; i < answers.size(); ++i) follow(commands[i], answers[i], timeout);
    return answers;
  }

  std::string name() const { return server_.text(); }
  const std::string& run_id() const { return run_id_; }

 private:
  void open(const StoreEndpoint& server) {
    server_ = server;
    connection_ = StoreConnection::open(server, url_.tls, url_.ca_file, timeouts_.connect);
    std::vector<Arguments> greeting;
    if (!url_.password.empty()) {
      greeting.push_back(url_.user.empty() ? Arguments{"AUTH", url_.password}
                                           : Arguments{"AUTH", url_.user, url_.password});
    }
    if (url_.database != 0) greeting.push_back({"SELECT", std::to_string(url_.database)});
    if (!url_.master.empty()) greeting.push_back({"ROLE"});
    greeting.push_back({"INFO", "server"});
    const auto answers = connection_->exchange(greeting, timeouts_.reply);
    for (const auto& [reply, is_error] : answers) {
      if (is_error) fail(server.text(), reply.text);
      if (reply.kind == StoreReply::Kind::kList && !reply.items.empty() && reply.items.front().text != "master") {
        throw StoreGone(server.text() + ": is not the master yet");
      }
    }
    run_id_ = line_of(answers.back().reply.text, "run_id");
  }

  StoreEndpoint master_of_sentinels() {
    std::string why;
    for (const StoreEndpoint& sentinel : url_.hosts) {
      try {
        const auto connection = StoreConnection::open(sentinel, false, "", timeouts_.connect);
        const std::vector<Arguments> question = {{"SENTINEL", "get-master-addr-by-name", url_.master}};
        const auto answer = connection->exchange(question, timeouts_.reply).front();
        if (answer.is_error) {
          why = fmt::format("{}: {}", sentinel.text(), printable(answer.reply.text));
          continue;
        }
        if (answer.reply.items.size() != 2) {
          why = fmt::format("sentinel {} knows no master '{}'", sentinel.text(), printable(url_.master));
          continue;
        }
        return {answer.reply.items[0].text, std::atoi(answer.reply.items[1].text.c_str())};
      } catch (const StoreGone& e) {
        why = std::string("sentinel ") + e.what();
      }
    }
    throw StoreGone(why);
  }

  // To the node of a cluster that has the keys.
  void follow(const Arguments& command, StoreConnection::Answer& answer, std::chrono::milliseconds timeout) {
    for (int i = 0; answer.is_error && i < kMostRedirects; ++i) {
      const bool is_moved = answer.reply.text.starts_with("MOVED ");
      if (!is_moved && !answer.reply.text.starts_with("ASK ")) return;
      const auto to = redirection(answer.reply.text, server_);
      if (!to) return;
      if (is_moved) {
        open(*to);
        answer = connection_->exchange(std::span(&command, 1), timeout).front();
      } else {
        Connection other(url_, timeouts_, *to);
        const std::vector<Arguments> asking = {{"ASKING"}, command};
        answer = other.connection_->exchange(asking, timeout).back();
      }
    }
  }

  Connection(const StoreUrl& url, const StoreTimeouts& timeouts, const StoreEndpoint& server)
      : url_(url), timeouts_(timeouts) {
    open(server);
  }

  const StoreUrl& url_;
  const StoreTimeouts& timeouts_;
  StoreEndpoint server_;
  std::unique_ptr<StoreConnection> connection_;
  std::string run_id_;
};

StoreLink::StoreLink(StoreUrl url, const StoreTimeouts& timeouts) : url_(std::move(url)), timeouts_(timeouts) {}
StoreLink::~StoreLink() = default;

StoreLink::Connection& StoreLink::connection() {
  if (!connection_) {
    connection_ = std::make_unique<Connection>(url_, timeouts_);
    run_id_ = connection_->run_id();
  }
  return *connection_;
}

void StoreLink::connect() { connection(); }
bool StoreLink::is_connected() const { return connection_ != nullptr; }
void StoreLink::close() { connection_.reset(); }

std::vector<StoreReply> StoreLink::exchange(std::span<const Arguments> commands, std::chrono::milliseconds timeout) {
  Connection& open = connection();
  std::vector<StoreReply> replies;
  replies.reserve(commands.size());
  try {
    std::optional<std::string> error;
    for (auto& answer : open.exchange(commands, timeout)) {
      if (answer.is_error && !error) error = answer.reply.text;
      replies.push_back(std::move(answer.reply));
    }
    run_id_ = open.run_id();
    if (error) fail(open.name(), *error);
  } catch (const StoreGone&) {
    close();  // the next call looks who is there then
    throw;
  }
  return replies;
}

StoreReply StoreLink::call(const Arguments& arguments) { return call(arguments, {}); }

StoreReply StoreLink::call(const Arguments& arguments, std::chrono::milliseconds longest) {
  return std::move(exchange(std::span(&arguments, 1), timeouts_.reply + longest).front());
}

std::vector<StoreReply> StoreLink::call_all(std::span<const Arguments> commands) {
  return exchange(commands, timeouts_.reply);
}

StoreReply StoreLink::run(const StoreScript& script, const Arguments& keys, const Arguments& arguments) {
  const Run one{keys, arguments};
  return std::move(run_all(script, std::span(&one, 1)).front());
}

std::vector<StoreReply> StoreLink::run_all(const StoreScript& script, std::span<const Run> runs) {
  std::vector<Arguments> commands;
  commands.reserve(runs.size());
  for (const Run& run : runs) {
    Arguments& command = commands.emplace_back(Arguments{"EVALSHA", script.sha1, std::to_string(run.keys.size())});
    command.insert(command.end(), run.keys.begin(), run.keys.end());
    command.insert(command.end(), run.arguments.begin(), run.arguments.end());
  }
  try {
    return exchange(commands, timeouts_.reply);
  } catch (const StoreGone&) {
    throw;
  } catch (const Error& e) {
    if (std::string_view(e.what()).find("NOSCRIPT") == std::string_view::npos) throw;
  }
  // A script that is not known is known to none of them, or was lost between them: those that ran tell so again.
  call({"SCRIPT", "LOAD", script.source});
  return exchange(commands, timeouts_.reply);
}

}  // namespace faceatt
