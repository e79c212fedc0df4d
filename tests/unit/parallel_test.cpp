#include "faceatt/core/parallel.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

using namespace faceatt;

namespace {

using Work = OrderedWork<int, std::string>;

Work::Next count_to(int& next, int last) {
  return [&next, last] { return next < last ? std::optional(next++) : std::nullopt; };
}

}  // namespace

TEST_CASE("ordered work: results come in the order of the items, whoever is quicker") {
  for (const std::size_t threads : {1, 2, 5}) {
    int given = 0;
    std::vector<std::string> seen;
    const auto make_worker = [] {
      return [](const int& i) {
        std::this_thread::sleep_for(std::chrono::microseconds(i % 3 == 0 ? 900 : 10));
        return std::to_string(i);
      };
    };
    Work::run(threads, count_to(given, 100), make_worker, [&](const int& i, std::string&& text) {
      CHECK(text == std::to_string(i));
      seen.push_back(text);
    });
    REQUIRE(seen.size() == 100);
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == std::to_string(i));
  }
}

TEST_CASE("ordered work: one worker per thread, none without items") {
  std::atomic<int> workers = 0;
  const auto make_worker = [&]() -> Work::Worker {
    ++workers;
    return [](const int&) { return std::string(); };
  };
  int given = 0;
  Work::run(3, count_to(given, 0), make_worker, [](const int&, std::string&&) {});
  CHECK(workers == 0);
  Work::run(3, count_to(given, 1), make_worker, [](const int&, std::string&&) {});
  CHECK(workers == 1);
  Work::run(3, count_to(given, 500), make_worker, [](const int&, std::string&&) {});
  CHECK(workers <= 4);
}

TEST_CASE("ordered work: no more items are taken than four a thread ahead of the results") {
  int given = 0, done = 0, most = 0;
  const auto next = [&]() -> std::optional<int> {
    most = std::max(most, given - done);
    return given < 60 ? std::optional(given++) : std::nullopt;
  };
  const auto make_worker = [] { return [](const int&) { return std::string(); }; };
  Work::run(2, next, make_worker, [&](const int&, std::string&&) { ++done; });
  CHECK(done == 60);
  CHECK(most <= 8);
}

TEST_CASE("ordered work: an exception comes out at its item's turn, and all threads end") {
  for (const std::size_t threads : {1, 4}) {
    int given = 0, sunk = 0;
    const auto make_worker = [] {
      return [](const int& i) {
        if (i == 7) throw std::runtime_error("seven");
        return std::to_string(i);
      };
    };
    CHECK_THROWS_WITH(
        Work::run(threads, count_to(given, 1000), make_worker, [&](const int&, std::string&&) { ++sunk; }), "seven");
    CHECK(sunk == 7);
    const auto broken_worker = []() -> Work::Worker { throw std::runtime_error("no model"); };
    given = 0;
    CHECK_THROWS_WITH(Work::run(threads, count_to(given, 5), broken_worker, [](const int&, std::string&&) {}),
                      "no model");
    given = 0;
    const auto bad_sink = [](const int&, std::string&&) { throw std::runtime_error("full"); };
    CHECK_THROWS_WITH(Work::run(threads, count_to(given, 50), make_worker, bad_sink), "full");
  }
}
