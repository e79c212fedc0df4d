// The log of a store as a file, and the other way.
#pragma once

#include <string>

#include "cli/output.hpp"
#include "cli/tool.hpp"

namespace faceatt {

// To one file, to the files of a pattern, or to standard output (-). What is there is replaced with --overwrite only,
// and never by less than all. The exit code. Throws Error(kCannotRun), UsageError.
int export_log(const cli::Tool& tool, const cli::Output& out, const std::string& file);

// Rows that the store has already are not added again. The exit code: kSomeFailed when rows of the file are not in the
// store now.
int import_log(const cli::Tool& tool, cli::Output& out, const std::string& file);

}  // namespace faceatt
