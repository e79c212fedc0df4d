// faceatt-log-stress: many processes on one attendance log, killed at any moment. Driven by log_stress.sh.
//   race FILE ROUNDS     8 processes mark the same 200 people at once, each round in a log of its own
//   kill FOLDER ROUNDS   processes that mark are killed at random moments; nothing acknowledged may be lost
//   mix FOLDER MARKS     8 writers mark MARKS times over several sessions, with corrections, outs and ended sessions,
//   and
//                        are killed and started again throughout; a chained log with an index, and monthly logs
//   erase FILE           processes mark while people are erased and the eraser is killed; no row may be lost
//   mark FILE PREFIX N   marks PREFIX0 ... and prints each id once it is in the file; exit codes as of the tools
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/erase.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"

namespace {

using namespace faceatt;
namespace fs = std::filesystem;

AttendanceRow row_of(const std::string& id) {
  AttendanceRow row;
  row.date = "2026-11-21";
  row.time = "2026-11-21T08:59:58+01:00";
  row.id = id;
  row.name = "Name, of " + id;
  row.session = "day";
  row.status = "present";
  row.source = "stress";
  return row;
}

// Runs `work` in a child that never returns here. Throws when there can be no child.
pid_t start(const auto& work) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork");
  if (child > 0) return child;
  int code = 1;
  try {
    work();
    code = 0;
  } catch (const std::exception& e) {
    fmt::print(stderr, "child: {}\n", e.what());
  }
  std::_Exit(code);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error("waitpid");
  }
  return status;
}

// How often each id stands in the log. Throws when reading it gives so much as a warning.
std::map<std::string, int> count_ids(const fs::path& file) {
  std::vector<std::string> warnings;
  std::map<std::string, int> count;
  for (const auto& row : read_attendance(file, warnings)) ++count[row.id];
  if (!warnings.empty()) throw std::runtime_error("the log is damaged: " + warnings.front());
  return count;
}

void race(const fs::path& file, int rounds) {
  constexpr int kProcesses = 8, kPeople = 200;
  for (int round = 0; round < rounds; ++round) {
    fs::remove(file);
    int gate[2];
    if (::pipe(gate) != 0) throw std::runtime_error("pipe");
    std::vector<pid_t> children;
    for (int p = 0; p < kProcesses; ++p) {
      children.push_back(start([&] {
        ::close(gate[1]);
        char byte = 0;
        if (::read(gate[0], &byte, 1) != 0) throw std::runtime_error("gate");  // until all are there
        std::vector<int> people(kPeople);
        for (int i = 0; i < kPeople; ++i) people[static_cast<std::size_t>(i)] = i;
        // Half of them in the same order, half in their own.
        if (p % 2 == 1) std::shuffle(people.begin(), people.end(), std::mt19937(static_cast<unsigned>(p)));
        CsvLog log(file);
        for (const int person : people) log.append(row_of(fmt::format("s{}", person)));
        if (!log.take_warnings().empty()) throw std::runtime_error("the log was repaired, though nobody died");
      }));
    }
    ::close(gate[0]);
    ::close(gate[1]);
    for (const pid_t child : children) {
      if (wait_for(child) != 0) throw std::runtime_error("a child failed");
    }
    const auto count = count_ids(file);
    int rows = 0;
    for (const auto& [id, n] : count) rows += n;
    if (count.size() != kPeople || rows != kPeople) {
      throw std::runtime_error(fmt::format("round {}: {} rows of {} people", round, rows, count.size()));
    }
  }
  fmt::print("race: {} rounds, each {} rows\n", rounds, kPeople);
}

// A child that marks until it is killed and writes each id to `out` after append() has returned.
struct Marker {
  pid_t child = 0;
  Descriptor acknowledged;
};

Marker start_marker(const fs::path& file, int round, int number) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  Marker marker;
  marker.acknowledged = Descriptor(ends[0]);
  marker.child = start([&] {
    CsvLog log(file);
    std::mt19937 random(static_cast<unsigned>(round * 16 + number));
    for (int i = 0;; ++i) {
      // Some ids that all want, some of its own.
      const std::string id = random() % 2 == 0 ? fmt::format("r{}-{}", round, random() % 400)
                                               : fmt::format("r{}-p{}-{}", round, number, i);
      log.append(row_of(id));
      write_all(ends[1], id + "\n");
    }
  });
  ::close(ends[1]);
  return marker;
}

