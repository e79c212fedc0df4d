// page.css and page.js, which CMake puts into the library.
#pragma once

#include <string_view>

namespace faceatt {

extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace faceatt
