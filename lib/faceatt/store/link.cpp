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

using Answer = StoreConnection::Answer;

constexpr int kMostRedirects = 5;

// The first word of a server's error: "READONLY". Before Redis 7 the error of a command in a script stands within
// another: "ERR Error running script (call to f_...): @user_script:1: -OOM command not allowed ..."
std::string_view code_of(std::string_view error) {
  if (error.starts_with("ERR Error running script")) {
    if (const auto inner = error.find(": -"); inner != std::string_view::npos) error.remove_prefix(inner + 3);
  }
  return error.substr(0, error.find(' '));
}

// What gets better by itself, or on another server, and how to call it.
std::optional<std::string> passing_reason(std::string_view error) {
  struct Reason {
    std::string_view code;
    const char* text;
  };
  static constexpr std::array<Reason, 12> kReasons = {{
      {"READONLY", "takes no writes: it is a replica, or read-only"},
      {"OOM", "takes no writes: it is out of memory (maxmemory)"},
      {"LOADING", "is still loading its data"},
      {"MISCONF", "takes no writes: it cannot save its data"},
      {"NOREPLICAS", "takes no writes: it has too few replicas"},
      {"MASTERDOWN", "is a replica without its master"},
      {"BUSY", "is busy with a script"},
      {"TRYAGAIN", "is moving the keys to another node"},
      {"CLUSTERDOWN", "the cluster is down"},
      {"UNBLOCKED", "is no master any more"},
      {"MOVED", "the nodes do not agree yet who has the keys"},
      {"ASK", "the nodes do not agree yet who has the keys"},
  }};
  const auto code = code_of(error);
  for (const Reason& reason : kReasons) {
    if (reason.code == code) return reason.text;
  }
  if (error.starts_with("ERR max number of clients")) return "has too many clients (maxclients)";
  return std::nullopt;
}

[[noreturn]] void fail(const std::string& server, std::string_view error) {
  if (const auto reason = passing_reason(error)) throw StoreGone(server + ": " + *reason);
  const auto code = code_of(error);
  if (code == "NOAUTH") {
    throw Error(ErrorCode::kCannotRun, server + ": wants a password: redis://:PASSWORD@...");
  }
  if (code == "WRONGPASS" || error.find("invalid password") != std::string_view::npos) {
    throw Error(ErrorCode::kCannotRun, server + ": user or password is wrong");
  }
  throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", server, printable(error)));
}

bool read_port(std::string_view text, StoreEndpoint& endpoint) {
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), endpoint.port);
  return bad == std::errc{} && end == text.data() + text.size() && endpoint.port > 0 && endpoint.port < 65536;
}

