#include "cli/people_source.hpp"

#include "cli/store.hpp"

namespace faceatt::cli {

std::unique_ptr<PeopleSource> people_source(const Tool& tool, const Stages& stages) {
  PeopleSource::Options options;
  options.folder = tool.db();
  options.store = store_of(tool);
  options.program = tool.name();
  if (options.store) options.spool = spool_of(tool);
  return PeopleSource::create(options, stages);
}

}  // namespace faceatt::cli
