// faceatt-enroll on people who are enrolled: --list, --remove, --rename, --erase. Each returns an exit code. `shared`
// is null without a store; what is done to the people folder is done to the store, too.
#pragma once

#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "enroll_store.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {

// One record per person who is enrolled or in the roster, and of the group asked for.
int list_people(const Gallery& gallery, const Tool& tool, Output& out);

// Deletes photos; the roster stays.
int remove_people(const std::vector<std::string>& ids, const Gallery& gallery, SharedPeople* shared, const Tool& tool,
                  Output& out);

// Gives a person another id. The log keeps the old one.
int rename_one(const std::string& from, const std::string& to, const Gallery& gallery, SharedPeople* shared,
               const Tool& tool, Output& out);

struct EraseRequest {
  std::vector<std::string> ids;   // as given
  std::vector<std::string> also;  // folders besides that of the strangers
  MatchRule rule;                 // how alike a picture's face must be to be theirs
};
// Takes people out of the people folder, the pictures of strangers, the other folders and the log, then looks for what
// is left.
int erase_people(const EraseRequest& request, const Gallery& gallery, SharedPeople* shared, Stages& stages,
                 const Tool& tool, Output& out);

}  // namespace faceatt::cli
