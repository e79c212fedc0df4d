#include "enroll_photos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <set>
#include <system_error>

#include "cli/inputs.hpp"
#include "cli/signals.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/enrol.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt::cli {
namespace {

namespace fs = std::filesystem;

Record record_of(const std::string& file, const EnrolResult& r) {
  const bool closest = !r.closest_id.empty();
  return {{"file", file},
          {"id", r.id},
          {"name", r.name},
          {"verdict", std::string(name_of(r.verdict))},
          {"reason", r.reason},
          {"quality", r.quality > 0 ? FieldValue(std::int64_t{r.quality}) : FieldValue(std::monostate{})},
          {"closest_id", r.closest_id},
          {"closest_score", closest ? FieldValue(Decimal{r.closest_score}) : FieldValue(std::monostate{})}};
}

std::string text_of(const std::string& file, const EnrolResult& r) {
  std::string line = fmt::format("{}  {}  {}", printable(file), printable(r.id), name_of(r.verdict));
  if (!r.reason.empty()) line += ": " + r.reason;
  if (r.verdict == EnrolVerdict::kEnrolled && !r.closest_id.empty()) {
    line +=
        fmt::format("  (quality {}, nearest other: {} {:.2f})", r.quality, printable(r.closest_id), r.closest_score);
  }
  return line;
}

// A photo to enrol, or, in its place in the order, what is to be said of an input that has none.
struct Task {
  fs::path photo;
  std::string id;
  std::string problem = {};
  bool is_failure = false;  // or only a warning
  std::string name = {};    // of who is new; empty: made from the id
};

class Enrolment {
 public:
  Enrolment(const PhotoRequest& request, const MatchRule& rule, Gallery& gallery, Stages& stages, const Tool& tool,
            Output& out, std::set<std::string>& enrolled)
      : request_(request),
        rule_(rule),
        gallery_(gallery),
        stages_(stages),
        tool_(tool),
        out_(out),
        enrolled_(enrolled),
        is_streamed_(std::find(request.photos.begin(), request.photos.end(), "-") != request.photos.end()),
        inputs_(request.photos, request.nul) {
    for (const auto& photo : request.assigned) tasks_.push_back({photo.file, photo.id, {}, false, photo.name});
    listed_ = tasks_.size();
  }

  void from_camera() {
    CameraRequest camera = request_.camera;
    camera.same_person = rule_.threshold;
    for (auto& picture : take_pictures(tool_, stages_, camera)) {
      take({picture.name, request_.id}, offer_of(picture.name, std::move(picture.portrait)));
    }
  }

  void from_photos() {
    using Work = OrderedWork<Task, Offer>;
    const std::set<Digest> known = request_.allow_duplicate ? std::set<Digest>() : digests_of(gallery_);
    const auto make_worker = [&]() -> Work::Worker {
      return [&known, reader = stages_.portrait_reader(kEnrolmentLimits, request_.choice)](const Task& task) {
        const bool worth_reading = task.problem.empty() && !id_problem(task.id);
        return worth_reading ? read_offer(task.photo, reader, known) : Offer{};
      };
    };
    Work::run(
        core_count(), [&] { return next(); }, make_worker, [&](const Task& task, Offer&& offer) { take(task, offer); });
  }

  int finish() {
    tool_.hide_progress();
    if (!stored_.empty()) {
      try {
        add_to_cache(stages_.gallery_options(tool_.db()), stored_);
      } catch (const std::system_error& e) {
        tool_.warn("cache not written: " + e.code().message());
      }
    }
    tool_.note(fmt::format("{} photos enrolled or known, {} refused; {} people in {}", good_, refused_,
                           gallery_.people().size(),
                           tool_.db().string() + (tool_.settings.text("store").empty() ? "" : " and the store")));
    if (stop_signal() != 0) return 128 + stop_signal();
    return refused_ > 0 ? kSomeFailed : good_ > 0 ? kDone : kNothingFound;
  }

 private:
  std::optional<Task> next() {
    // All at once, so that the progress knows how many there are; a list on standard input as it comes.
    while ((tasks_.empty() || !is_streamed_) && stop_signal() == 0) {
      const auto input = inputs_.next();
      if (!input) break;
      expand(*input);
    }
    if (tasks_.empty() || stop_signal() != 0) return std::nullopt;
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  void expand(const std::string& input) {
    std::vector<fs::path> unreadable;
    const auto photos = photos_in(input, unreadable);
    if (photos.empty() && unreadable.empty()) tasks_.push_back({{}, {}, input + ": no photos in this folder"});
    for (const auto& photo : photos) {
      tasks_.push_back({photo, request_.id.empty() ? id_of_path(photo, input) : request_.id});
    }
    for (const auto& folder : unreadable) tasks_.push_back({{}, {}, folder.string() + ": cannot be read", true});
    listed_ += photos.size();
  }

  void take(const Task& task, const Offer& offer) {
    if (!task.problem.empty()) {
      refused_ += task.is_failure;
      return task.is_failure ? tool_.error(task.problem) : tool_.warn(task.problem);
    }
    const std::string file = task.photo.string();
    const EnrolResult result = enrol(
        {task.id, tool_.db(), rule_.threshold, request_.allow_duplicate, tool_.dry_run, task.name}, offer, gallery_);
    const bool fine = result.verdict == EnrolVerdict::kEnrolled || result.verdict == EnrolVerdict::kKnown;
    ++(fine ? good_ : refused_);
    if (fine) enrolled_.insert(result.id);
    if (!fine) tool_.error(printable(file) + ": " + result.reason);
    if (result.stored) stored_.push_back(*result.stored);
    out_.record(record_of(file, result), text_of(file, result));
    tool_.progress("enrolling", good_ + refused_, is_streamed_ ? 0 : listed_);
  }

  const PhotoRequest& request_;
  const MatchRule& rule_;
  Gallery& gallery_;
  Stages& stages_;
  const Tool& tool_;
  Output& out_;
  std::set<std::string>& enrolled_;
  bool is_streamed_;
  Inputs inputs_;
  std::deque<Task> tasks_;
  std::vector<NewPhoto> stored_;
  std::size_t good_ = 0, refused_ = 0, listed_ = 0;
};

}  // namespace

int enrol_photos(const PhotoRequest& request, const MatchRule& rule, Gallery& gallery, Stages& stages, const Tool& tool,
                 Output& out, std::set<std::string>& enrolled) {
  if (!tool.dry_run) {
    try {
      make_private_folder(tool.db());
    } catch (const std::system_error& e) {
      throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", tool.db().string(), e.code().message()));
    }
  }
  catch_signals();
  Enrolment enrolment(request, rule, gallery, stages, tool, out, enrolled);
  if (request.camera.source.empty()) {
    enrolment.from_photos();
  } else {
    enrolment.from_camera();
  }
  return enrolment.finish();
}

}  // namespace faceatt::cli
