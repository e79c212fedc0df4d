// What faceatt-mark-photo prints of a photo, a face, and of who is absent.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/core/record.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/pipeline/photo_time.hpp"

namespace faceatt {

// What the log made of a face.
struct FaceMark {
  std::string marked = "no";  // new, already, no
  std::string session{};      // of the mark; else the only one that was open
  std::string status{};       // present, late, out
  std::optional<int> late_minutes{};
  std::string reason{};  // why nobody was marked, when that is not in the face
};

// Everything a record can say; the fields stay empty that do not apply. `number` of the face in its photo, from 1.
Record photo_record(const std::string& file, std::string verdict, const PhotoTime* taken = nullptr,
                    std::size_t number = 0, const RecognisedFace* face = nullptr, const FaceMark& mark = {});
Record absent_record(const Person& person);

// What a line for people takes from elsewhere.
struct FaceTextOptions {
  std::string date{};   // of the mark, empty when it needs no saying
  std::string group{};  // asked for
  bool is_dry = false, names_session = false;
};
// One line for people, printable.
std::string face_text(const std::string& file, std::size_t number, const RecognisedFace& face, const FaceMark& mark,
                      const FaceTextOptions& options);
std::string absent_text(const Person& person);

// Enrolled, but not of the group asked for.
bool is_outsider(const RecognisedFace& face);

// What came of a run.
struct MarkCounts {
  std::size_t photos = 0, faces = 0, recognised = 0, ambiguous = 0, unknown = 0, others = 0, failed = 0;
  std::size_t present = 0, expected = 0;  // people
  std::size_t closed = 0;                 // faces of people for whom no session was open

  void add(const RecognisedFace& face);
};
std::string text_of(const MarkCounts& counts);
// "class.jpg  39 faces: 28 recognised, 0 ambiguous, 11 unknown"
std::string text_of_photo(const std::string& file, const std::vector<RecognisedFace>& faces);

}  // namespace faceatt
