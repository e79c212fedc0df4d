// What faceatt-mark-photo does with the photos that were looked at: names, marks, records, pictures.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/pipeline/inbox.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/pipeline/photo_time.hpp"
#include "photo_annotate.hpp"
#include "photo_queue.hpp"
#include "photo_records.hpp"
#include "photo_review.hpp"

namespace faceatt {

// A photo as the networks saw it, or why they could not.
struct LookedPhoto {
  QueuedPhoto photo;
  PhotoTime taken{};
  std::vector<SeenFace> faces{};
  std::string problem{};
  bool is_damaged = false;  // perhaps it is not complete yet
};

struct TimeRule {
  std::optional<LocalTime> at;  // told by the user
  bool ignores_exif = false;
};

// For any thread. Throws Error for what is wrong with more than this photo.
LookedPhoto look_at(const QueuedPhoto& photo, PhotoReader& reader, const TimeRule& rule, const LocalTime& now);

class MarkRun {
 public:
  struct Parts {
    Gallery& gallery;
    const MatchRule& rule;
    const Rules& rules;
    AttendanceLog& log;
    std::optional<Inbox>& inbox;
    std::optional<AnnotatedPhotos>& annotated;
    std::optional<ReviewSheets>& reviewed;
  };
  // `location`: where the photos were taken, empty: not known.
  MarkRun(const cli::Tool& tool, cli::Output& out, const Parts& parts, std::string location)
      : tool_(tool), out_(out), parts_(parts), location_(std::move(location)) {}

  // Marks who is in the photos, then prints the records in their order, draws, and clears the inbox. Photos that come
  // together and are of one session are of the same people: who is in several of them is decided on from all, and
  // marked where they are seen best. Throws Error(kCannotRun).
  void conclude(std::vector<LookedPhoto> photos);

  // Who is absent, the sheet of doubts, the sum. The exit code.
  int finish(bool lists_absent, Stages& stages);

 private:
  struct Outcome {
    std::vector<RecognisedFace> faces;
    std::vector<FaceMark> marks;  // of each of them
  };

  std::vector<Outcome> recognise_all(std::vector<LookedPhoto>& photos) const;
  void mark_best_views(const std::vector<LookedPhoto>& photos, std::vector<Outcome>& outcomes);
  Ruling rule(const LookedPhoto& photo, const RecognisedFace& face) const;
  std::string append(const AttendanceRow& row);
  std::string session_of(const LocalTime& time);
  bool is_expected(const Person& person) const;
  void print(const LookedPhoto& photo, const Outcome& outcome);
  void draw(const LookedPhoto& photo, const Outcome& outcome);
  void fail(const LookedPhoto& photo);
  void move_out(const LookedPhoto& photo);

  const cli::Tool& tool_;
  cli::Output& out_;
  Parts parts_;
  std::string location_;
  MarkCounts counts_;
  std::set<std::string> present_, would_be_marked_;
  std::set<std::string> groups_;      // of the sessions of the photos
  bool has_session_for_all_ = false;  // one of those sessions is of no group
  bool drew_all_ = true;
};

}  // namespace faceatt
