// A program of the user's that is run for every event, with the event's record on its standard input.
#pragma once

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "faceatt/core/file.hpp"

namespace faceatt {

// "mosquitto_pub -t 'door/front' -s" -> {"mosquitto_pub", "-t", "door/front", "-s"}: words as a POSIX shell splits and
// unquotes them ('..', "..", backslash), and nothing else of a shell. Nothing is expanded; what a shell would act on
// ($ ` | & ; < > ( ) outside of quotes) is refused rather than passed on. Throws UsageError, also when quotes are not
// closed, there is no word, or the first one names no program that this user may run.
std::vector<std::string> parse_command(std::string_view line);

struct CommandOptions {
  std::size_t at_once = 4;     // runs side by side; with more than one their order is not kept
  std::size_t waiting = 1000;  // records that wait for their turn; of more, the newest are dropped
  int output = STDERR_FILENO;  // standard output and standard error of the program; duplicated
  std::chrono::milliseconds time_limit = std::chrono::seconds(30);  // then SIGTERM to its process group
  std::chrono::milliseconds grace = std::chrono::seconds(3);        // after that, SIGKILL
  std::chrono::milliseconds tell_every = std::chrono::minutes(1);   // the same problem is told once in this time
};

// Runs the program without a shell, once per record, in a process group of its own, with default signal actions and no
// descriptor of ours but the three. Records start in the order given; where one run takes longer than the next, they
// end in another. All functions may be called from any thread, finish() by one at a time.
class CommandRunner {
 public:
  explicit CommandRunner(std::vector<std::string> argv, const CommandOptions& options = {});
  ~CommandRunner();  // finish(0)
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  // Hands over one record, without line end; one is added. Never waits.
  void run(std::string record);

  // What went wrong, as "mosquitto_pub: exit 1 (3 times)": a new problem at once, the same again after `tell_every`,
  // and all of it after finish(). Never waits.
  std::vector<std::string> take_problems();

  // Waits until everything handed over has been run, at most `limit`; then what runs is ended as by the time limit
  // (`grace` longer at most), and what waits is dropped. What was lost is a problem. Nothing is run afterwards.
  void finish(std::chrono::milliseconds limit);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Problem {
    std::size_t times = 0;  // since it was told
    std::optional<Time> told;
  };

  void work();
  std::string run_once(const std::string& record) const;  // the problem, or empty

  const std::vector<std::string> argv_;
  const CommandOptions options_;
  const Descriptor output_, stop_;  // stop_: an eventfd, readable once what runs is to be ended

  std::mutex mutex_;  // guards what follows, but for workers_
  std::condition_variable wake_, idle_;
  std::deque<std::string> waiting_;
  std::size_t running_ = 0;
  bool finishing_ = false, cut_short_ = false;
  std::map<std::string, Problem> problems_;
  std::vector<std::thread> workers_;
};

}  // namespace faceatt
