// A StoreLink on standard input: one command a line, one line back: STATUS MILLISECONDS TEXT. STATUS is ok, gone
// (StoreGone), error or usage. For store_link.sh.
// usage: faceatt-store-link URL [CONNECT_MS [REPLY_MS]]
//
//   call WORD...            StoreLink::call; "%" is an empty word
//   block MS WORD...        with that time beyond the one for replies
//   pipe N WORD...          the same command N times in one call_all(); "#" in a word is its number. The last reply.
//   add KEY NUMBER          a script that adds
//   adds N KEY              that script N times in one run_all(). The last reply.
//   big KEY BYTES           sets a value of that size, gets it back and compares
//   connect, close, connected, history, url
//   inherited               how many descriptors a child process would inherit
#include <fcntl.h>
#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "faceatt/core/text.hpp"
#include "faceatt/store/link.hpp"

using namespace faceatt;
using std::chrono::milliseconds;

namespace {

std::string text_of(const StoreReply& reply) {
  switch (reply.kind) {
    case StoreReply::Kind::kNil:
      return "nil";
    case StoreReply::Kind::kNumber:
      return std::to_string(reply.number);
    case StoreReply::Kind::kText:
      return reply.text.size() > 300 ? fmt::format("{} bytes", reply.text.size()) : printable(reply.text);
    default:
      break;
  }
  std::string text = "[";
  for (const StoreReply& item : reply.items) text += (text.size() > 1 ? " " : "") + text_of(item);
  return text + "]";
}

StoreLink::Arguments numbered(StoreLink::Arguments words, int number) {
  for (std::string& word : words) {
    if (const auto at = word.find('#'); at != std::string::npos) word.replace(at, 1, std::to_string(number));
  }
  return words;
}

// Besides those that this program has from its own parent.
int inherited() {
  static int before = -1;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    const int flags = ::fcntl(fd, F_GETFD);
    if (fd > 2 && flags >= 0 && (flags & FD_CLOEXEC) == 0) ++count;
  }
  if (before < 0) before = count;
  return count - before;
}

std::string answer(StoreLink& link, const std::string& line) {
  static const StoreScript kAdd("return redis.call('INCRBY', KEYS[1], ARGV[1])");
  std::istringstream in(line);
  std::string verb;
  in >> verb;
  int number = 0;
  if (verb == "block" || verb == "pipe" || verb == "adds") in >> number;
  StoreLink::Arguments words;
  for (std::string word; in >> word;) words.push_back(word == "%" ? "" : word);

  if (verb == "call") return text_of(link.call(words));
  if (verb == "block") return text_of(link.call(words, milliseconds(number)));
  if (verb == "pipe") {
    std::vector<StoreLink::Arguments> commands;
    for (int i = 0; i < number; ++i) commands.push_back(numbered(words, i));
    const auto replies = link.call_all(commands);
    return fmt::format("{} {}", replies.size(), replies.empty() ? "" : text_of(replies.back()));
  }
  if (verb == "add") return text_of(link.run(kAdd, {words.at(0)}, {words.at(1)}));
  if (verb == "adds") {
    const std::vector<StoreLink::Run> runs(static_cast<std::size_t>(number), {{words.at(0)}, {"1"}});
    const auto replies = link.run_all(kAdd, runs);
    return fmt::format("{} {}", replies.size(), replies.empty() ? "" : text_of(replies.back()));
  }
  if (verb == "big") {
    std::string value(std::stoul(words.at(1)), '\0');
    for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<char>(i * 7 + i / 256);
    link.call({"SET", words.at(0), value});
    return link.call({"GET", words.at(0)}).text == value ? "same" : "another";
  }
  if (verb == "connect") return link.connect(), "";
  if (verb == "close") return link.close(), "";
  if (verb == "connected") return link.is_connected() ? "yes" : "no";
  if (verb == "history") return link.history();
  if (verb == "url") return link.url().text();
  if (verb == "inherited") return std::to_string(inherited());
  throw std::runtime_error("no such command: " + verb);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);  // as the programs do
  if (argc < 2 || argc > 4) return 2;
  inherited();
  try {
    StoreTimeouts timeouts;
    if (argc > 2) timeouts.connect = milliseconds(std::stoi(argv[2]));
    if (argc > 3) timeouts.reply = milliseconds(std::stoi(argv[3]));
    StoreLink link(parse_store_url(argv[1]), timeouts);
    for (std::string line; std::getline(std::cin, line);) {
      const auto before = std::chrono::steady_clock::now();
      std::string status = "ok", text;
      try {
        text = answer(link, line);
      } catch (const StoreGone& e) {
        status = "gone", text = e.what();
      } catch (const Error& e) {
        status = "error", text = e.what();
      } catch (const UsageError& e) {
        status = "usage", text = e.what();
      }
      const auto taken = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - before);
      std::cout << fmt::format("{} {} {}\n", status, taken.count(), text) << std::flush;
    }
    return 0;
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
