#include "photo_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <tuple>
#include <utility>

#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {

LookedPhoto look_at(const QueuedPhoto& photo, PhotoReader& reader, const TimeRule& rule, const LocalTime& now) {
  LookedPhoto looked{photo};
  looked.problem = photo.problem;
  if (!looked.problem.empty()) return looked;
  try {
    const Frame frame = read_photo(photo.file);
    const auto exif = rule.ignores_exif ? std::nullopt : frame.taken;
    looked.taken = photo_time(photo.file, {exif, rule.at, file_time(photo.file)}, now);
    looked.faces = reader.look(frame);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kInput) throw;
    looked.problem = e.what();
    looked.is_damaged = dynamic_cast<const DamagedPhoto*>(&e) != nullptr;
  } catch (const std::exception& e) {  // of OpenCV or dlib: one photo, not the end of the run
    looked.problem = photo.file + ": cannot be looked at: " + e.what();
  }
  return looked;
}

void MarkRun::conclude(std::vector<LookedPhoto> photos) {
  std::vector<Outcome> outcomes = recognise_all(photos);
  mark_best_views(photos, outcomes);  // the log first, then the records
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (!photos[i].problem.empty()) {
      fail(photos[i]);
      continue;
    }
    print(photos[i], outcomes[i]);
    draw(photos[i], outcomes[i]);
    move_out(photos[i]);
  }
}

std::vector<MarkRun::Outcome> MarkRun::recognise_all(std::vector<LookedPhoto>& photos) const {
  std::map<std::string, std::vector<std::size_t>> sessions;  // what was open: photos
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (!photos[i].problem.empty()) continue;
    std::string key;
    for (const Meeting& meeting : parts_.rules.open_at(photos[i].taken.time, location_)) {
      key += meeting.date + '\n' + meeting.session + '\n';
    }
    sessions[key].push_back(i);
  }
  for (const auto& [key, of_session] : sessions) {
    if (of_session.size() < 2) continue;
    std::vector<std::vector<SeenFace>> faces;
    for (const std::size_t i : of_session) faces.push_back(std::move(photos[i].faces));
    merge_views(faces, parts_.rule.threshold);
    for (std::size_t k = 0; k < faces.size(); ++k) photos[of_session[k]].faces = std::move(faces[k]);
  }
  std::vector<Outcome> outcomes;
  for (const LookedPhoto& photo : photos) {
    Outcome& outcome = outcomes.emplace_back();
    outcome.faces = recognise(parts_.gallery, parts_.rule, photo.faces);
    outcome.marks.resize(outcome.faces.size());
  }
  return outcomes;
}

void MarkRun::mark_best_views(const std::vector<LookedPhoto>& photos, std::vector<Outcome>& outcomes) {
  struct View {
    std::size_t photo, face;
    AttendanceRow row;
    std::pair<int, float> quality;  // percent, then pixels
  };
  std::map<std::string, View> best;  // of a key of the log
  for (std::size_t i = 0; i < photos.size(); ++i) {
    const std::string session = photos[i].problem.empty() ? session_of(photos[i].taken.time) : "";
    for (std::size_t k = 0; k < outcomes[i].faces.size(); ++k) {
      const RecognisedFace& face = outcomes[i].faces[k];
      FaceMark& mark = outcomes[i].marks[k];
      mark.session = session;
      if (face.verdict != FaceVerdict::kMatch || face.liveness.verdict == LivenessVerdict::kUnsure) continue;
      const Ruling ruling = rule(photos[i], face);
      if (!ruling.row) {
        mark.reason = ruling.reason;
        ++counts_.closed;
        continue;
      }
      mark = {"already", ruling.row->session, ruling.row->status, ruling.late_minutes};
      View view{i, k, *ruling.row, {face.quality.percent(), face.face.box.area()}};
      const auto [at, is_first] = best.try_emplace(key_of(view.row), view);
      if (!is_first && view.quality > at->second.quality) at->second = std::move(view);
    }
  }
  std::map<std::pair<std::size_t, std::size_t>, const View*> in_order;  // of photo and face
  for (const auto& [key, view] : best) in_order[{view.photo, view.face}] = &view;
  for (const auto& [at, view] : in_order) {
    FaceMark& mark = outcomes[view->photo].marks[view->face];
    mark.marked = append(view->row);
    if (const auto why = parts_.log.waits_because(); why && mark.marked == "new") mark.reason = "waits here: " + *why;
    if (mark.marked == "no") mark.reason = fmt::format("{} was ended before", view->row.session);
    if (mark.marked != "no") present_.insert(view->row.id);
  }
}

Ruling MarkRun::rule(const LookedPhoto& photo, const RecognisedFace& face) const {
  const Person& person = *face.match.best->person;
  const std::string source = std::filesystem::path(photo.photo.file).filename().string();
  return parts_.rules.rule({person.id, person.name, photo.taken.time, source, face.match.best->score,
                            name_of(face.liveness.verdict), person.groups, location_},
                           parts_.log);
}

