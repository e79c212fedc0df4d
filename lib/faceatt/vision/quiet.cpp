#include "faceatt/vision/quiet.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <opencv2/core/utils/logger.hpp>

namespace faceatt {

namespace {

std::recursive_mutex& one_at_a_time() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

StderrCapture::StderrCapture()
    : turn_(one_at_a_time()),
      sink_(::memfd_create("stderr", MFD_CLOEXEC)),
      saved_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
  if (sink_ && saved_) ::dup2(sink_.get(), STDERR_FILENO);
}

StderrCapture::~StderrCapture() {
  if (sink_ && saved_) ::dup2(saved_.get(), STDERR_FILENO);
}

std::string StderrCapture::text() const {
  if (!sink_) return {};
  std::string text(1 << 16, '\0');
  const auto n = ::pread(sink_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  return text;
}

void silence_opencv() { cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT); }

}  // namespace faceatt
