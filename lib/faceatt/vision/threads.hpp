// How many cores one call into OpenCV may use.
#pragma once

namespace faceatt {

// While it lives every call into OpenCV runs in this many threads. Process-wide; costs next to nothing. One is faster
// where several threads work on pictures of their own, and for small networks: sharing one out costs more than it
// saves.
class ThreadsPerCall {
 public:
  explicit ThreadsPerCall(int threads);
  ~ThreadsPerCall();
  ThreadsPerCall(const ThreadsPerCall&) = delete;
  ThreadsPerCall& operator=(const ThreadsPerCall&) = delete;

 private:
  int before_;
};

}  // namespace faceatt
