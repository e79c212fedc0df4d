#include "faceatt/vision/threads.hpp"

#include <opencv2/core/utility.hpp>

namespace faceatt {

OneThreadPerCall::OneThreadPerCall() : before_(cv::getNumThreads()) { cv::setNumThreads(1); }
OneThreadPerCall::~OneThreadPerCall() { cv::setNumThreads(before_); }

}  // namespace faceatt
