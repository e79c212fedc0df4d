// Doubtful faces beside the enrolled photos of whom they are like: a contact sheet for somebody who checks them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "faceatt/people/doubt.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/vision/sheet.hpp"
#include "picture_folder.hpp"

namespace faceatt {

struct DoubtfulFace {
  Doubt doubt;
  Look look;
  Match match;
  cv::Mat tile;
  std::string photo;  // file name
  std::size_t number;
};

class ReviewSheets {
 public:
  // Makes the folder, which only its owner can enter, unless it is there. Throws Error(kCannotRun).
  ReviewSheets(const std::filesystem::path& folder, bool overwrite, MatchRule rule);

  // Keeps cut-outs of the doubtful faces; the gallery must outlive this. Throws Error(kInput) when the photo lies in
  // the folder itself; then no sheet is written.
  void add(const std::string& photo, const Frame& frame, const std::vector<RecognisedFace>& faces);

  // Writes review.jpg and, for more than 40 faces, review-2.jpg and so on, in the order of the doubts; none when there
  // is no doubtful face. Sheets of an earlier run go when files that exist may be replaced. `portraits` finds the faces
  // of enrolled photos. Returns a line for people: how many faces are where. Throws Error(kInput) when a sheet cannot
  // be written.
  std::string write(Detector& portraits);

 private:
  PictureFolder folder_;
  MatchRule rule_;
  Typesetter typesetter_;
  std::vector<DoubtfulFace> faces_;
  bool is_refused_ = false;
};

}  // namespace faceatt
