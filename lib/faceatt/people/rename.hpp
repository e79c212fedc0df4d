// A person gets another id: photos and roster row move, nothing is copied and nothing is replaced.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace faceatt {

struct Move {
  std::filesystem::path from, to;  // people folder included
};

struct RenamePlan {
  std::string from, to;         // ids, NFC
  std::vector<Move> moves;      // flat photos, and the person's folder as a whole
  std::size_t roster_rows = 0;  // under the old id
  bool interrupted = false;     // a crash ended this very rename before; it goes on
  bool empty() const { return moves.empty() && roster_rows == 0 && !interrupted; }
};

// What has to be moved; empty when nobody has the id `from`. Changes nothing. Throws UsageError when `to` cannot be an
// id or is the same, Error(kInput) when somebody has it already, Error(kCannotRun) when the folder cannot be read.
RenamePlan plan_rename(const std::filesystem::path& folder, const std::string& from, const std::string& to);

// Carries it out: notes what is being done in .faceatt, moves the photos, then the roster row, and forgets the note. A
// crash leaves the person under both ids; the same rename again completes it. The cache of encodings follows by content
// when it is read the next time. Throws Error(kCannotRun).
void carry_out(const std::filesystem::path& folder, const RenamePlan& plan);

}  // namespace faceatt
