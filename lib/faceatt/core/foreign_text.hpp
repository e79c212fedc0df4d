// Text that other programs wrote, and names that were typed in different ways.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace faceatt {

// Names, ids, sessions and groups of other programs may be so long.
inline constexpr std::size_t kLongestForeignText = 1000;  // bytes

// As names are compared: all letters in one case (Unicode case folding, so that "ß" is as "SS"), NFC.
std::string fold_case(std::string_view text);

// Text in code page 1252, as older Windows programs write it, as UTF-8.
std::string utf8_of_windows_1252(std::string_view text);

}  // namespace faceatt
