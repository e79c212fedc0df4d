// How many cores one call into OpenCV may use.
#pragma once

namespace faceatt {

// While it lives, a call into OpenCV from this thread runs in so many threads; without one it runs in this thread
// alone. One is faster where several threads work on pictures of their own, and for small networks: sharing one out
// costs more than it saves.
//
// cv::setNumThreads() is of the whole process, and rebuilds OpenCV's pool of threads under whoever is in it: a program
// that calls it while another thread is in OpenCV crashes now and then. So it is never called here; how OpenCV's loops
// are shared out is taken over instead (cv::parallel::setParallelForBackend) by the first that is made.
class ThreadsPerCall {
 public:
  // At least 1.
  explicit ThreadsPerCall(int threads);
  ~ThreadsPerCall();
  ThreadsPerCall(const ThreadsPerCall&) = delete;
  ThreadsPerCall& operator=(const ThreadsPerCall&) = delete;

  // What the first does, for programs in which it might be made while other threads are in OpenCV already.
  static void take_over();

 private:
  int before_;
};

}  // namespace faceatt
