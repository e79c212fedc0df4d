#include "watch_pictures.hpp"

#include <fmt/format.h>

#include "faceatt/core/error.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr int kUnknownVotes = 3;  // a face is called unknown when so many looks found nobody

FaceLabel label_of(const WatchedFace& face) {
  FaceLabel label;
  label.box = face.box;
  if (face.identity) {
    label.look = face.recognised ? Look::kMarked : Look::kKnown;
    label.title = face.identity->name;
    label.note = fmt::format("{:.2f}", face.identity->best_score);
  } else if (face.ambiguous) {
    label.look = Look::kAmbiguous;
    label.title = "two people in range";
  } else if (face.judged >= kUnknownVotes) {
    label.look = Look::kUnknown;
    label.title = "unknown";
  }
  if (face.liveness.verdict == LivenessVerdict::kSpoof) {
    label.look = Look::kSpoof;
    label.title = face.identity ? "spoof of " + face.identity->name : "spoof";
    label.note = face.liveness.reason;
  }
  if (!face.recognised && !face.liveness.request.empty()) {
    label.note += (label.note.empty() ? "" : "  ") + face.liveness.request;
  }
  return label;
}

// What the nearest of those who are not marked yet is asked to do.
std::string request_of(const std::vector<WatchedFace>& faces) {
  const WatchedFace* nearest = nullptr;
  for (const WatchedFace& face : faces) {
    if (face.recognised || !face.identity || face.liveness.request.empty()) continue;
    if (nearest == nullptr || face.box.area() > nearest->box.area()) nearest = &face;
  }
  return nearest == nullptr ? "" : nearest->identity->name + ": " + nearest->liveness.request;
}

fs::path of_camera(const fs::path& path, const std::string& camera, bool several) {
  if (!several) return path;
  return path.parent_path() / (path.stem().string() + "-" + camera + path.extension().string());
}

}  // namespace

Pictures::Pictures(cli::Tool& tool, const PictureOptions& options, const std::string& camera, bool several)
    : tool_(tool) {
  const auto if_exists = options.overwrite ? IfExists::kReplace : IfExists::kRefuse;
  if (!options.preview.empty()) preview_ = std::make_unique<Preview>(of_camera(options.preview, camera, several));
  if (options.window) window_ = Window::create("faceatt-watch: " + camera);
  if (!options.video.empty()) {
    video_ = std::make_unique<Recorder>(of_camera(options.video, camera, several), options.fps, if_exists);
  }
}

void Pictures::show(const Frame& frame, const std::vector<WatchedFace>& faces, const std::string& status) {
  std::vector<FaceLabel> labels;
  for (const WatchedFace& face : faces) {
    labels.push_back(label_of(face));
    if (tool_.verbose()) labels.back().note += fmt::format("  #{}", face.track);  // as in the events
  }
  cv::Mat image = frame.image.clone();
  painter_.draw(image, labels, status, request_of(faces));
  if (video_) {
    try {
      video_->add(image, frame.seconds);
    } catch (const Error& e) {
      tool_.warn(std::string(e.what()) + "; recording no more");
      video_.reset();
      failed_ = true;
    }
  }
  if (preview_) {
    if (const auto problem = preview_->offer(image, frame.seconds)) tool_.warn(*problem);
  }
  if (window_) {
    if (const auto key = window_->show(image)) key_ = key;
    last_ = image;
  }
}

void Pictures::show_lost(const std::string& status) {
  if (!window_ || last_.empty()) return;
  last_ = last_ * 0.4;
  painter_.draw(last_, {}, status);
}

void Pictures::idle() {
  if (!window_ || last_.empty()) return;
  if (const auto key = window_->show(last_)) key_ = key;
}

bool Pictures::finish() {
  if (!video_) return !failed_;
  try {
    video_->finish();
  } catch (const Error& e) {
    tool_.error(e.what());
    failed_ = true;
  }
  return !failed_;
}

}  // namespace faceatt