std::string read_to_end(int fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw std::runtime_error("read");
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

void kill_rounds(const fs::path& folder, int rounds) {
  constexpr int kProcesses = 4, kRoundsPerLog = 10;
  std::mt19937 random(2026);
  std::set<std::string> acknowledged;
  std::size_t total = 0, rows = 0;
  for (int round = 0; round < rounds; ++round) {
    const fs::path file = folder / fmt::format("{}.csv", round / kRoundsPerLog);
    if (round % kRoundsPerLog == 0) acknowledged.clear();
    std::vector<Marker> markers;
    for (int p = 0; p < kProcesses; ++p) markers.push_back(start_marker(file, round, p));
    // Very early too: while the file is made and its header written.
    const auto longest = random() % 4 == 0 ? 6'000U : 80'000U;
    for (const Marker& marker : markers) {
      ::usleep(static_cast<useconds_t>(random() % (longest / kProcesses)));
      ::kill(marker.child, SIGKILL);
    }
    for (const Marker& marker : markers) {
      const int status = wait_for(marker.child);
      if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) throw std::runtime_error("a child ended by itself");
      std::istringstream ids(read_to_end(marker.acknowledged.get()));
      for (std::string id; std::getline(ids, id);) {
        total += acknowledged.insert(id).second;
      }
    }
    if (!fs::exists(file)) continue;
    if (fs::file_size(file) > 0 && read_file(file, 1 << 30).back() != '\n') {
      // A write was cut: the next process repairs it, and says so.
      CsvLog log(file);
      log.append(row_of(fmt::format("r{}-repair", round)));
      if (log.take_warnings().size() > 1) throw std::runtime_error("more than one repair");
    }
    const auto count = count_ids(file);
    for (const auto& [id, n] : count) {
      if (n != 1) throw std::runtime_error(fmt::format("round {}: {} is there {} times", round, id, n));
    }
    for (const auto& id : acknowledged) {
      if (!count.contains(id))
        throw std::runtime_error(fmt::format("round {}: {} was acknowledged and is lost", round, id));
    }
    if (round % kRoundsPerLog == kRoundsPerLog - 1 || round + 1 == rounds) rows += count.size();
  }
  fmt::print("kill: {} rounds, {} rows acknowledged, {} rows found, none lost, none twice\n", rounds, total, rows);
  if (total < static_cast<std::size_t>(rounds)) throw std::runtime_error("too few rows to mean anything");
}

// Erases the people that the first writer marks, one at a time, for ever.
void erase_for_ever(const fs::path& file) {
  for (;;) {
    CsvLog(file).rewrite([&](const fs::path&, std::string_view text) {
      const auto at = text.find(",w0-");
      if (at == std::string_view::npos) return std::string(text);
      const std::string id(text.substr(at + 1, text.find(',', at + 1) - at - 1));
      return erase_from_log(text, id, Mentions({id}, {}), "erased-" + id.substr(3)).text;
    });
    ::usleep(500);
  }
}

void erase_race(const fs::path& file) {
  constexpr int kWriters = 5, kPeople = 300;
  std::mt19937 random(2026);
  std::vector<pid_t> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.push_back(start([&] {
      CsvLog log(file);
      for (int i = 0; i < kPeople; ++i) {
        log.append(row_of(fmt::format("w{}-{}", w, i)));
        ::usleep(1000);  // or the eraser, who holds the lock for longer, hardly ever gets it
      }
      if (!log.take_warnings().empty()) throw std::runtime_error("the log was repaired, though nobody tore it");
    }));
  }
  int kills = 0;
  while (!writers.empty()) {
    const pid_t eraser = start([&] { erase_for_ever(file); });
    ::usleep(static_cast<useconds_t>(5'000 + random() % 100'000));
    ::kill(eraser, SIGKILL);
    const int status = wait_for(eraser);
    if (!WIFSIGNALED(status)) throw std::runtime_error("the eraser ended by itself");
    ++kills;
    std::erase_if(writers, [](pid_t writer) {
      int code = 0;
      if (::waitpid(writer, &code, WNOHANG) != writer) return false;
      if (code != 0) throw std::runtime_error("a writer failed");
      return true;
    });
  }
  const auto count = count_ids(file);
  int erased = 0;
  for (const auto& [id, n] : count) {
    if (n != 1) throw std::runtime_error(fmt::format("{} is there {} times", id, n));
    erased += id.starts_with("erased-");
  }
  if (count.size() != kWriters * kPeople) throw std::runtime_error(fmt::format("{} rows are left", count.size()));
  fmt::print("erase: {} rows, {} of them erased, the eraser killed {} times, none lost\n", count.size(), erased, kills);
  if (erased < 20) throw std::runtime_error("too few to mean anything");
}

