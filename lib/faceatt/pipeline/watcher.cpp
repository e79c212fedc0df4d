#include "faceatt/pipeline/watcher.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "faceatt/liveness/blink.hpp"
#include "faceatt/liveness/challenge.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/threads.hpp"

namespace faceatt {
namespace {

constexpr int kLeastFrames = 3;            // a face that was gone sooner was none
constexpr int kLeastStrangerFrames = 5;    // a face that passed in fewer frames is not a visit
constexpr int kLeastStrangerQuality = 25;  // percent
constexpr float kStrangerMargin = 0.6F;    // of the face's size, round its picture
constexpr int kLeastQuality = 15;          // percent; less is no evidence of anything
constexpr int kPoorQuality = 35;           // percent
constexpr int kClearlyBetter = 20;         // percent of quality
constexpr double kClearlyBelow = 0.15;     // the threshold
constexpr int kMostDoubts = 6;             // looks that leave it open whether a face is still the same
constexpr double kInPicture = 0.3;         // seconds; a face that was not seen for longer is not drawn
constexpr double kOutOfSight = 0.3;        // nor can it be in two places
constexpr int kJpegQuality = 92;
constexpr double kWaitForName = 1.5;  // seconds that an attack is not told while nobody knows whose face it is
constexpr int kManyPassiveLooks = 12;
constexpr double kSureLive = 0.9;         // probability
constexpr float kOpenBeyondDoubt = 0.5F;  // openness over BlinkOptions::shut of any baseline

cv::Mat cut_out(const cv::Mat& image, const Box& box) {
  const float margin = kStrangerMargin * std::max(box.width, box.height);
  const cv::Rect wanted(static_cast<int>(box.x - margin), static_cast<int>(box.y - margin),
                        static_cast<int>(box.width + 2 * margin), static_cast<int>(box.height + 2 * margin));
  return image(wanted & cv::Rect(0, 0, image.cols, image.rows)).clone();
}

std::string jpeg_of(const cv::Mat& picture) {
  std::vector<unsigned char> bytes;
  if (picture.empty() || !cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality})) return {};
  return {bytes.begin(), bytes.end()};
}

// What of one face tells whether it is alive. It belongs to that face alone: with another, it starts anew.
struct LivenessHistory {
  BlinkCounter blinks{};
  EyeMemory eyes{};
  double readable_seconds = 0;
  std::optional<double> last_read;
  PassiveHistory passive{};
  LoopCounter loops{};
  std::optional<Challenge> challenge{};  // once something is asked for
  int told_prompts = 0;
};

}  // namespace

// What is known of one face's stay. Identity and liveness are of the same face: when another takes its place, that is
// another visit.
struct Watcher::Visit {
  int number;  // the track of the events
  Votes votes;
  LivenessHistory life;
  int blinks_before = 0;  // in earlier stays of this visit; part of the record, not of the verdict
  double first_seen = 0, last_seen = 0;
  Box box;
  int frames = 0;
  bool recognised = false;
  bool told_spoof = false;

  Encoding encoding;  // latest
  double encoded_at = -1e9, measured_at = -1e9;
  bool doubtful = false;       // perhaps another face by now
  bool changed = false;        // and it looks so
  bool seen_doubtful = false;  // the place told so in the last frame
  bool urgent = false;         // to be encoded as soon as it can be
  int doubts = 0;              // looks since then that left it open
  double doubted_at = 0;

  Encoding best_encoding;  // of the best view
  int best_quality = -1;
  cv::Mat picture;

  Visit(int n, const VoteOptions& options) : number(n), votes(options) {}

  // How much an encoding is like this face; -1 while nothing is known of it.
  float likeness(const Encoding& other) const {
    return encoding.empty() ? -1 : std::max(similarity(encoding, other), similarity(best_encoding, other));
  }
  void forget_life() {
    blinks_before += life.blinks.blinks();
    life = LivenessHistory{};
  }
};

WatchStages watch_stages(Stages& stages) {
  return {stages.video_detector(), stages.encoder(), [&stages]() -> EyeReader& { return stages.eyes(); },
          [&stages]() -> PassiveReader& { return stages.passive(); }};
}

Watcher::Watcher(WatchStages stages, const Gallery& gallery, const WatchOptions& options)
    : stages_(std::move(stages)), gallery_(&gallery), options_(options), follower_(stages_.detector, options.follow) {
  load_networks(options_.liveness);
}

