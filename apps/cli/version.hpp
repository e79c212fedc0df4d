// Versions, from CMake.
#pragma once

#include <string>

namespace faceatt::cli {

extern const char* const kSourceModels;  // models/ of the source tree that this was built from

// "NAME (faceatt) 1.0.0", then the libraries and the licence.
std::string version_text(const std::string& tool);

}  // namespace faceatt::cli
