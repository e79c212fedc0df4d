#include "faceatt/vision/stream.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <utility>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>
}

#include "faceatt/core/error.hpp"
#include "faceatt/vision/source_spec.hpp"

namespace faceatt {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kOpenTime = 10s;  // to connect and to learn what the stream holds
constexpr auto kReadTime = 5s;   // for one packet
constexpr auto kCloseTime = 1s;  // to say goodbye
constexpr auto kNever = Clock::time_point::max();

struct Free {
  void operator()(AVFormatContext* format) const { avformat_close_input(&format); }
  void operator()(AVCodecContext* decoder) const { avcodec_free_context(&decoder); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// An AVDictionary of options.
class Options {
 public:
  explicit Options(std::initializer_list<std::pair<const char*, const char*>> values) {
    for (const auto& [key, value] : values) av_dict_set(&all_, key, value, 0);
  }
  ~Options() { av_dict_free(&all_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  AVDictionary** get() { return &all_; }

 private:
  AVDictionary* all_ = nullptr;
};

class StreamSource final : public FrameSource {
 public:
  StreamSource(const std::string& url, std::stop_token stop) : name_(source_name(url)), stop_(std::move(stop)) {
    av_log_set_level(AV_LOG_QUIET);
    wait_until(Clock::now() + kOpenTime);
    connect(url);
    open_decoder();
    wait_until(kNever);
  }
  ~StreamSource() override { wait_until(Clock::now() + kCloseTime); }
  StreamSource(const StreamSource&) = delete;
  StreamSource& operator=(const StreamSource&) = delete;

  bool grab() override {
    is_damaged_ = false;
    int result = avcodec_receive_frame(decoder_.get(), picture_.get());
    while (result == AVERROR(EAGAIN)) {
      if (!read_packet()) return false;
      // What cannot be decoded is a damaged picture; the next may be whole.
      const int sent = avcodec_send_packet(decoder_.get(), packet_.get());
      result = sent < 0 ? sent : avcodec_receive_frame(decoder_.get(), picture_.get());
    }
    if (result == AVERROR_EOF) return false;
    is_damaged_ = result < 0 || picture_->decode_error_flags != 0 || (picture_->flags & AV_FRAME_FLAG_CORRUPT) != 0;
    grabbed_ = Clock::now();
    if (++count_ == 1) start_ = grabbed_;
    return true;
  }

  double seconds() const override { return std::chrono::duration<double>(grabbed_ - start_).count(); }

  bool retrieve(Frame& frame) override {
    const int width = picture_->width, height = picture_->height;
    if (is_damaged_ || width <= 0 || height <= 0) return false;
    scaler_.reset(sws_getCachedContext(scaler_.release(), width, height, static_cast<AVPixelFormat>(picture_->format),
                                       width, height, AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr, nullptr));
    if (!scaler_) return false;
    cv::Mat image(height, width, CV_8UC3);
    const std::array<std::uint8_t*, 1> planes = {image.data};
    const std::array<int, 1> steps = {static_cast<int>(image.step)};
    if (sws_scale(scaler_.get(), picture_->data, picture_->linesize, 0, height, planes.data(), steps.data()) < 0) {
      return false;
    }
    frame.image = std::move(image);
    frame.seconds = seconds();
    frame.index = count_ - 1;
    frame.source = name_;
    frame.grabbed = grabbed_;
    return true;
  }
  bool is_live() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  void wait_until(Clock::time_point deadline) { deadline_ = deadline.time_since_epoch(); }
  // FFmpeg asks this while it waits, some protocols in a thread of their own.
  static int is_over(void* self) {
    const auto& stream = *static_cast<const StreamSource*>(self);
    return stream.stop_.stop_requested() || Clock::now().time_since_epoch() > stream.deadline_.load();
  }

  [[noreturn]] void fail(int error) const {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    throw Error(
        ErrorCode::kCannotRun,
        fmt::format("{}: the stream cannot be opened ({})", name_,
                    error == AVERROR_EXIT ? fmt::format("no answer for {} s", kOpenTime.count()) : text.data()));
  }

  void connect(const std::string& url) {
    AVFormatContext* format = avformat_alloc_context();
    if (format == nullptr) throw std::bad_alloc();
    format->interrupt_callback = {&is_over, this};
    format->flags |= AVFMT_FLAG_NOBUFFER;
    Options options({{"rtsp_transport", "tcp"}, {"fpsprobesize", "0"}, {"overrun_nonfatal", "1"}});
    if (const char* own = std::getenv("OPENCV_FFMPEG_CAPTURE_OPTIONS")) {
      av_dict_parse_string(options.get(), own, ";", "|", 0);
    }
    int error = avformat_open_input(&format, url.c_str(), nullptr, options.get());  // frees `format` when it fails
    if (error < 0) fail(error);
    format_.reset(format);
    error = avformat_find_stream_info(format, nullptr);
    if (error < 0) fail(error);
  }

  void open_decoder() {
    const AVCodec* codec = nullptr;
    index_ = av_find_best_stream(format_.get(), AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (index_ < 0) fail(index_);
    for (unsigned i = 0; i < format_->nb_streams; ++i) {
      if (std::cmp_not_equal(i, index_)) format_->streams[i]->discard = AVDISCARD_ALL;
    }
    decoder_.reset(avcodec_alloc_context3(codec));
    packet_.reset(av_packet_alloc());
    picture_.reset(av_frame_alloc());
    if (!decoder_ || !packet_ || !picture_) throw std::bad_alloc();
    avcodec_parameters_to_context(decoder_.get(), format_->streams[index_]->codecpar);
    decoder_->thread_count = 1;  // every further thread that decodes frames delays them by one frame
    if (codec->id == AV_CODEC_ID_MJPEG) decoder_->err_recognition |= AV_EF_EXPLODE;  // half a picture is an error
    const int error = avcodec_open2(decoder_.get(), codec, nullptr);
    if (error < 0) fail(error);
  }

  // The next packet of the video; false when the stream has ended, failed, or kept silent for too long.
  bool read_packet() {
    wait_until(Clock::now() + kReadTime);
    int error = 0;
    do {
      av_packet_unref(packet_.get());
      error = av_read_frame(format_.get(), packet_.get());
    } while (error >= 0 && packet_->stream_index != index_);
    wait_until(kNever);
    return error >= 0;
  }

  std::string name_;
  std::stop_token stop_;
  std::atomic<Clock::duration> deadline_{};
  Owned<AVFormatContext> format_;
  Owned<AVCodecContext> decoder_;
  Owned<AVPacket> packet_;
  Owned<AVFrame> picture_;
  Owned<SwsContext> scaler_;
  int index_ = -1;  // of the video among the streams
  bool is_damaged_ = false;
  std::int64_t count_ = 0;
  Clock::time_point start_, grabbed_;
};

}  // namespace

std::unique_ptr<FrameSource> open_stream(const std::string& url, std::stop_token stop) {
  return std::make_unique<StreamSource>(url, std::move(stop));
}

}  // namespace faceatt