// Before the first face, not when somebody waits.
void Watcher::load_networks(LivenessMode liveness) const {
  if (wants_eyes(liveness)) stages_.eyes();
  if (wants_passive(liveness)) stages_.passive();
}

Watcher::~Watcher() = default;

Watcher::Visit& Watcher::visit_of(int track) {
  const auto known = visits_.find(track);
  if (known != visits_.end()) return known->second;
  Visit fresh(next_number_++, options_.votes);
  fresh.first_seen = seconds_;
  return visits_.emplace(track, std::move(fresh)).first->second;
}

void Watcher::process(const Frame& frame, const Sink& sink) {
  seconds_ = frame.seconds;
  const auto faces = follower_.update(frame);
  if (follower_.saw_cut()) leave_unproven();
  if (wants_passive(options_.liveness)) recent_.add(frame.seconds, follower_.cells());
  for (const FollowedFace& seen : faces) {
    look(frame, seen);
    Visit& visit = visit_of(seen.track);  // may be another than before the look
    if (visit.recognised || visit.doubtful) continue;
    const LivenessResult liveness = liveness_of(visit);
    const bool is_known = visit.votes.decided().has_value();
    const bool waits_for_name = !is_known && frame.seconds - visit.first_seen < kWaitForName;
    if (liveness.verdict == LivenessVerdict::kSpoof && !waits_for_name && !std::exchange(visit.told_spoof, true)) {
      WatchEvent event = summary(visit);
      event.kind = WatchEvent::Kind::kSpoof;
      sink(event);
    }
    if (!is_known) continue;
    const auto& challenge = visit.life.challenge;
    const int prompts = challenge ? challenge->prompts() : 0;
    if (challenge && challenge->prompt() && std::exchange(visit.life.told_prompts, prompts) < prompts) {
      WatchEvent event = summary(visit);
      event.kind = WatchEvent::Kind::kPrompt;
      event.liveness.reason = text_of(*challenge->prompt());
      sink(event);
    }
    if (liveness.verdict != LivenessVerdict::kLive && liveness.verdict != LivenessVerdict::kOff) continue;
    visit.recognised = true;
    WatchEvent event = summary(visit);
    event.kind = WatchEvent::Kind::kRecognised;
    sink(event);
  }
  for (const int track : follower_.take_ended(frame.seconds)) {
    auto node = visits_.extract(track);
    if (!node.empty()) left_.push_back(std::move(node.mapped()));
  }
  const double gone = options_.follow.tracker.max_gap_seconds + options_.resume_seconds;
  for (std::size_t i = 0; i < left_.size();) {
    if (seconds_ - left_[i].last_seen <= gone) {
      ++i;
      continue;
    }
    const Visit visit = std::move(left_[i]);
    left_.erase(left_.begin() + static_cast<std::ptrdiff_t>(i));
    if (visit.frames >= kLeastFrames) end(visit, sink);
  }
}

// In another scene a face in the same place is the same one only if its encoding says so.
void Watcher::leave_unproven() {
  for (auto at = visits_.begin(); at != visits_.end();) {
    if (!at->second.encoding.empty()) {
      ++at;
      continue;
    }
    left_.push_back(std::move(at->second));
    at = visits_.erase(at);
  }
}

void Watcher::finish(const Sink& sink) {
  follower_.take_all();
  std::vector<Visit> all = std::exchange(left_, {});
  std::erase_if(all, [](const Visit& visit) { return visit.frames < kLeastFrames; });
  for (auto& [track, visit] : visits_) all.push_back(std::move(visit));
  visits_.clear();
  std::sort(all.begin(), all.end(), [](const Visit& a, const Visit& b) { return a.number < b.number; });
  for (const Visit& visit : all) end(visit, sink);
}

void Watcher::use(const Gallery& gallery) {
  gallery_ = &gallery;
  for (auto& [track, visit] : visits_) {
    visit.votes = Votes(options_.votes);
    visit.encoded_at = -1e9;
  }
}

void Watcher::use(const MatchRule& rule, LivenessMode liveness) {
  if (rule == options_.rule && liveness == options_.liveness) return;
  load_networks(liveness);
  options_.rule = rule;
  options_.liveness = liveness;
  use(*gallery_);
}

