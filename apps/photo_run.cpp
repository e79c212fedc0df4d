#include "photo_run.hpp"

#include <fmt/format.h>

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
  std::map<std::string, std::vector<std::size_t>> sessions;
  for (std::size_t i = 0; i < photos.size(); ++i) {
    if (photos[i].problem.empty()) sessions[photos[i].taken.time.date()].push_back(i);
  }
  for (const auto& [date, of_session] : sessions) {
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
    outcome.marked.assign(outcome.faces.size(), "no");
  }
  return outcomes;
}

void MarkRun::mark_best_views(const std::vector<LookedPhoto>& photos, std::vector<Outcome>& outcomes) {
  struct View {
    std::size_t photo, face;
    std::pair<int, float> quality;  // percent, then pixels
  };
  std::map<std::pair<std::string, std::string>, View> best;  // of date and id
  for (std::size_t i = 0; i < photos.size(); ++i) {
    for (std::size_t k = 0; k < outcomes[i].faces.size(); ++k) {
      const RecognisedFace& face = outcomes[i].faces[k];
      if (face.verdict != FaceVerdict::kMatch || face.liveness.verdict == LivenessVerdict::kUnsure) continue;
      outcomes[i].marked[k] = "already";
      const View view{i, k, {face.quality.percent(), face.face.box.area()}};
      const auto [at, is_first] = best.try_emplace({photos[i].taken.time.date(), face.match.best->person->id}, view);
      if (!is_first && view.quality > at->second.quality) at->second = view;
    }
  }
  std::map<std::pair<std::size_t, std::size_t>, std::string> in_order;  // of photo and face: of the person
  for (const auto& [key, view] : best) in_order[{view.photo, view.face}] = key.second;
  for (const auto& [at, id] : in_order) {
    outcomes[at.first].marked[at.second] = mark(photos[at.first], outcomes[at.first].faces[at.second]);
    present_.insert(id);
  }
}

std::string MarkRun::mark(const LookedPhoto& photo, const RecognisedFace& face) {
  const Candidate& best = *face.match.best;
  const std::string source = std::filesystem::path(photo.photo.file).filename().string();
  const AttendanceRow row = row_for(
      {best.person->id, best.person->name, photo.taken.time, source, best.score, name_of(face.liveness.verdict)});
  if (tool_.dry_run) {
    return !parts_.log.contains(row) && would_be_marked_.insert(key_of(row)).second ? "new" : "already";
  }
  const bool is_new = parts_.log.append(row) == AttendanceLog::Outcome::kNew;
  auto repaired = parts_.log.take_warnings();
  tool_.warn_all(repaired);
  return is_new ? "new" : "already";
}

void MarkRun::print(const LookedPhoto& photo, const Outcome& outcome) {
  const std::string& file = photo.photo.file;
  ++counts_.photos;
  tool_.detail(fmt::format("{}: taken {} ({})", file, photo.taken.time.iso8601(), name_of(photo.taken.from)));
  if (outcome.faces.empty()) out_.record(photo_record(file, "no_face", &photo.taken), printable(file) + "  no face");
  const std::string date = photo.taken.time.date();
  const std::string other_date = date == tool_.clock()().date() ? "" : date;
  for (std::size_t i = 0; i < outcome.faces.size(); ++i) {
    const RecognisedFace& face = outcome.faces[i];
    const std::string& marked = outcome.marked[i];
    counts_.add(face);
    if (is_outsider(face)) {
      tool_.detail(fmt::format("{}: face {} is enrolled, but not of group {}", file, i + 1, tool_.group()));
    }
    const std::string shown = tool_.dry_run && marked == "new" ? "would" : marked;
    out_.record(photo_record(file, name_of(face.verdict), &photo.taken, i + 1, &face, marked),
                face_text(file, i + 1, face, shown, other_date, tool_.group()));
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
    if (!person.expected) continue;
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
