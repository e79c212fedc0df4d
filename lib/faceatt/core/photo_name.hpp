// Which files are called like a photo. Apart from vision/photo.hpp, so that programs without vision can ask.
#pragma once

#include <filesystem>

namespace faceatt {

// True for names that end like a photo: .jpg .jpeg .png .webp .tif .tiff .bmp, in any case.
bool has_photo_name(const std::filesystem::path& path);

}  // namespace faceatt
