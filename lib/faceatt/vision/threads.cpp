#include "faceatt/vision/threads.hpp"

#include <opencv2/core/utility.hpp>

namespace faceatt {

ThreadsPerCall::ThreadsPerCall(int threads) : before_(cv::getNumThreads()) { cv::setNumThreads(threads); }
ThreadsPerCall::~ThreadsPerCall() { cv::setNumThreads(before_); }

}  // namespace faceatt