void Watcher::look(const Frame& frame, const FollowedFace& seen) {
  const Visit& before = visit_of(seen.track);
  const bool unproven =
      before.doubtful && before.changed && frame.seconds - before.doubted_at > options_.most_doubt_seconds;
  if (unproven || (seen.changed && before.encoding.empty())) replace(seen.track);
  Visit& visit = visit_of(seen.track);
  ++visit.frames;
  visit.box = seen.face.box;
  visit.last_seen = frame.seconds;
  if (seen.doubtful && !visit.doubtful) {
    visit.doubtful = true;
    visit.changed = false;
    visit.doubts = 0;
    visit.doubted_at = frame.seconds;
    if (visit.encoding.empty()) visit.forget_life();  // nothing would tell whose they were
  }
  visit.changed |= seen.changed;
  // Two who sit cheek by cheek are in doubt for hours: once the encoding has told who is who, that is not urgent.
  if (seen.doubtful && !std::exchange(visit.seen_doubtful, seen.doubtful)) visit.urgent = true;
  identify(frame, seen);
  Visit& now = visit_of(seen.track);
  const bool reads_eyes = wants_eyes(options_.liveness) && !now.recognised && read_eyes(frame, seen.face, now);
  if (wants_passive(options_.liveness) && !now.recognised) look_for_picture(frame, seen.face, now);
  const bool is_asked = options_.liveness == LivenessMode::kChallenge && !now.recognised && now.votes.decided();
  if (is_asked) challenge(frame, seen.face, reads_eyes, now);
  if (reads_eyes || is_asked) {
    // While they close, in every frame.
    const bool closes = reads_eyes && !now.life.blinks.is_open();
    follower_.watch_closely(seen.track, closes ? 0 : options_.eye_seconds);
  } else {
    follower_.relax(seen.track, seconds_until_next(now));
  }
}

// Whether they could be read.
bool Watcher::read_eyes(const Frame& frame, const Face& face, Visit& visit) const {
  LivenessHistory& history = visit.life;
  const auto eyes = stages_.eyes().read(frame, face);
  if (!eyes) {
    history.blinks.interrupt();
    history.last_read.reset();
    return false;
  }
  if (history.last_read) history.readable_seconds += frame.seconds - *history.last_read;
  history.last_read = frame.seconds;
  const float openness = eyes->openness();
  history.blinks.add(frame.seconds, openness, openness < kOpenBeyondDoubt ? history.eyes.likeness(*eyes) : 1);
  history.eyes.remember(frame.seconds, *eyes);
  return true;
}

void Watcher::challenge(const Frame& frame, const Face& face, bool reads_eyes, Visit& visit) const {
  LivenessHistory& life = visit.life;
  const bool sees_blinks = reads_eyes && life.blinks.can_count();
  const auto pose = head_pose(face.landmarks);
  if (!pose) return;
  if (!life.challenge) life.challenge.emplace();
  life.challenge->add(frame.seconds, *pose, sees_blinks ? std::optional(life.blinks.blinks()) : std::nullopt);
}

// Is it a picture? Quickly at first, then as long as that is open.
void Watcher::look_for_picture(const Frame& frame, const Face& face, Visit& visit) const {
  visit.life.loops.look(recent_, face.box, frame.image.cols, frame.image.rows);
  PassiveHistory& history = visit.life.passive;
  const double live = history.live().value_or(0.5);
  const bool is_sure = live > kSureLive || live < 1 - kSureLive;
  const double first = visit.votes.decided() ? options_.passive_first_seconds : options_.passive_others_seconds;
  const double pause = history.looks() < kLeastLiveLooks                 ? first
                       : is_sure || history.looks() >= kManyPassiveLooks ? options_.passive_longest_seconds
                                                                         : options_.passive_seconds;
  if (frame.seconds - history.last_seconds() < pause) return;
  const ThreadsPerCall threads(options_.threads);
  history.add(frame.seconds, stages_.passive().glance(frame, face, history.looks()));
}

