// What faceatt-mark-photo prints of a photo, a face, and of who is absent.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "faceatt/core/record.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/pipeline/photo_time.hpp"

namespace faceatt {

// Everything a record can say; the fields stay empty that do not apply. `number` of the face in its photo, from 1.
Record photo_record(const std::string& file, std::string verdict, const PhotoTime* taken = nullptr,
                    std::size_t number = 0, const RecognisedFace* face = nullptr, const std::string& marked = "no");
Record absent_record(const Person& person);

// One line for people, printable. `marked`: new, already, would or no. `date` of the mark, empty when it needs no
// saying.
std::string face_text(const std::string& file, std::size_t number, const RecognisedFace& face,
                      const std::string& marked, const std::string& date, const std::string& group);
std::string absent_text(const Person& person);

// Enrolled, but not of the group asked for.
bool is_outsider(const RecognisedFace& face);

// What came of a run.
struct MarkCounts {
  std::size_t photos = 0, faces = 0, recognised = 0, ambiguous = 0, unknown = 0, others = 0, failed = 0;
  std::size_t present = 0, expected = 0;  // people

  void add(const RecognisedFace& face);
};
std::string text_of(const MarkCounts& counts);
// "class.jpg  39 faces: 28 recognised, 0 ambiguous, 11 unknown"
std::string text_of_photo(const std::string& file, const std::vector<RecognisedFace>& faces);

}  // namespace faceatt
