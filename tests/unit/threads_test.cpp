#include "faceatt/vision/threads.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <numeric>
#include <opencv2/core/utility.hpp>
#include <stop_token>
#include <thread>
#include <vector>

using faceatt::ThreadsPerCall;

namespace {

// What a loop of OpenCV's adds up, each index once.
bool adds_up() {
  std::vector<int> seen(64, 0);
  cv::parallel_for_(cv::Range(0, 64), [&](const cv::Range& some) {
    for (int i = some.start; i < some.end; ++i) seen[static_cast<std::size_t>(i)] += i;
  });
  return std::accumulate(seen.begin(), seen.end(), 0) == 64 * 63 / 2;
}

}  // namespace

TEST_CASE("threads: each thread says for itself how many a call may use") {
  ThreadsPerCall::take_over();
  CHECK(cv::getNumThreads() == 1);
  {
    const ThreadsPerCall three(3);
    CHECK(cv::getNumThreads() == 3);
    int elsewhere = 0;
    std::jthread([&] { elsewhere = cv::getNumThreads(); }).join();
    CHECK(elsewhere == 1);
    const ThreadsPerCall none(0);
    CHECK(cv::getNumThreads() == 1);
  }
  CHECK(cv::getNumThreads() == 1);
}

TEST_CASE("threads: a loop runs in so many of them") {
  const auto used = [] {
    std::atomic<int> others = 0;
    const auto self = std::this_thread::get_id();
    cv::parallel_for_(cv::Range(0, 64), [&](const cv::Range&) {
      if (std::this_thread::get_id() != self) ++others;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
    return others > 0;
  };
  CHECK_FALSE(used());
  const ThreadsPerCall two(2);
  CHECK((used() || std::thread::hardware_concurrency() == 1));
}

// With cv::setNumThreads() this crashes.
TEST_CASE("threads: who changes his disturbs no other") {
  std::atomic<bool> is_good = true;
  std::jthread other([&](const std::stop_token& stop) {
    const ThreadsPerCall two(2);
    while (!stop.stop_requested()) {
      if (!adds_up()) is_good = false;
    }
  });
  for (int i = 0; i < 20'000; ++i) {
    const ThreadsPerCall threads(1 + i % 3);
    if (!adds_up()) is_good = false;
  }
  other.request_stop();
  other.join();
  CHECK(is_good);
}