// Between two encodings of a face: quickly while that may decide something, of a stranger ever more slowly.
double Watcher::seconds_until_next(const Visit& visit) const {
  if (visit.urgent) return options_.encode_seconds;
  if (visit.recognised) return options_.marked_seconds;
  if (visit.votes.decided()) return visit.doubtful ? options_.encode_seconds : options_.decided_seconds;
  const auto& nearest = visit.votes.nearest();
  const bool is_stranger = !nearest || nearest->best_score < options_.rule.threshold - kClearlyBelow;
  const int quick = is_stranger ? options_.stranger_votes : options_.quick_votes;
  const int doublings = std::clamp(visit.votes.judged() - quick, 0, 10);
  // A poor view proves little, and a clearly better one is not kept waiting.
  const double first =
      visit.best_quality >= 0 && visit.best_quality < kPoorQuality ? options_.poor_seconds : options_.encode_seconds;
  return std::min(options_.longest_seconds, first * std::pow(2, doublings));
}

void Watcher::identify(const Frame& frame, const FollowedFace& seen) {
  Visit& visit = visit_of(seen.track);
  const double due = seconds_until_next(visit);
  if (frame.seconds - std::max(visit.measured_at, visit.encoded_at) < options_.encode_seconds) return;
  const bool is_due = frame.seconds - visit.encoded_at >= due;
  if (!is_due && (visit.recognised || visit.best_quality + kClearlyBetter >= 100)) return;
  visit.measured_at = frame.seconds;
  const Quality quality = measure_quality(frame, seen.face);
  const int percent = quality.percent();
  if (!is_due && percent <= visit.best_quality + kClearlyBetter) return;
  if (quality_problem(quality, kProbeLimits) || percent < kLeastQuality) return;

  const ThreadsPerCall threads(options_.threads);
  Encoding encoding = stages_.encoder.encode(frame, stages_.detector.refine(frame, seen.face));
  ++encodings_;
  const auto proven = static_cast<float>(options_.proven_face);
  if (visit.encoding.empty()) {
    take_back(seen.track, encoding, proven);
  } else if (visit.doubtful) {
    settle_doubt(seen.track, encoding);
  } else if (visit.likeness(encoding) < options_.same_face && !take_back(seen.track, encoding, proven)) {
    replace(seen.track);
    ++visit_of(seen.track).frames;
  }
  Visit& whose = visit_of(seen.track);
  whose.doubtful &= !whose.encoding.empty();  // what is not known cannot be mistaken
  whose.encoded_at = frame.seconds;
  whose.urgent = false;
  if (whose.doubtful) return;  // it may be somebody else's face
  whose.votes.add(match(*gallery_, encoding, options_.rule), std::max(1, percent));
  if (percent > whose.best_quality) {
    whose.best_quality = percent;
    whose.best_encoding = encoding;
    if (options_.keep_strangers && !whose.votes.decided()) whose.picture = cut_out(frame.image, seen.face.box);
  }
  whose.encoding = std::move(encoding);
}

// After a doubt: the same face, one of those who are in doubt too or who left just now, or somebody new.
void Watcher::settle_doubt(int track, const Encoding& encoding) {
  Visit& visit = visits_.at(track);
  const float own = visit.likeness(encoding);
  const auto proven = static_cast<float>(options_.proven_face);
  if (take_back(track, encoding, std::max(own, proven))) return;
  if (own >= proven) {
    visit.doubtful = false;
  } else if (own < options_.same_face || visit.changed || ++visit.doubts >= kMostDoubts) {
    replace(track);
    ++visit_of(track).frames;
  }
}

// Another face took the place of this track's: a new visit, until we know better.
void Watcher::replace(int track) {
  auto node = visits_.extract(track);
  left_.push_back(std::move(node.mapped()));
  Visit& fresh = visit_of(track);
  fresh.box = left_.back().box;
  fresh.last_seen = seconds_;
}

