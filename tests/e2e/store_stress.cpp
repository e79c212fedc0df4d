// Marks into a store, by many processes and through trouble; for store_stress.sh and scripts/bench.
//
//   faceatt-store-stress mark URL SPOOL SEED SECONDS      marks until the time is over, then sends what waits; tells
//                                                         each row that was acknowledged
//   faceatt-store-stress check URL SPOOL... -- FILE...    lets the machines of those spools talk to the store, and then
//                                                         whether it has what the files say, once
//   faceatt-store-stress burst URL SPOOLS PROCESSES MARKS [own]
//                                                         all mark the same people, each once; own: each its own
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "faceatt/attendance/store_log.hpp"
#include "faceatt/core/time.hpp"

using namespace faceatt;
using Steady = std::chrono::steady_clock;
using Outcome = AttendanceLog::Outcome;

namespace {

constexpr int kPeople = 3000;

AttendanceRow row_of(const std::string& id) {
  AttendanceRow row;
  row.date = "2026-11-21";
  row.time = system_now().iso8601();
  row.id = id;
  row.name = "Somebody " + id;
  row.session = "CS101";
  row.status = "present";
  row.source = "door";
  row.score = "0.7312";
  row.liveness = "live";
  return row;
}

// What was acknowledged, as check() finds it again.
void tell(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void mark(const StoreUrl& url, const std::string& spool, unsigned seed, double seconds) {
  std::mt19937 random(seed);
  StoreLog log(url, spool);
  const auto end = Steady::now() + std::chrono::duration<double>(seconds);
  int number = 0, waited = 0;
  while (Steady::now() < end) {
    AttendanceRow row = row_of(fmt::format("s{}", random() % kPeople));
    const auto kind = random() % 20;
    const std::string unique = fmt::format("{}-{}-{}", seed, ::getpid(), ++number);
    if (kind == 0) {
      row.id = fmt::format("m{}", random() % 100);
      row.source = "manual:teacher";
      row.status = "excused";
      row.note = unique;
    } else if (kind == 1) {
      row.id += "-" + unique;  // or it would be too near to another
      row.status = "out";
      row.note = unique;
    } else if (kind == 2) {
      row.id = "*";
      row.session = unique;
      row.status = "ended";
      row.source = "manual:teacher";
      row.note = unique;
    }
    log.append(row);
    waited += log.waits_because().has_value();
    tell(kind <= 2 ? "row " + unique : "key " + row.id);
    if (number % 10 == 0) log.tend();
    log.take_warnings();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const auto last = Steady::now() + std::chrono::seconds(60);
  while (Steady::now() < last) {
    try {
      if (log.send_all() == 0) {
        fmt::print(stderr, "{} rows, {} of them waited\n", number, waited);
        return;
      }
    } catch (const Error&) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error("rows wait still");
}

struct Stored {
  std::map<std::string, int> keys, rows;
  std::size_t count = 0;
};

std::string history_of(const StoreUrl& url) {
  StoreLink link(url);
  link.connect();
  return link.history();
}

// What is in the store once each machine has talked to it. A machine sends again what a replica had not heard of when
// it meets that one; so none may have taken the place of another meanwhile, as sentinels do on a busy machine.
Stored read_when_all_have_talked(const StoreUrl& url, const std::vector<std::string>& spools) {
  std::string why;
  for (const auto last = Steady::now() + std::chrono::seconds(60); Steady::now() < last;) {
    try {
      const std::string history = history_of(url);
      std::size_t left = 0;
      for (const std::string& spool : spools) left += StoreLog(url, spool).send_all();
      Stored stored;
      StoreLink link(url);
      StoreRows log(link);
      for (auto some = log.next(); !some.empty(); some = log.next()) {
        for (const StoredRow& one : some) {
          ++stored.count;
          ++(one.row.note.empty() ? stored.keys[one.row.id] : stored.rows[one.row.note]);
        }
      }
      if (left == 0 && history_of(url) == history) return stored;
      why = left > 0 ? "rows wait still" : "another server all the time";
    } catch (const StoreGone& e) {
      why = e.what();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error(why);
}

void check(const StoreUrl& url, const std::vector<std::string>& spools, const std::vector<std::string>& files) {
  const auto [keys, rows, count] = read_when_all_have_talked(url, spools);
  for (const auto& [key, n] : keys) {
    if (n != 1) throw std::runtime_error(fmt::format("{} was marked {} times", key, n));
  }
  for (const auto& [row, n] : rows) {
    if (n != 1) throw std::runtime_error(fmt::format("the row {} is there {} times", row, n));
  }
  std::size_t told = 0;
  for (const std::string& file : files) {
    std::ifstream in(file);
    for (std::string kind, what; in >> kind >> what; ++told) {
      if (!(kind == "key" ? keys : rows).contains(what)) {
        throw std::runtime_error(fmt::format("{} {} was acknowledged, and is lost", kind, what));
      }
    }
  }
  fmt::print("{} rows in the store; {} acknowledgements, none lost; nothing twice\n", count, told);
}

void burst(const StoreUrl& url, const std::string& spools, int processes, int marks, bool own) {
  int gate[2], results[2];
  if (::pipe(gate) != 0 || ::pipe(results) != 0) throw std::runtime_error("pipe");
  std::vector<pid_t> children;
  for (int p = 0; p < processes; ++p) {
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork");
    if (child != 0) {
      children.push_back(child);
      continue;
    }
    ::close(gate[1]);
    int added = 0;
    try {
      StoreLog log(url, fmt::format("{}/{}", spools, p));
      log.find(row_of("nobody"));  // connects
      char byte = 0;
      if (::read(gate[0], &byte, 1) != 0) std::_Exit(1);  // until all are there
      for (int i = 0; i < marks; ++i) {
        const int person = own ? p * marks + i : (i + p * marks / processes) % marks;
        added += log.append(row_of(fmt::format("s{}", person))) == Outcome::kNew;
        if (log.waits_because()) std::_Exit(1);
      }
    } catch (const std::exception& e) {
      fmt::print(stderr, "{}\n", e.what());
      std::_Exit(1);
    }
    if (::write(results[1], &added, sizeof added) != sizeof added) std::_Exit(1);
    std::_Exit(0);
  }
  ::close(gate[0]);
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto begin = Steady::now();
  ::close(gate[1]);
  for (const pid_t child : children) {
    int status = 0;
    if (::waitpid(child, &status, 0) < 0 || status != 0) throw std::runtime_error("a process failed");
  }
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  int added = 0;
  for (int p = 0; p < processes; ++p) {
    int one = 0;
    if (::read(results[0], &one, sizeof one) != sizeof one) throw std::runtime_error("pipe");
    added += one;
  }
  StoreLink link(url);
  std::set<std::string> ids;
  std::size_t rows = 0;
  StoreRows log(link);
  for (auto some = log.next(); !some.empty(); some = log.next()) {
    for (const StoredRow& stored : some) ids.insert(stored.row.id);
    rows += some.size();
  }
  const auto wanted = static_cast<std::size_t>(own ? marks * processes : marks);
  if (rows != wanted || ids.size() != wanted || static_cast<std::size_t>(added) != wanted) {
    throw std::runtime_error(
        fmt::format("{} rows of {} people, {} called new; wanted {}", rows, ids.size(), added, wanted));
  }
  fmt::print("{} {:.0f}\n", rows, processes * marks / seconds);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> a(argv + 1, argv + argc);
  try {
    if (a.size() == 5 && a[0] == "mark") {
      mark(parse_store_url(a[1]), a[2], static_cast<unsigned>(std::stoul(a[3])), std::stod(a[4]));
    } else if (const auto dashes = std::find(a.begin(), a.end(), "--"); dashes - a.begin() >= 2 && a[0] == "check") {
      check(parse_store_url(a[1]), {a.begin() + 2, dashes}, {dashes + (dashes != a.end()), a.end()});
    } else if (a.size() >= 5 && a[0] == "burst") {
      burst(parse_store_url(a[1]), a[2], std::stoi(a[3]), std::stoi(a[4]), a.size() > 5 && a[5] == "own");
    } else {
      fmt::print(stderr, "usage: see the source\n");
      return 2;
    }
  } catch (const std::exception& e) {
    fmt::print(stderr, "faceatt-store-stress: {}\n", e.what());
    return 1;
  }
  return 0;
}
