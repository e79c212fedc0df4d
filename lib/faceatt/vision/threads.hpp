// How many cores one call into OpenCV may use.
#pragma once

namespace faceatt {

// While it lives every call into OpenCV runs in the thread that makes it. That is faster where several threads work on
// pictures of their own. Process-wide.
class OneThreadPerCall {
 public:
  OneThreadPerCall();
  ~OneThreadPerCall();
  OneThreadPerCall(const OneThreadPerCall&) = delete;
  OneThreadPerCall& operator=(const OneThreadPerCall&) = delete;

 private:
  int before_;
};

}  // namespace faceatt
