#include "faceatt/core/photo_name.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

using namespace std::string_view_literals;

constexpr std::array kSuffixes = {".jpg"sv, ".jpeg"sv, ".png"sv, ".webp"sv, ".tif"sv, ".tiff"sv, ".bmp"sv};

}  // namespace

bool has_photo_name(const std::filesystem::path& path) {
  const std::string suffix = lower_ascii(path.extension().string());
  return std::find(kSuffixes.begin(), kSuffixes.end(), suffix) != kSuffixes.end();
}

}  // namespace faceatt
