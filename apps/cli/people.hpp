// Who there is, for programs that look at no photo: of the people folder, or of the store.
#pragma once

#include <string>

#include "cli/tool.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt::cli {

// Whether there is a people folder, or a store: without either nothing is known, which is no mistake.
bool knows_people(const Tool& tool);
// Where people are, for messages: the folder or the store.
std::string people_place(const Tool& tool);
// Everybody, with name and groups. Warns of what cannot be used. While the store is away, those last known to this
// machine, with a warning. Throws Error(kCannotRun) when there is no people folder; or no store, and nothing is known.
Roster known_people(const Tool& tool);

// Those of whom a group may be known, without warnings: of the folder the roster alone, which need not be there.
Roster known_groups(const Tool& tool);

}  // namespace faceatt::cli