// What a writer of mix() does at its step `i`: always the same, so that one who was killed can go on.
constexpr int kMixWriters = 8, kMixSessions = 6;

AttendanceRow mixed_row(int writer, int i) {
  std::mt19937 random(static_cast<unsigned>(writer * 1'000'003 + i));
  const auto session = static_cast<int>(random() % kMixSessions);
  AttendanceRow row = row_of(fmt::format("s{}", random() % 400));
  row.session = fmt::format("CS{}", session);
  row.date = session % 2 == 0 ? "2026-11-21" : "2026-12-01";
  row.source = fmt::format("door{}, {}", writer, row.date);  // on each the clock goes forward
  const auto at = [&](int second) {
    return fmt::format("{}T09:{:02}:{:02}+01:00", row.date, second / 60, second % 60);
  };
  // The clock goes through the hour as the writers go through their rows.
  row.time = at(static_cast<int>(i * 3600L / 1500) % 3600);
  const auto kind = random() % 100;
  if (kind < 55) row.id = fmt::format("w{}-{}", writer, i);  // nobody else's: new, or after the end
  if (kind >= 85) row.status = "out";
  if (kind >= 95) {
    row.status = kind == 99 ? "void" : "excused";
    row.source = "manual:eve";
    row.note = fmt::format("{}-{}", writer, i);
  }
  if (random() % 400 == 0) {  // now and then a session is ended, or opened again
    row.id = kWholeSession;
    row.status = random() % 2 == 0 ? std::string(kStatusEnded) : "void";
    row.source = "manual:eve";
    row.note = fmt::format("{}-{}", writer, i);
  }
  return row;
}

// Does the steps from `first` on, and tells of each when it is done: its number and what became of it. It does not run
// away from who is to kill it: when one page is full of what nobody has read, it waits.
Marker start_mixer(const fs::path& log, const LogOptions& options, int writer, int first, int steps) {
  int ends[2];
  if (::pipe(ends) != 0 || ::fcntl(ends[1], F_SETPIPE_SZ, 4096) < 0) throw std::runtime_error("pipe");
  Marker marker;
  marker.acknowledged = Descriptor(ends[0]);
  marker.child = start([&] {
    CsvLog attendance(log, options);
    for (int i = first; i < steps; ++i) {
      const auto outcome = attendance.append(mixed_row(writer, i));
      write_all(ends[1], fmt::format("{} {:<50}\n", i, static_cast<int>(outcome)));
    }
  });
  ::close(ends[1]);
  return marker;
}

std::string identity_of(const AttendanceRow& row) {
  return fmt::format("{}|{}|{}|{}|{}", key_of(row), row.time, row.status, row.source, row.note);
}

// The rows that were reported as new are there, all machine rows are once, and chains are whole.
std::size_t check_mix(const std::vector<fs::path>& files, const std::set<std::string>& acknowledged, bool chained) {
  std::set<std::string> there, keys;
  std::size_t rows = 0;
  for (const auto& file : files) {
    std::vector<std::string> warnings;
    std::string link;
    for (const auto& row : read_attendance(file, warnings)) {
      ++rows;
      there.insert(identity_of(row));
      const bool once = !row.is_manual() && row.status != kStatusOut;
      if (once && !keys.insert(key_of(row)).second) throw std::runtime_error(identity_of(row) + " is there twice");
      if (chained && row.chain != next_link(link, row)) throw std::runtime_error("the chain is broken");
      link = row.chain;
    }
    if (!warnings.empty()) throw std::runtime_error("the log is damaged: " + warnings.front());
  }
  for (const auto& row : acknowledged) {
    if (!there.contains(row)) throw std::runtime_error(row + " was acknowledged and is lost");
  }
  return rows;
}

