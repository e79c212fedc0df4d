// Text that other programs wrote, and names that were typed in different ways.
#pragma once

#include <string>
#include <string_view>

namespace faceatt {

// As names are compared: all letters in one case (Unicode case folding, so that "ß" is as "SS"), NFC.
std::string fold_case(std::string_view text);

// Text in code page 1252, as older Windows programs write it, as UTF-8.
std::string utf8_of_windows_1252(std::string_view text);

}  // namespace faceatt
