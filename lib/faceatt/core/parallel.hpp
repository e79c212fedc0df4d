// Work that is done by several threads and comes out in order.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace faceatt {

// Threads worth starting: one per core.
inline std::size_t core_count() { return std::max(1U, std::thread::hardware_concurrency()); }

// Takes items from `next` until it gives none, works on them in `threads` threads, and hands each item with its result
// to `sink`, in the order in which the items came. `next` and `sink` are called in the calling thread. `make_worker` is
// called once in each thread; what it returns is used in that thread only. At most four items per thread are under way,
// so memory stays bounded. An exception of a worker is thrown here, when its item's turn comes; then, as after an
// exception of `next` or `sink`, the threads finish what they have begun and end. With one thread, no thread is
// started.
template <typename Item, typename Result>
class OrderedWork {
 public:
  using Next = std::function<std::optional<Item>()>;
  using Worker = std::function<Result(const Item&)>;
  using Sink = std::function<void(const Item&, Result&&)>;

  static void run(std::size_t threads, const Next& next, const std::function<Worker()>& make_worker, const Sink& sink) {
    if (threads <= 1) {
      Worker worker;
      while (auto item = next()) {
        if (!worker) worker = make_worker();
        sink(*item, worker(*item));
      }
      return;
    }
    OrderedWork work(make_worker);
    bool more = true;
    while (true) {
      while (more && work.jobs_.size() < 4 * threads) {
        if (auto item = next()) {
          work.give(std::move(*item), threads);
        } else {
          more = false;
        }
      }
      if (work.jobs_.empty()) return;
      const auto job = work.take();
      if (job->failure) std::rethrow_exception(job->failure);
      sink(job->item, std::move(*job->result));
    }
  }

 private:
  struct Job {
    Item item;
    std::optional<Result> result{};
    std::exception_ptr failure{};
    bool done = false;
  };

  explicit OrderedWork(const std::function<Worker()>& make_worker) : make_worker_(make_worker) {}
  ~OrderedWork() {
    {
      const std::lock_guard lock(mutex_);
      waiting_.clear();
      stop_ = true;
    }
    job_came_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void give(Item item, std::size_t threads) {
    auto job = std::make_shared<Job>(Job{std::move(item)});
    jobs_.push_back(job);
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back(std::move(job));
    }
    job_came_.notify_one();
    if (threads_.size() < threads) threads_.emplace_back([this] { work(); });
  }

  std::shared_ptr<Job> take() {
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    std::unique_lock lock(mutex_);
    job_done_.wait(lock, [&] { return job->done; });
    return job;
  }

  void work() {
    Worker worker;
    while (true) {
      std::shared_ptr<Job> job;
      {
        std::unique_lock lock(mutex_);
        job_came_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        job = std::move(waiting_.front());
        waiting_.pop_front();
      }
      try {
        if (!worker) worker = make_worker_();
        job->result.emplace(worker(job->item));
      } catch (...) {
        job->failure = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        job->done = true;
      }
      job_done_.notify_one();
    }
  }

  const std::function<Worker()>& make_worker_;
  std::deque<std::shared_ptr<Job>> jobs_;  // in order; of the calling thread
  std::mutex mutex_;                       // guards what follows, and `done` of every job
  std::condition_variable job_came_, job_done_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace faceatt