// "MOVED 3999 127.0.0.1:6381" and "ASK ..."
std::optional<StoreEndpoint> redirection(std::string_view error, const StoreEndpoint& from) {
  const auto space = error.rfind(' ');
  const auto colon = error.rfind(':');
  if (space == std::string_view::npos || colon == std::string_view::npos || colon < space) return std::nullopt;
  StoreEndpoint to;
  to.host = std::string(error.substr(space + 1, colon - space - 1));
  if (to.host.empty() || to.host == "?") to.host = from.host;  // the one that the connection has already
  if (!read_port(error.substr(colon + 1), to)) return std::nullopt;
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

// The server that has the site's keys: found, greeted, and found again when a cluster has them elsewhere.
class StoreLink::Connection {
 public:
  Connection(const StoreUrl& url, const StoreTimeouts& timeouts)
      : Connection(url, timeouts, url.master.empty() ? url.hosts.front() : master_of_sentinels(url, timeouts)) {}

  // Those that are answered NOSCRIPT are sent again with the text of `script`, when there is one.
  std::vector<Answer> exchange(std::span<const Arguments> commands, std::chrono::milliseconds timeout,
                               const StoreScript* script) {
    auto answers = connection_->exchange(commands, timeout);
    follow(commands, answers, timeout);
    if (script == nullptr) return answers;
    const auto unknown = answered_with("NOSCRIPT", answers);
    if (unknown.empty()) return answers;

    // Not SCRIPT LOAD and EVALSHA: while a cluster moves the keys, each may go to another node.
    std::vector<Arguments> again;
    for (const std::size_t i : unknown) {
      again.push_back(commands[i]);
      again.back()[0] = "EVAL";
      again.back()[1] = script->source;
    }
    auto others = connection_->exchange(again, timeout);
    follow(again, others, timeout);
    for (std::size_t i = 0; i < unknown.size(); ++i) answers[unknown[i]] = std::move(others[i]);
    return answers;
  }

  std::string name() const { return server_.text(); }
  const std::string& history() const { return history_; }

 private:
  Connection(const StoreUrl& url, const StoreTimeouts& timeouts, const StoreEndpoint& server)
      : url_(url), timeouts_(timeouts) {
    open(server);
  }

  void open(const StoreEndpoint& server) {
    server_ = server;
    connection_ = StoreConnection::open(server, url_.tls, url_.ca_file, timeouts_.connect);
    if (!url_.user.empty() || !url_.password.empty()) authenticate();
    std::vector<Arguments> greeting = {{"INFO", "server"}, {"INFO", "replication"}};
    if (url_.database != 0) greeting.push_back({"SELECT", std::to_string(url_.database)});
    if (!url_.master.empty()) greeting.push_back({"ROLE"});
    const auto answers = connection_->exchange(greeting, timeouts_.reply);
    for (const auto& [reply, is_error] : answers) {
      if (is_error) fail(name(), reply.text);
    }
    const auto& role = answers.back().reply.items;
    if (!url_.master.empty() && (role.empty() || role.front().text != "master")) {
      throw StoreGone(name() + ": is not the master yet");
    }
    history_ = line_of(answers[0].reply.text, "run_id") + "/" + line_of(answers[1].reply.text, "master_replid");
  }

  void authenticate() {
    Arguments command = {"AUTH"};
    if (!url_.user.empty()) command.push_back(url_.user);
    command.push_back(url_.password);
    const auto answer = connection_->exchange(std::span(&command, 1), timeouts_.reply).front();
    if (!answer.is_error) return;
    // A server that does not know AUTH repeats what it was told.
    const bool is_repeated = !url_.password.empty() && answer.reply.text.find(url_.password) != std::string::npos;
    fail(name(), is_repeated ? "does not take AUTH" : answer.reply.text);
  }

  static StoreEndpoint master_of_sentinels(const StoreUrl& url, const StoreTimeouts& timeouts) {
    std::string why;
    for (const StoreEndpoint& sentinel : url.hosts) {
      try {
        const auto connection = StoreConnection::open(sentinel, false, "", timeouts.connect);
        const Arguments question = {"SENTINEL", "get-master-addr-by-name", url.master};
        const auto answer = connection->exchange(std::span(&question, 1), timeouts.reply).front();
        const auto& address = answer.reply.items;
        StoreEndpoint master;
        if (answer.is_error) {
          why = fmt::format("sentinel {}: {}", sentinel.text(), printable(answer.reply.text));
        } else if (address.size() != 2 || !read_port(address[1].text, master)) {
          why = fmt::format("sentinel {}: knows no master '{}'", sentinel.text(), url.master);
        } else {
          master.host = address[0].text;
          return master;
        }
      } catch (const StoreGone& e) {
        why = std::string("sentinel ") + e.what();
      }
    }
    throw StoreGone(why);
  }

  static std::vector<std::size_t> answered_with(std::string_view code, const std::vector<Answer>& answers) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < answers.size(); ++i) {
      if (answers[i].is_error && code_of(answers[i].reply.text) == code) found.push_back(i);
    }
    return found;
  }

  // To the node of a cluster that has the keys. Commands that were sent elsewhere were not done there; all that are,
  // go the same way, since the keys of a site are in one slot.
  void follow(std::span<const Arguments> commands, std::vector<Answer>& answers, std::chrono::milliseconds timeout) {
    for (int i = 0; i < kMostRedirects; ++i) {
      const auto moved = answered_with("MOVED", answers);
      const auto asked = moved.empty() ? answered_with("ASK", answers) : std::vector<std::size_t>{};
      const auto& elsewhere = moved.empty() ? asked : moved;
      if (elsewhere.empty()) return;
      const auto to = redirection(answers[elsewhere.front()].reply.text, server_);
      if (!to) return;

      std::vector<Arguments> again;
      for (const std::size_t at : elsewhere) {
        if (moved.empty()) again.push_back({"ASKING"});
        again.push_back(commands[at]);
      }
      std::vector<Answer> others;
      if (moved.empty()) {
        others = Connection(url_, timeouts_, *to).connection_->exchange(again, timeout);
      } else {
        open(*to);
        others = connection_->exchange(again, timeout);
      }
      const std::size_t step = others.size() / elsewhere.size();
      for (std::size_t j = 0; j < elsewhere.size(); ++j) answers[elsewhere[j]] = std::move(others[(j + 1) * step - 1]);
    }
  }

  const StoreUrl& url_;
  const StoreTimeouts& timeouts_;
  StoreEndpoint server_;
  std::unique_ptr<StoreConnection> connection_;
  std::string history_;
};

StoreLink::StoreLink(StoreUrl url, const StoreTimeouts& timeouts) : url_(std::move(url)), timeouts_(timeouts) {}
StoreLink::~StoreLink() = default;

StoreLink::Connection& StoreLink::connection() {
  if (!connection_) {
    connection_ = std::make_unique<Connection>(url_, timeouts_);
    history_ = connection_->history();
  }
  return *connection_;
}

void StoreLink::connect() { connection(); }
bool StoreLink::is_connected() const { return connection_ != nullptr; }
void StoreLink::close() { connection_.reset(); }

std::vector<StoreReply> StoreLink::exchange(std::span<const Arguments> commands, std::chrono::milliseconds timeout,
                                            const StoreScript* script) {
  if (commands.empty()) return {};
  std::vector<Answer> answers;
  std::string server;
  try {
    Connection& open = connection();
    answers = open.exchange(commands, timeout, script);
    history_ = open.history();  // a cluster may have sent us to another node
    server = open.name();
  } catch (...) {
    close();  // the next call looks who is there then; replies that nobody has read are not taken for its own
    throw;
  }
  std::vector<StoreReply> replies;
  replies.reserve(answers.size());
  for (Answer& answer : answers) {
    if (answer.is_error) {
      if (passing_reason(answer.reply.text)) close();
      fail(server, answer.reply.text);
    }
    replies.push_back(std::move(answer.reply));
  }
  return replies;
}

StoreReply StoreLink::call(const Arguments& arguments) { return call(arguments, {}); }

StoreReply StoreLink::call(const Arguments& arguments, std::chrono::milliseconds longest) {
  return std::move(exchange(std::span(&arguments, 1), timeouts_.reply + longest, nullptr).front());
}

std::vector<StoreReply> StoreLink::call_all(std::span<const Arguments> commands) {
  return exchange(commands, timeouts_.reply, nullptr);
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
  return exchange(commands, timeouts_.reply, &script);
}

}  // namespace faceatt
