// What marking one person costs in a log of years, and how many marks a second many writers get onto the disk.
//   faceatt-bench-log years FOLDER      a log of 1.25 million rows against an empty one
//   faceatt-bench-log writers FOLDER    8 processes that mark, against 8 that only write and sync
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/time.hpp"
#include "row.hpp"

namespace {

using namespace faceatt;
using faceatt::bench::print_row;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

AttendanceRow row_of(const std::string& date, const std::string& id) {
  return {date, date + "T08:59:58+01:00", id, "Person " + id, "day", "present", "door", "0.7123", "live", ""};
}

// Runs `work` in a process of its own, and returns what it makes: a few numbers.
std::vector<double> in_process(const std::function<std::vector<double>()>& work) {
  std::fflush(nullptr);
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    std::string text;
    for (const double number : work()) text += fmt::format("{}\n", number);
    write_all(ends[1], text);
    std::_Exit(0);
  }
  ::close(ends[1]);
  std::string text(4096, '\0');
  const ssize_t n = ::read(ends[0], text.data(), text.size());
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0 || n <= 0) throw std::runtime_error("a child failed");
  std::vector<double> numbers;
  for (const char* at = text.c_str(); *at != 0;) {
    char* end = nullptr;
    numbers.push_back(std::strtod(at, &end));
    at = end + 1;
  }
  return numbers;
}

// Most memory that this process has had, MB.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

constexpr int kMarks = 50;

struct MarkTimes {
  double apart = 0, together = 0;  // ms: in a new process, in the same one
};

// Marks people who are not there yet, each in a new process; then as many in one process. `empty`: what that took in an
// empty log.
MarkTimes mark(const char* what, const fs::path& file, const MarkTimes* empty) {
  const auto new_row = [](int i) { return row_of("2031-11-21", fmt::format("new-{}-{}", ::getpid(), i)); };
  std::vector<double> apart, again, memory;
  for (int i = 0; i < kMarks; ++i) {
    const auto numbers = in_process([&] {
      const AttendanceRow row = new_row(i);
      const auto begin = Clock::now();
      CsvLog(file).append(row);
      const double time = ms_since(begin);
      const auto next = Clock::now();
      CsvLog(file).append(row);
      return std::vector{time, ms_since(next), peak_memory()};
    });
    apart.push_back(numbers[0]);
    again.push_back(numbers[1]);
    memory.push_back(numbers[2]);
  }
  const auto together = in_process([&] {
    CsvLog log(file);
    log.append(new_row(-1));
    std::vector<double> times;
    for (int i = 0; i < kMarks; ++i) {
      const auto begin = Clock::now();
      log.append(new_row(i));
      times.push_back(ms_since(begin));
    }
    return std::vector{median(times), *std::max_element(times.begin(), times.end())};
  });
  const MarkTimes times = {median(apart), together[0]};
  const auto row = [&](const char* how, double ms, double worst, double of_empty) {
    print_row(fmt::format("a mark in {}, {}", what, how), fmt::format("{:.2f} ms, worst {:.2f}", ms, worst),
              empty != nullptr ? fmt::format("in an empty log: {:.2f} ms", of_empty) : "",
              empty != nullptr ? fmt::format("{:.2f}", of_empty / ms) : "");
  };
  row("a new process", times.apart, *std::max_element(apart.begin(), apart.end()), empty != nullptr ? empty->apart : 0);
  row("the same process", times.together, together[1], empty != nullptr ? empty->together : 0);
  print_row(fmt::format("one that is there already in {}", what), fmt::format("{:.2f} ms", median(again)),
            fmt::format("memory {:.0f} MB", *std::max_element(memory.begin(), memory.end())));
  return times;
}

