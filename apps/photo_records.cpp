#include "photo_records.hpp"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <utility>

#include "faceatt/core/text.hpp"

namespace faceatt {

Record photo_record(const std::string& file, std::string verdict, const PhotoTime* taken, std::size_t number,
                    const RecognisedFace* face, const FaceMark& mark) {
  Record r{{"file", file}};
  const auto empty = std::monostate{};
  const auto whole = [&](float v) { return face ? FieldValue(std::int64_t{std::lround(v)}) : FieldValue(empty); };
  const Candidate* best = face && face->match.best ? &*face->match.best : nullptr;
  const bool matched = best != nullptr && face->verdict == FaceVerdict::kMatch;
  const Candidate* second = face && face->match.second ? &*face->match.second : nullptr;
  r.push_back({"face", face ? FieldValue(static_cast<std::int64_t>(number)) : FieldValue(empty)});
  r.push_back({"id", matched ? best->person->id : std::string()});
  r.push_back({"name", matched ? best->person->name : std::string()});
  r.push_back({"verdict", std::move(verdict)});
  r.push_back({"score", best ? FieldValue(Decimal{best->score}) : FieldValue(empty)});
  r.push_back({"best_id", best ? best->person->id : std::string()});
  r.push_back({"second_id", second ? second->person->id : std::string()});
  r.push_back({"second_score", second ? FieldValue(Decimal{second->score}) : FieldValue(empty)});
  r.push_back({"x", whole(face ? face->face.box.x : 0)});
  r.push_back({"y", whole(face ? face->face.box.y : 0)});
  r.push_back({"w", whole(face ? face->face.box.width : 0)});
  r.push_back({"h", whole(face ? face->face.box.height : 0)});
  r.push_back({"quality", face ? FieldValue(std::int64_t{face->quality.percent()}) : FieldValue(empty)});
  const bool is_judged = face && face->liveness.verdict != LivenessVerdict::kOff;
  r.push_back({"liveness", std::string(face ? name_of(face->liveness.verdict) : "")});
  r.push_back({"live_score", is_judged ? FieldValue(Decimal{face->liveness.score}) : FieldValue(empty)});
  r.push_back({"marked", mark.marked});
  r.push_back({"time", taken ? taken->time.iso8601() : std::string()});
  r.push_back({"time_from", std::string(taken ? name_of(taken->from) : "")});
  r.push_back({"session", mark.session});
  r.push_back({"status", mark.status});
  r.push_back({"late_minutes", mark.late_minutes ? FieldValue(std::int64_t{*mark.late_minutes}) : FieldValue(empty)});
  r.push_back({"reason", mark.reason});
  return r;
}

bool is_outsider(const RecognisedFace& face) { return face.verdict == FaceVerdict::kUnknown && face.match.outsider; }

namespace {

// "marked late for CS101 on 2026-11-20, 12 min"
std::string text_of(const FaceMark& mark, const FaceTextOptions& options) {
  if (mark.marked == "no") return "not marked";
  std::string text = mark.marked == "already" ? "already marked" : options.is_dry ? "would be marked" : "marked";
  const bool is_new = mark.marked == "new";
  if (is_new && mark.status != "present") text += " " + mark.status;
  if (options.names_session) {
    text += " for " + printable(mark.session);
    if (!options.date.empty()) text += " on " + options.date;
  } else if (!options.date.empty()) {
    text += " for " + options.date;
  }
  if (is_new && mark.late_minutes) text += fmt::format(", {} min", *mark.late_minutes);
  return text;
}

}  // namespace

std::string face_text(const std::string& file, std::size_t number, const RecognisedFace& face, const FaceMark& mark,
                      const FaceTextOptions& options) {
  const std::string verdict = name_of(face.verdict);
  const std::string start = fmt::format("{}  face {}  ", printable(file), number);
  if (is_outsider(face)) {
    return fmt::format("{}{}  (enrolled, but not of group {})", start, verdict, printable(options.group));
  }
  if (face.verdict == FaceVerdict::kSpoof) {
    return fmt::format("{}spoof: {} ({:.2f})", start, face.liveness.reason, face.liveness.score);
  }
  if (!face.match.best) return start + verdict;
  const Candidate& best = *face.match.best;
  if (face.verdict == FaceVerdict::kMatch) {
    std::string outcome = text_of(mark, options);
    if (mark.marked == "new" && !mark.reason.empty()) outcome += ", waits here";  // why is in the record
    if (mark.marked == "no") outcome += ": " + printable(mark.reason.empty() ? face.liveness.reason : mark.reason);
    return fmt::format("{}{}  {:.2f}  {}", start, printable(best.person->name), best.score, outcome);
  }
  if (face.verdict == FaceVerdict::kAmbiguous && face.match.second) {
    return fmt::format("{}ambiguous: {} {:.2f} or {} {:.2f}", start, printable(best.person->name), best.score,
                       printable(face.match.second->person->name), face.match.second->score);
  }
  return fmt::format("{}{}  (nearest: {} {:.2f})", start, verdict, printable(best.person->name), best.score);
}

Record absent_record(const Person& person) {
  Record record = photo_record("", "absent");
  for (Field& field : record) {
    if (field.name == "id") field.value = person.id;
    if (field.name == "name") field.value = person.name;
  }
  return record;
}

std::string absent_text(const Person& person) {
  const std::string name = printable(person.name);
  return fmt::format("absent  {}{}", name, person.usable_photos() == 0 ? "  (no usable photo is enrolled)" : "");
}

void MarkCounts::add(const RecognisedFace& face) {
  ++faces;
  switch (face.verdict) {
    case FaceVerdict::kMatch:
      ++recognised;
      break;
    case FaceVerdict::kAmbiguous:
      ++ambiguous;
      break;
    case FaceVerdict::kUnknown:
      ++unknown;
      break;
    case FaceVerdict::kLowQuality:
    case FaceVerdict::kSpoof:
      ++others;
      break;
  }
}

namespace {

std::string number(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

std::string text_of_faces(const MarkCounts& counts) {
  std::string text = fmt::format("{}: {} recognised, {} ambiguous, {} unknown", number(counts.faces, "face"),
                                 counts.recognised, counts.ambiguous, counts.unknown);
  if (counts.others > 0) text += fmt::format(", {} not judged", counts.others);
  return text;
}

}  // namespace

std::string text_of(const MarkCounts& counts) {
  std::string text = fmt::format("{}, {}; {} of {} expected people present", number(counts.photos, "photo"),
                                 text_of_faces(counts), counts.present, counts.expected);
  if (counts.closed > 0) text += fmt::format("; {} not marked, as no session was open", counts.closed);
  if (counts.failed > 0) text += fmt::format("; {} failed", number(counts.failed, "photo"));
  return text;
}

std::string text_of_photo(const std::string& file, const std::vector<RecognisedFace>& faces) {
  MarkCounts counts;
  for (const RecognisedFace& face : faces) counts.add(face);
  return printable(std::filesystem::path(file).filename().string()) + "  " + text_of_faces(counts);
}

}  // namespace faceatt
