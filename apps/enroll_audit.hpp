// faceatt-enroll --check and --calibrate: looks at who is enrolled, and changes no photo.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {

// One record per finding. kNothingFound (1) when there are any, kDone when all is well.
int check_gallery(const Tool& tool, Output& out, const Stages& stages, const Gallery& gallery);

// Rates of the levels with these people, a suggestion, and with `write` the suggestion put into faceatt.toml.
// kNothingFound (1) when there is nothing to compare.
int calibrate_gallery(const Tool& tool, Output& out, const Stages& stages, const Gallery& gallery, bool write);

}  // namespace faceatt::cli