void mix_one(const fs::path& log, const LogOptions& options, int marks) {
  const int steps = marks / kMixWriters;
  std::mt19937 random(7);
  std::set<std::string> acknowledged;
  std::array<int, 3> outcomes{};
  std::vector<int> next(kMixWriters, 0);
  std::vector<Marker> markers;
  for (int w = 0; w < kMixWriters; ++w) markers.push_back(start_mixer(log, options, w, 0, steps));
  int kills = 0;
  for (int working = kMixWriters; working > 0;) {
    ::usleep(static_cast<useconds_t>(random() % 4'000));
    const auto victim = static_cast<int>(random() % kMixWriters);
    Marker& marker = markers[static_cast<std::size_t>(victim)];
    if (marker.child == 0) continue;
    ::kill(marker.child, SIGKILL);
    const int status = wait_for(marker.child);
    marker.child = 0;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    if (!killed && status != 0) throw std::runtime_error("a writer failed");
    kills += killed;
    std::istringstream lines(read_to_end(marker.acknowledged.get()));
    int& step = next[static_cast<std::size_t>(victim)];
    for (int i = 0, outcome = 0; lines >> i >> outcome; step = i + 1) {
      ++outcomes[static_cast<std::size_t>(outcome)];
      if (outcome == static_cast<int>(CsvLog::Outcome::kNew)) acknowledged.insert(identity_of(mixed_row(victim, i)));
    }
    if (killed && step < steps) {
      marker = start_mixer(log, options, victim, step, steps);
    } else {
      --working;
    }
  }
  const auto files = log_files(log);
  const std::size_t rows = check_mix(files, acknowledged, options.chain);
  fmt::print(
      "mix: {} marks: {} new, {} already, {} after the end; {} rows in {} files, {} kills, none lost, none twice\n",
      outcomes[0] + outcomes[1] + outcomes[2], outcomes[0], outcomes[1], outcomes[2], rows, files.size(), kills);
  if (kills < 100 || outcomes[2] == 0) throw std::runtime_error("too little to mean anything");
}

void mix(const fs::path& folder, int marks) {
  mix_one(folder / "Attendance.csv", {.chain = true, .index_from = 1 << 14}, marks);
  mix_one(folder / "Attendance-%Y-%m.csv", {.index_from = 1 << 14}, marks);
  if (!fs::exists(folder / ".Attendance.csv.index")) throw std::runtime_error("there was no index");
}

int mark(const fs::path& file, const std::string& prefix, int people) {
  try {
    CsvLog log(file);
    for (int i = 0; i < people; ++i) {
      const std::string id = prefix + std::to_string(i);
      log.append(row_of(id));
      fmt::print("{}\n", id);
      std::fflush(stdout);
      for (const auto& warning : log.take_warnings()) fmt::print(stderr, "faceatt-log-stress: warning: {}\n", warning);
    }
  } catch (const Error& e) {
    fmt::print(stderr, "faceatt-log-stress: {}\n", e.what());
    return 4;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  try {
    if (args.size() == 3 && args[0] == "race") return race(args[1], std::stoi(args[2])), 0;
    if (args.size() == 3 && args[0] == "kill") return kill_rounds(args[1], std::stoi(args[2])), 0;
    if (args.size() == 3 && args[0] == "mix") return mix(args[1], std::stoi(args[2])), 0;
    if (args.size() == 2 && args[0] == "erase") return erase_race(args[1]), 0;
    if (args.size() == 4 && args[0] == "mark") return mark(args[1], args[2], std::stoi(args[3]));
    fmt::print(
        stderr,
        "usage: faceatt-log-stress race FILE ROUNDS | kill FOLDER ROUNDS | mix FOLDER MARKS | erase FILE | mark FILE "
        "PREFIX N\n");
    return 2;
  } catch (const std::exception& e) {
    fmt::print(stderr, "FAILED: {}\n", e.what());
    return 1;
  }
}
