#include "picture_folder.hpp"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {

namespace fs = std::filesystem;

PictureFolder::PictureFolder(std::string option, fs::path folder, bool overwrite)
    : option_(std::move(option)), folder_(std::move(folder)), overwrite_(overwrite) {
  try {
    make_private_folder(folder_);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("{} {}: {}", option_, folder_.string(), errno_text(e.code().value())));
  }
  if (!fs::is_directory(folder_)) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{} {}: not a folder", option_, folder_.string()));
  }
}

void PictureFolder::refuse_photo_inside(const std::string& photo) const {
  std::error_code ignored;
  if (fs::equivalent(folder_, fs::absolute(photo).parent_path(), ignored)) {
    throw Error(ErrorCode::kInput, fmt::format("{}: lies in the folder of {}; name another one", photo, option_));
  }
}

void PictureFolder::write(const std::string& name, const Frame& picture) const {
  const fs::path file = folder_ / name;
  const Box whole{0, 0, static_cast<float>(picture.image.cols), static_cast<float>(picture.image.rows)};
  const std::string jpeg = encode_jpeg(picture, whole);
  try {
    if (overwrite_) {
      replace_file(file, jpeg);
    } else if (!create_file(file, jpeg)) {
      throw Error(ErrorCode::kInput, file.string() + ": exists; --overwrite replaces it");
    }
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kInput, fmt::format("{}: {}", file.string(), errno_text(e.code().value())));
  }
}

}  // namespace faceatt
