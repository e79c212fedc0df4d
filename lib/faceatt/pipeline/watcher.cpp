#include "faceatt/pipeline/watcher.hpp"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>

namespace faceatt {
namespace {

constexpr int kLeastStrangerFrames = 5;    // a face that passed in fewer frames is not a visit
constexpr int kLeastStrangerQuality = 25;  // percent
constexpr float kStrangerMargin = 0.6F;    // of the face's size, round its picture

float similarity(const Encoding& a, const Encoding& b) {
  float dot = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) dot += a[i] * b[i];
  return dot;
}

std::string picture_of(const Frame& frame, const Box& box) {
  const float margin = kStrangerMargin * std::max(box.width, box.height);
  const cv::Rect wanted(static_cast<int>(box.x - margin), static_cast<int>(box.y - margin),
                        static_cast<int>(box.width + 2 * margin), static_cast<int>(box.height + 2 * margin));
  const cv::Rect part = wanted & cv::Rect(0, 0, frame.image.cols, frame.image.rows);
  std::vector<unsigned char> bytes;
  if (part.empty() || !cv::imencode(".jpg", frame.image(part), bytes, {cv::IMWRITE_JPEG_QUALITY, 92})) return {};
  return {bytes.begin(), bytes.end()};
}

}  // namespace

// What is known of one track. Identity and liveness are of the same face: when another takes its place, both start
// anew.
struct Watcher::Visit {
  Votes votes;
  BlinkCounter blinks;
  EyeMemory eyes;
  int blinks_of_others = 0;  // counted before the face changed; part of the record, not of the verdict
  double readable_seconds = 0;
  std::optional<double> last_read;
  Encoding encoding;  // latest
  double encoded_at = -1e9;
  int encoded_quality = 0;
  int frames = 0;
  bool recognised = false;
  Encoding best_encoding;  // of the best view
  int best_quality = -1;
  std::string picture;

  explicit Visit(const VoteOptions& options) : votes(options) {}
};

Watcher::Watcher(Stages& stages, const Gallery& gallery, const WatchOptions& options)
    : stages_(stages), gallery_(&gallery), options_(options) {
  if (options_.liveness != LivenessMode::kOff) stages_.eyes();
}

Watcher::~Watcher() = default;

void Watcher::process(const Frame& frame, const Sink& sink) {
  seconds_ = frame.seconds;
  const auto faces = stages_.video_detector().detect(frame);
  const auto tracks = tracker_.update(frame.seconds, faces);
  for (std::size_t i = 0; i < faces.size(); ++i) {
    Visit& visit = visits_.try_emplace(tracks[i], options_.votes).first->second;
    look(frame, faces[i], visit);
    if (visit.recognised) continue;
    const LivenessResult liveness = liveness_of(visit);
    const bool live = liveness.verdict == LivenessVerdict::kLive || liveness.verdict == LivenessVerdict::kOff;
    if (live && visit.votes.decided()) {
      visit.recognised = true;
      WatchEvent event = summary(tracks[i], visit);
      event.kind = WatchEvent::Kind::kRecognised;
      sink(event);
    }
  }
  for (const int track : tracker_.take_ended(frame.seconds)) end(track, sink);
}

void Watcher::finish(const Sink& sink) {
  for (const int track : tracker_.take_all()) end(track, sink);
}

void Watcher::look(const Frame& frame, const Face& face, Visit& visit) {
  ++visit.frames;
  const Quality quality = measure_quality(frame, face);
  identify(frame, face, quality, visit);
  if (options_.liveness == LivenessMode::kOff) return;
  const auto eyes = stages_.eyes().read(frame, face);
  if (!eyes) {
    visit.blinks.interrupt();
    visit.last_read.reset();
    return;
  }
  if (visit.last_read) visit.readable_seconds += frame.seconds - *visit.last_read;
  visit.last_read = frame.seconds;
  visit.blinks.add(frame.seconds, eyes->openness(), visit.eyes.likeness(*eyes));
  visit.eyes.remember(frame.seconds, *eyes);
}

void Watcher::identify(const Frame& frame, const Face& face, const Quality& quality, Visit& visit) {
  const double due = visit.votes.decided() ? options_.recheck_seconds : options_.encode_seconds;
  const int percent = quality.percent();
  const bool clearly_better = percent > visit.encoded_quality + 20;
  if (frame.seconds - visit.encoded_at < due && !clearly_better) return;
  if (quality_problem(quality, kProbeLimits)) return;

  Encoding encoding = stages_.encoder().encode(frame, stages_.video_detector().refine(frame, face));
  if (!visit.encoding.empty() && similarity(encoding, visit.encoding) < options_.same_face) {
    // Another face: nothing that was known of the one before holds for it.
    Visit fresh(options_.votes);
    fresh.frames = visit.frames;
    fresh.blinks_of_others = visit.blinks_of_others + visit.blinks.blinks();
    visit = std::move(fresh);
  }
  visit.encoded_at = frame.seconds;
  visit.encoded_quality = percent;
  visit.votes.add(match(*gallery_, encoding, options_.rule));
  if (percent > visit.best_quality) {
    visit.best_quality = percent;
    visit.best_encoding = encoding;
    if (options_.keep_strangers && !visit.votes.decided()) visit.picture = picture_of(frame, face.box);
  }
  visit.encoding = std::move(encoding);
}

LivenessResult Watcher::liveness_of(const Visit& visit) const {
  if (options_.liveness == LivenessMode::kOff) return {};
  return judge_blinks(visit.blinks.blinks(), visit.readable_seconds, visit.blinks.rate());
}

WatchEvent Watcher::summary(int track, const Visit& visit) const {
  WatchEvent event;
  event.track = track;
  event.seconds = seconds_;
  event.identity = visit.votes.decided();
  event.nearest = visit.votes.nearest();
  event.liveness = liveness_of(visit);
  event.blinks = visit.blinks.blinks() + visit.blinks_of_others;
  event.frames = visit.frames;
  return event;
}

void Watcher::end(int track, const Sink& sink) {
  const auto node = visits_.extract(track);
  if (node.empty()) return;
  const Visit& visit = node.mapped();
  WatchEvent event = summary(track, visit);
  if (!event.identity && visit.frames >= kLeastStrangerFrames && visit.votes.judged() > 0) {
    event.kind = visit.votes.is_ambiguous() ? WatchEvent::Kind::kAmbiguous : WatchEvent::Kind::kUnknown;
    event.outsider = event.kind == WatchEvent::Kind::kUnknown && visit.votes.is_outsider();
    const bool worth_a_picture = visit.best_quality >= kLeastStrangerQuality && !event.outsider;
    if (event.kind == WatchEvent::Kind::kUnknown && worth_a_picture && !seen_lately(visit))
      event.picture = visit.picture;
    sink(event);
    event.picture.clear();
    event.outsider = false;
  }
  event.kind = WatchEvent::Kind::kTrackEnd;
  sink(event);
}

// Whether a stranger like this was seen within the visit's time; remembers this one.
bool Watcher::seen_lately(const Visit& visit) {
  std::erase_if(strangers_, [&](const Stranger& s) { return seconds_ - s.seen > options_.visit_seconds; });
  for (Stranger& stranger : strangers_) {
    if (similarity(stranger.encoding, visit.best_encoding) < options_.rule.threshold) continue;
    stranger.seen = seconds_;
    return true;
  }
  strangers_.push_back({visit.best_encoding, seconds_});
  return false;
}

}  // namespace faceatt
