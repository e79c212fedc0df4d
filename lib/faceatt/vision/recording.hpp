// Frames -> a video file. An object file of its own, so that only programs that record or watch load videoio.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <opencv2/core/mat.hpp>

namespace faceatt {

enum class IfExists { kRefuse, kReplace };

// A video of constant rate from frames that come when they come: one that is late is preceded by copies of the one
// before, one that is early replaces nothing and is left out. The file, .mp4, .mkv or .avi, is only its owner's to read
// (0600). Until finish() an .mp4 or .avi cannot be played; an .mkv can, up to where it got. One thread at a time.
class Recorder {
 public:
  // `fps`: frames per second of the file, 1..240. Throws UsageError for a name that ends otherwise, a rate out of
  // range, or a file that is there and is not to be replaced; Error(kCannotRun) when it cannot be created.
  Recorder(const std::filesystem::path& path, double fps, IfExists if_exists = IfExists::kRefuse);
  // As finish(), but nobody hears of what went wrong.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // `image`: 8-bit BGR, at least 16x16; the first one gives the video its size (made even), later ones of another size
  // get black borders. `seconds`: when it was taken, on a clock that does not go back; after a gap of more than 2 s the
  // video goes on at once. Takes as long as encoding does, for a frame that is late as long as encoding its copies.
  // Throws Error(kCannotRun), once the file is closed as finish() does it, when the disk is all but full or the codec
  // is missing; what is added after that is left out.
  void add(const cv::Mat& image, double seconds);

  // Closes the file and reads it again: returns when every frame is in it, else throws Error(kCannotRun). A video
  // without a frame is removed. Nothing happens the second time.
  void finish();

  std::int64_t frames() const;  // written so far, copies included

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace faceatt