int years(const fs::path& folder) {
  constexpr int kDays = 1250, kPeople = 1000;
  fs::create_directories(folder);
  const fs::path file = folder / "Years.csv";
  fs::remove(file);
  {
    CsvLog(file).append(row_of("2026-01-01", "s0"));
    std::ofstream out(file, std::ios::app);
    std::string date = "2026-01-02";
    for (int day = 0; day < kDays; ++day, date = add_days(date, 1)) {
      for (int p = 0; p < kPeople; ++p) {
        out << fmt::format("{0},{0}T08:59:58+01:00,s{1},Person s{1},day,present,door,0.7123,live,\n", date, p);
      }
    }
    if (!out.flush()) throw std::runtime_error("cannot write the log");
  }
  const std::string size = fmt::format("{} rows, {} MB", kDays * kPeople, fs::file_size(file) >> 20);
  const auto first = in_process([&] {
    CsvLog log(file);
    const auto begin = Clock::now();
    const bool is_there = log.contains(row_of("2028-01-01", "s500"));
    return std::vector{ms_since(begin), peak_memory(), is_there ? 1.0 : 0.0};
  });
  print_row("first look into a log of " + size + ", without an index",
            fmt::format("{:.0f} ms, {:.0f} MB{}", first[0], first[1], first[2] == 1 ? "" : ", WRONG"));
  const auto touch = in_process([&] {
    const auto begin = Clock::now();
    CsvLog(file).append(row_of("2031-01-01", "first"));
    return std::vector{ms_since(begin), peak_memory()};
  });
  print_row("first mark in it, which makes the index", fmt::format("{:.0f} ms, {:.0f} MB", touch[0], touch[1]),
            fmt::format("the index has {} MB", fs::file_size(folder / ".Years.csv.index") >> 20));
  fs::remove(folder / "Empty.csv");
  const MarkTimes empty = mark("an empty log", folder / "Empty.csv", nullptr);
  mark("it", file, &empty);
  return 0;
}

constexpr int kRows = 10'000;

// Times of `processes` that each do `work` with their number at once, as calls a second.
double rate(int processes, const std::function<void(int process, int calls)>& work) {
  int gate[2];
  if (::pipe(gate) != 0) throw std::runtime_error("pipe");
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(gate[1]);
      char byte = 0;
      const bool opened = ::read(gate[0], &byte, 1) == 0;
      if (opened) work(p, kRows / processes);
      std::_Exit(opened ? 0 : 1);
    }
    children.push_back(child);
  }
  ::usleep(50'000);  // until they wait at the gate
  const auto begin = Clock::now();
  ::close(gate[0]);
  ::close(gate[1]);
  for (const pid_t child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) throw std::runtime_error("a child failed");
  }
  return 1000 * kRows / ms_since(begin);
}

void write_and_sync(const fs::path& file, int calls) {
  const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const std::string line =
      "2026-11-21,2026-11-21T08:59:58+01:00,s1-1000,Person s1-1000,day,present,door,0.7123,live,\n";
  for (int i = 0; i < calls; ++i) {
    write_all(out.get(), line);
    if (::fsync(out.get()) != 0) std::_Exit(1);
  }
}

int writers(const fs::path& folder) {
  fs::create_directories(folder);
  std::vector<double> one, eight, marks_of_one, marks_of_eight;
  for (int round = 0; round < 5; ++round) {
    const auto empty = [&](const char* name) {
      fs::remove(folder / name);
      return folder / name;
    };
    const auto marks = [](const fs::path& file) {
      return [file](int p, int calls) {
        CsvLog log(file);
        for (int i = 0; i < calls; ++i) log.append(row_of("2026-11-21", fmt::format("s{}-{}", p, i)));
      };
    };
    const auto bare = [](const fs::path& file) { return [file](int, int calls) { write_and_sync(file, calls); }; };
    const double bare_one = rate(1, bare(empty("bare")));
    const double log_one = rate(1, marks(empty("Log.csv")));
    const double bare_all = rate(8, bare(empty("bare")));
    const double log_all = rate(8, marks(empty("Log.csv")));
    one.push_back(log_one / bare_one);
    eight.push_back(log_all / bare_all);
    marks_of_one.push_back(log_one);
    marks_of_eight.push_back(log_all);
  }
  const auto row = [](const char* who, const std::vector<double>& marks, const std::vector<double>& ratios) {
    print_row(fmt::format("durable marks a second of {}, median of {} rounds", who, ratios.size()),
              fmt::format("{:.0f}", median(marks)), "write+fsync of as many rows and no more",
              fmt::format("{:.2f} ({:.2f} to {:.2f})", median(ratios), *std::min_element(ratios.begin(), ratios.end()),
                          *std::max_element(ratios.begin(), ratios.end())));
  };
  row("one process", marks_of_one, one);
  row("8 processes on one log", marks_of_eight, eight);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (arguments.size() == 2 && arguments[0] == "years") return years(arguments[1]);
    if (arguments.size() == 2 && arguments[0] == "writers") return writers(arguments[1]);
  } catch (const std::exception& e) {
    fmt::print(stderr, "{}\n", e.what());
    return 1;
  }
  fmt::print(stderr, "usage: faceatt-bench-log years|writers FOLDER\n");
  return 2;
}