// What FaceMark::marked is then.
std::string MarkRun::append(const AttendanceRow& row) {
  using Said = AttendanceLog::Outcome;
  Said outcome = tool_.dry_run ? parts_.log.check(row) : parts_.log.append(row);
  if (tool_.dry_run && outcome == Said::kNew && !would_be_marked_.insert(key_of(row)).second) {
    outcome = Said::kAlready;
  }
  auto repaired = parts_.log.take_warnings();
  tool_.warn_all(repaired);
  if (outcome == Said::kAfterEnd) return "no";
  return outcome == Said::kNew ? "new" : "already";
}

// The session that was open then, empty when there was none or more than one; who is expected follows from it.
std::string MarkRun::session_of(const LocalTime& time) {
  const auto open = parts_.rules.open_at(time, location_);
  for (const Meeting& meeting : open) {
    groups_.insert(meeting.groups.begin(), meeting.groups.end());
    has_session_for_all_ |= meeting.groups.empty();
  }
  return open.size() == 1 ? open.front().session : "";
}

bool MarkRun::is_expected(const Person& person) const {
  return person.expected &&
         (has_session_for_all_ || std::any_of(person.groups.begin(), person.groups.end(),
                                              [&](const auto& group) { return groups_.contains(group); }));
}

void MarkRun::print(const LookedPhoto& photo, const Outcome& outcome) {
  const std::string& file = photo.photo.file;
  ++counts_.photos;
  tool_.detail(fmt::format("{}: taken {} ({})", file, photo.taken.time.iso8601(), name_of(photo.taken.from)));
  if (outcome.faces.empty()) {
    FaceMark none;
    none.session = session_of(photo.taken.time);
    out_.record(photo_record(file, "no_face", &photo.taken, 0, nullptr, none), printable(file) + "  no face");
  }
  const std::string date = photo.taken.time.date();
  const std::string other_date = date == tool_.clock()().date() ? "" : date;
  for (std::size_t i = 0; i < outcome.faces.size(); ++i) {
    const RecognisedFace& face = outcome.faces[i];
    const FaceMark& mark = outcome.marks[i];
    counts_.add(face);
    if (is_outsider(face)) {
      tool_.detail(fmt::format("{}: face {} is enrolled, but not of group {}", file, i + 1, tool_.group()));
    }
    const FaceTextOptions options{other_date, tool_.group(), tool_.dry_run, parts_.rules.schedule() != nullptr};
    out_.record(photo_record(file, name_of(face.verdict), &photo.taken, i + 1, &face, mark),
                face_text(file, i + 1, face, mark, options));
  }
}

// From the file again: photos are large, and many of them may be under way.
void MarkRun::draw(const LookedPhoto& photo, const Outcome& outcome) {
  if (!parts_.annotated && !parts_.reviewed) return;
  const std::string& file = photo.photo.file;
  const auto attempt = [&](const auto& picture) {
    try {
      picture();
    } catch (const Error& e) {
      drew_all_ = false;
      tool_.error(printable(e.what()));
    }
  };
  attempt([&] {
    const Frame frame = read_photo(file);
    attempt([&] {
      if (parts_.annotated) {
        parts_.annotated->write(file, frame, outcome.faces, text_of_photo(file, outcome.faces));
      }
    });
    if (parts_.reviewed) parts_.reviewed->add(file, frame, outcome.faces);
  });
}

void MarkRun::fail(const LookedPhoto& photo) {
  const std::string file = photo.photo.file;
  if (const auto& from = photo.photo.from_inbox) {
    try {
      if (!parts_.inbox->set_aside(*from, photo.problem, photo.is_damaged)) {
        return tool_.detail(photo.problem + "; left for next time");
      }
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kInput) throw;
      tool_.error(printable(e.what()));
    }
  }
  ++counts_.photos;
  ++counts_.failed;
  tool_.error(printable(photo.problem));
  out_.record(photo_record(file, "error"), printable(file) + "  error");
}

void MarkRun::move_out(const LookedPhoto& photo) {
  if (!photo.photo.from_inbox) return;
  try {
    parts_.inbox->move_to_done(*photo.photo.from_inbox);
  } catch (const Error& e) {  // this photo; the next run finds it again
    if (e.code() != ErrorCode::kInput) throw;
    ++counts_.failed;
    tool_.error(printable(e.what()));
  }
}

int MarkRun::finish(bool lists_absent, Stages& stages) {
  for (const Person& person : parts_.gallery.people()) {
    if (!is_expected(person)) continue;
    ++counts_.expected;
    counts_.present += present_.contains(person.id);
    if (lists_absent && !present_.contains(person.id)) out_.record(absent_record(person), absent_text(person));
  }
  if (lists_absent && counts_.failed > 0) {
    tool_.warn(fmt::format("who is called absent may be in what failed ({})", counts_.failed));
  }
  if (parts_.reviewed) {
    try {
      tool_.note(parts_.reviewed->write(stages.portrait_detector()));
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kInput) throw;
      drew_all_ = false;
      tool_.error(printable(e.what()));
    }
  }
  const std::size_t left = parts_.inbox ? parts_.inbox->left() : 0;
  tool_.note(text_of(counts_) + (left > 0 ? fmt::format("; {} left", left) : ""));
  if (counts_.failed > 0 || !drew_all_) return cli::kSomeFailed;
  if (parts_.inbox && counts_.photos == 0) return cli::kDone;  // all of them left for next time
  return counts_.recognised > 0 ? cli::kDone : cli::kNothingFound;
}

}  // namespace faceatt
