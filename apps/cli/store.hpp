// --store and --spool, for the tools that share people and log with other machines.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/tool.hpp"
#include "faceatt/store/url.hpp"

namespace faceatt::cli {

// Empty when there is no store: people folder and log are files. Throws UsageError that never shows a password.
std::optional<StoreUrl> store_of(const Tool& tool);

// What this machine keeps for itself of this store: its log that was not sent yet, the people last known. Of the
// setting `spool`, else $XDG_STATE_HOME/faceatt, else ~/.local/state/faceatt; a folder for each store and site in it.
// Nothing is created; see make_private_folder(). Throws UsageError when it cannot be told where.
std::filesystem::path spool_of(const Tool& tool);

// Overwrites the password of --store among the arguments, which everybody can see with `ps`.
void hide_store_password(int argc, char** argv);

// A message that quotes arguments, where a mistyped --store may be among them.
std::string without_store_passwords(std::string message);

}  // namespace faceatt::cli
