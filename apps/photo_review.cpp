#include "photo_review.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/people/portrait.hpp"
#include "faceatt/vision/photo.hpp"
#include "photo_annotate.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kRowsPerSheet = 40;

std::string name_of_sheet(std::size_t number) {
  return number == 1 ? "review.jpg" : fmt::format("review-{}.jpg", number);
}

const char* title_of(Doubt::Kind kind) {
  switch (kind) {
    case Doubt::Kind::kAmbiguous:
      return "ambiguous";
    case Doubt::Kind::kWeakMatch:
      return "match, but close";
    case Doubt::Kind::kNearMiss:
      break;
  }
  return "unknown, nearest:";
}

// In one line why it is doubtful.
std::string note_of(const Doubt& doubt, const Match& match, const MatchRule& rule) {
  const double above = match.best->score - rule.threshold;
  if (doubt.kind == Doubt::Kind::kAmbiguous) {
    return match.second ? fmt::format("{:.2f} apart", match.best->score - match.second->score) : "";
  }
  if (doubt.kind == Doubt::Kind::kNearMiss && above >= 0) return "is another face of this photo";
  return fmt::format("{:.2f} {} the threshold", std::abs(above), above < 0 ? "below" : "above");
}

// The faces of enrolled people, each looked for once.
class EnrolledFaces {
 public:
  explicit EnrolledFaces(Detector& detector) : detector_(detector) {}

  // Empty when there is no photo any more.
  const cv::Mat& tile(const Person& person) {
    const auto [entry, is_new] = tiles_.try_emplace(&person);
    if (is_new) entry->second = look_for(person);
    return entry->second;
  }

 private:
  cv::Mat look_for(const Person& person) {
    const auto merit = [](const GalleryPhoto& photo) { return photo.usable() ? photo.quality : -1; };
    const auto best =
        std::max_element(person.photos.begin(), person.photos.end(),
                         [&](const GalleryPhoto& a, const GalleryPhoto& b) { return merit(a) < merit(b); });
    if (best == person.photos.end()) return {};
    try {
      const Frame frame = read_photo(best->path);
      std::string problem;
      const auto face = main_face(detector_.detect(frame), frame.image.cols, frame.image.rows, problem);
      if (face) return face_tile(frame, *face);
    } catch (const std::exception&) {  // it has gone, or was damaged since the gallery was read
    }
    return {};
  }

  Detector& detector_;
  std::map<const Person*, cv::Mat> tiles_;
};

SheetRow row_of(const DoubtfulFace& face, const MatchRule& rule, EnrolledFaces& enrolled) {
  SheetRow row{face.look, title_of(face.doubt.kind), note_of(face.doubt, face.match, rule), {}};
  const auto add = [&](const Candidate& candidate) {
    row.tiles.push_back(
        {enrolled.tile(*candidate.person), candidate.person->name, fmt::format("{:.2f}", candidate.score)});
  };
  row.tiles.push_back({face.tile, face.photo, fmt::format("face {}", face.number)});
  add(*face.match.best);
  if (is_second_close(face.match, rule)) add(*face.match.second);
  return row;
}

}  // namespace

ReviewSheets::ReviewSheets(const fs::path& folder, bool overwrite, MatchRule rule)
    : folder_("--review", folder, overwrite), rule_(std::move(rule)) {}

void ReviewSheets::add(const std::string& photo, const Frame& frame, const std::vector<RecognisedFace>& faces) {
  try {
    folder_.refuse_photo_inside(photo);
  } catch (const Error&) {
    is_refused_ = true;
    throw;
  }
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const RecognisedFace& face = faces[i];
    if (face.verdict == FaceVerdict::kSpoof || face.verdict == FaceVerdict::kLowQuality) continue;
    if (const auto doubt = doubt_of(face.match, rule_)) {
      faces_.push_back(
          {*doubt, look_of(face), face.match, face_tile(frame, face.face), fs::path(photo).filename().string(), i + 1});
    }
  }
}

std::string ReviewSheets::write(Detector& portraits) {
  if (is_refused_) return "no review: it would be written beside the photos";
  std::stable_sort(faces_.begin(), faces_.end(),
                   [](const DoubtfulFace& a, const DoubtfulFace& b) { return a.doubt < b.doubt; });
  const std::string all = fmt::format("{} doubtful face{}", faces_.size(), faces_.size() == 1 ? "" : "s");
  EnrolledFaces enrolled(portraits);
  std::size_t sheets = 0;
  for (std::size_t first = 0; first < faces_.size(); first += kRowsPerSheet) {
    const std::size_t end = std::min(first + kRowsPerSheet, faces_.size());
    Sheet sheet;
    const std::string which = faces_.size() <= kRowsPerSheet ? all : fmt::format("{} to {} of {}", first + 1, end, all);
    sheet.title = fmt::format("{}; threshold {:.2f}, margin {:.2f}", which, rule_.threshold, rule_.margin);
    sheet.columns = {"in the photo", "enrolled: nearest", "enrolled: second"};
    for (std::size_t i = first; i < end; ++i) sheet.rows.push_back(row_of(faces_[i], rule_, enrolled));
    Frame drawn;
    drawn.image = draw_sheet(sheet, typesetter_);
    folder_.write(name_of_sheet(++sheets), drawn);
  }
  if (folder_.overwrites()) {
    std::error_code ignored;
    for (std::size_t old = sheets + 1; fs::remove(folder_.path() / name_of_sheet(old), ignored);) ++old;
  }
  if (faces_.empty()) return "no doubtful faces, no review";
  const std::string first = (folder_.path() / name_of_sheet(1)).string();
  return fmt::format("{}: {}", all, sheets == 1 ? first : fmt::format("{} to {}", first, name_of_sheet(sheets)));
}

}  // namespace faceatt
