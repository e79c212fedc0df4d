#include "faceatt/vision/recording.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/vision/quiet.hpp"

namespace faceatt {
namespace {

constexpr double kMaxGap = 2;           // seconds that are filled with copies
constexpr std::uint64_t kReserve = 16;  // MB of the disk that are left free; an .mp4 needs some to be closed
constexpr double kMaxStandstill = 300;  // seconds of video without the file growing: a write must have failed
constexpr int kMinSide = 16;            // pixels

}  // namespace

class Recorder::Impl {
 public:
  Impl(const std::filesystem::path& path, double fps, IfExists if_exists)
      : path_(std::filesystem::absolute(path)), name_(path.string()), fps_(fps) {  // FFmpeg takes "a:b.mp4" for a URL
    const std::string type = lower_ascii(path.extension().string());
    if (type != ".mp4" && type != ".mkv" && type != ".avi") {
      throw UsageError(name_ + ": a recording is a .mp4, .mkv or .avi file");
    }
    if (!(fps >= 1 && fps <= 240))
      throw UsageError(fmt::format("{}: {} frames per second are not 1 to 240", name_, fps));
    if (if_exists == IfExists::kReplace && ::unlink(path_.c_str()) != 0 && errno != ENOENT)
      throw failed(errno_text(errno));
    file_ = Descriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file_ && errno == EEXIST) throw UsageError(name_ + ": exists; pass --overwrite to replace it");
    if (!file_) throw failed(errno_text(errno));
    // MPEG-4 Part 2: 4 ms for a frame of 720p, where H.264 takes 37 ms and more than a camera machine has to spare.
    fourcc_ =
        type == ".avi" ? cv::VideoWriter::fourcc('X', 'V', 'I', 'D') : cv::VideoWriter::fourcc('m', 'p', '4', 'v');
  }

  ~Impl() {
    try {
      finish();
    } catch (...) {  // NOLINT(bugprone-empty-catch): whoever wants to know calls finish()
    }
  }

  void add(const cv::Mat& image, double seconds) {
    if (!file_) return;
    CV_Assert(image.type() == CV_8UC3 && image.cols >= kMinSide && image.rows >= kMinSide);
    if (!writer_.isOpened()) open(image.size());
    if (frames_ == 0 || std::abs(seconds - latest_) > kMaxGap) origin_ = seconds - static_cast<double>(frames_) / fps_;
    latest_ = seconds;
    const auto slot = static_cast<std::int64_t>(std::llround((seconds - origin_) * fps_));
    while (frames_ < slot) write(picture_);
    fit(image);
    if (frames_ == slot) write(picture_);
  }

  void finish() {
    if (!file_) return;
    {
      const StderrCapture capture;
      writer_.release();
    }
    const int error = ::fsync(file_.get()) == 0 ? 0 : errno;
    file_ = Descriptor();
    if (frames_ == 0) {
      ::unlink(path_.c_str());
      return;
    }
    if (error != 0) throw failed(errno_text(error));
    if (const std::int64_t there = count(); std::abs(there - frames_) > 1) {
      throw failed(fmt::format("the recording is damaged: {} of its {} frames can be read", there, frames_));
    }
  }

  std::int64_t frames() const { return frames_; }

 private:
  Error failed(const std::string& why) const { return Error(ErrorCode::kCannotRun, name_ + ": " + why); }

  void open(cv::Size first) {
    size_ = {first.width / 2 * 2, first.height / 2 * 2};
    silence_opencv();
    ::setenv("OPENCV_FFMPEG_LOGLEVEL", "-8", 0);
    const StderrCapture capture;
    if (!writer_.open(path_.string(), cv::CAP_FFMPEG, fourcc_, fps_, size_)) {
      stop("this OpenCV cannot write MPEG-4 video");
    }
  }

  // The file is closed as well as can be, and the recording over.
  [[noreturn]] void stop(const std::string& why) {
    try {
      finish();
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): `why` came first
    }
    throw failed("recording stopped: " + why);
  }

  // Into picture_, which is what the file shows until the next one comes.
  void fit(const cv::Mat& image) {
    if (image.cols / 2 * 2 == size_.width && image.rows / 2 * 2 == size_.height) {
      image(cv::Rect({0, 0}, size_)).copyTo(picture_);
      return;
    }
    const double scale =
        std::min(static_cast<double>(size_.width) / image.cols, static_cast<double>(size_.height) / image.rows);
    const cv::Size scaled(std::clamp(static_cast<int>(image.cols * scale), 1, size_.width),
                          std::clamp(static_cast<int>(image.rows * scale), 1, size_.height));
    const cv::Rect middle({(size_.width - scaled.width) / 2, (size_.height - scaled.height) / 2}, scaled);
    picture_.create(size_, CV_8UC3);
    picture_.setTo(cv::Scalar::all(0));
    cv::resize(image, picture_(middle), scaled, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  }

  void write(const cv::Mat& picture) {
    if (static_cast<double>(frames_) >= next_check_) check();
    writer_.write(picture);
    ++frames_;
  }

  // cv::VideoWriter says nothing of writes that fail.
  void check() {
    next_check_ = static_cast<double>(frames_) + fps_;  // once in a second of video
    struct statvfs disk {};
    if (::fstatvfs(file_.get(), &disk) == 0 && std::uint64_t{disk.f_bavail} * disk.f_frsize < kReserve << 20) {
      stop(fmt::format("less than {} MB are left on its disk", kReserve));
    }
    struct stat info {};
    if (::fstat(file_.get(), &info) != 0) return;
    if (info.st_nlink == 0) stop("the file was removed");
    if (info.st_size != std::exchange(bytes_, info.st_size)) grown_ = frames_;
    if (static_cast<double>(frames_ - grown_) > kMaxStandstill * fps_) stop("the file cannot be written any more");
  }

  // Frames that the file says it has; 0 when it cannot be read.
  std::int64_t count() const {
    const StderrCapture capture;
    try {
      const cv::VideoCapture video(path_.string(), cv::CAP_FFMPEG);
      return video.isOpened() ? static_cast<std::int64_t>(std::llround(video.get(cv::CAP_PROP_FRAME_COUNT))) : 0;
    } catch (const cv::Exception&) {
      return 0;
    }
  }

  std::filesystem::path path_;
  std::string name_;  // as given
  double fps_;
  int fourcc_ = 0;
  Descriptor file_;  // open until the recording is over; written through writer_, by name
  cv::VideoWriter writer_;
  cv::Size size_;
  cv::Mat picture_;  // the last one, at size_
  std::int64_t frames_ = 0;
  double origin_ = 0;       // seconds of the file's first frame, as if there had been no gaps
  double latest_ = 0;       // seconds of the last frame that was added
  double next_check_ = 0;   // frames
  std::int64_t grown_ = 0;  // frames when the file last grew
  off_t bytes_ = 0;         // its size then
};

Recorder::Recorder(const std::filesystem::path& path, double fps, IfExists if_exists)
    : impl_(std::make_unique<Impl>(path, fps, if_exists)) {}
Recorder::~Recorder() = default;
void Recorder::add(const cv::Mat& image, double seconds) { impl_->add(image, seconds); }
void Recorder::finish() { impl_->finish(); }
std::int64_t Recorder::frames() const { return impl_->frames(); }

}  // namespace faceatt
