// The gallery of --store, else of --db.
#pragma once

#include <memory>

#include "cli/tool.hpp"
#include "faceatt/pipeline/people_source.hpp"

namespace faceatt::cli {

std::unique_ptr<PeopleSource> people_source(const Tool& tool, const Stages& stages);

}  // namespace faceatt::cli