// Gives the track the visit of a face that is in doubt elsewhere, out of sight or has left just now, and is at least
// this much like the encoding. What the eyes did since is this face's own; what they did before is no proof any more.
bool Watcher::take_back(int track, const Encoding& encoding, float least) {
  // Who is out of sight has left, as far as this is concerned; should the face be seen there again, it is looked at
  // anew.
  for (auto at = visits_.begin(); at != visits_.end();) {
    const bool is_out_of_sight = at->first != track && (seconds_ - at->second.last_seen > kOutOfSight ||
                                                        !follower_.place_of(at->first, seconds_));
    if (is_out_of_sight && at->second.likeness(encoding) >= least) {
      left_.push_back(std::move(at->second));
      at = visits_.erase(at);
    } else {
      ++at;
    }
  }
  Visit& visit = visits_.at(track);
  const auto likeness_of = [&](const Visit& other) { return other.likeness(encoding); };
  const auto left = std::max_element(left_.begin(), left_.end(),
                                     [&](const Visit& a, const Visit& b) { return likeness_of(a) < likeness_of(b); });
  Visit* doubtful = nullptr;
  for (auto& [at, other] : visits_) {
    if (at == track || !other.doubtful || likeness_of(other) < least) continue;
    least = likeness_of(other);
    doubtful = &other;
  }
  const bool is_left = left != left_.end() && likeness_of(*left) >= least;
  if (!is_left && doubtful == nullptr) return false;

  Visit& other = is_left ? *left : *doubtful;
  std::swap(visit, other);
  visit.forget_life();
  visit.box = other.box;
  visit.last_seen = seconds_;
  visit.doubtful = false;
  ++visit.frames;
  if (!is_left) {
    other.forget_life();
    other.doubtful = true;
    other.doubts = 0;
  } else if (other.encoding.empty()) {  // a new track that turned out to be the old one
    std::swap(visit.life, other.life);
    visit.frames += other.frames - 1;
    next_number_ -= other.number == next_number_ - 1;
    left_.erase(left);
  }
  return true;
}

LivenessResult Watcher::liveness_of(const Visit& visit) const {
  const LivenessHistory& life = visit.life;
  const auto& challenge = life.challenge;
  const auto prompt = challenge ? challenge->prompt() : std::nullopt;
  return judge_liveness(
      {life.blinks.blinks(), life.readable_seconds, life.blinks.rate(), life.passive.live(), life.passive.looks(),
       life.passive.pattern(), life.passive.problem(), life.loops.repeated_seconds(), challenge && challenge->passed(),
       prompt ? text_of(*prompt) : "", challenge ? challenge->failure() : ""},
      options_.liveness);
}

WatchEvent Watcher::summary(const Visit& visit) const {
  WatchEvent event;
  event.track = visit.number;
  event.seconds = seconds_;
  event.since = seconds_ - visit.first_seen;
  event.identity = visit.votes.decided();
  event.nearest = visit.votes.nearest();
  event.liveness = liveness_of(visit);
  event.blinks = visit.life.blinks.blinks() + visit.blinks_before;
  event.frames = visit.frames;
  return event;
}

void Watcher::end(const Visit& visit, const Sink& sink) {
  WatchEvent event = summary(visit);
  event.since = visit.last_seen - visit.first_seen;
  if (!event.identity && visit.frames >= kLeastStrangerFrames && visit.votes.judged() > 0) {
    WatchEvent stranger = event;
    stranger.kind = visit.votes.is_ambiguous() ? WatchEvent::Kind::kAmbiguous : WatchEvent::Kind::kUnknown;
    stranger.outsider = stranger.kind == WatchEvent::Kind::kUnknown && visit.votes.is_outsider();
    stranger.quality = visit.best_quality;
    const bool worth_a_picture = visit.best_quality >= kLeastStrangerQuality && !stranger.outsider;
    if (stranger.kind == WatchEvent::Kind::kUnknown && worth_a_picture && !seen_lately(visit)) {
      stranger.picture = jpeg_of(visit.picture);
      stranger.encoding = visit.best_encoding;
    }
    sink(stranger);
  }
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

std::vector<WatchedFace> Watcher::watched() const {
  std::vector<WatchedFace> faces;
  for (const auto& [track, visit] : visits_) {
    const auto place = follower_.place_of(track, seconds_);
    if (!place || seconds_ - visit.last_seen > kInPicture) continue;
    WatchedFace face;
    face.box = *place;
    face.track = visit.number;
    face.identity = visit.votes.decided();
    face.nearest = visit.votes.nearest();
    face.recognised = visit.recognised;
    face.ambiguous = visit.votes.is_ambiguous();
    face.judged = visit.votes.judged();
    face.liveness = liveness_of(visit);
    faces.push_back(std::move(face));
  }
  return faces;
}

Watcher::Work Watcher::work() const { return {follower_.looks(), encodings_}; }

}  // namespace faceatt
