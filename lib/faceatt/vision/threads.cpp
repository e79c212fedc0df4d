#include "faceatt/vision/threads.hpp"

#include <tbb/blocked_range.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <memory>
#include <opencv2/core/parallel/parallel_backend.hpp>

namespace faceatt {
namespace {

struct OfThisThread {
  int threads = 1;
  int arena_threads = 0;  // those of `arena`
  std::unique_ptr<tbb::task_arena> arena = nullptr;
};
thread_local OfThisThread of_this_thread;

class PerThread final : public cv::parallel::ParallelForAPI {
 public:
  void parallel_for(int tasks, FN_parallel_for_body_cb_t body, void* data) override {
    OfThisThread& own = of_this_thread;
    const int threads = std::min(own.threads, tbb::info::default_concurrency());  // of more TBB complains on stderr
    if (threads <= 1 || tasks <= 1) return body(0, tasks, data);
    if (own.arena_threads != threads) {
      own.arena = std::make_unique<tbb::task_arena>(threads);
      own.arena_threads = threads;
    }
    own.arena->execute([&] {
      tbb::parallel_for(tbb::blocked_range<int>(0, tasks),
                        [&](const tbb::blocked_range<int>& some) { body(some.begin(), some.end(), data); });
    });
  }
  int getThreadNum() const override { return std::max(0, tbb::this_task_arena::current_thread_index()); }
  int getNumThreads() const override { return of_this_thread.threads; }
  int setNumThreads(int /*threads*/) override { return of_this_thread.threads; }
  const char* getName() const override { return "faceatt"; }
};

}  // namespace

void ThreadsPerCall::take_over() {
  static const bool is_done = (cv::parallel::setParallelForBackend(std::make_shared<PerThread>(), false), true);
  static_cast<void>(is_done);
}

ThreadsPerCall::ThreadsPerCall(int threads) : before_(of_this_thread.threads) {
  take_over();
  of_this_thread.threads = std::max(1, threads);
}
ThreadsPerCall::~ThreadsPerCall() { of_this_thread.threads = before_; }

}  // namespace faceatt
