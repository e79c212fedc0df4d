#include "faceatt/people/rename.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/folder.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxNoteBytes = 4096;

fs::path note_in(const fs::path& folder) { return folder / ".faceatt" / "rename"; }
std::string note_of(const std::string& from, const std::string& to) { return from + "\n" + to + "\n"; }

std::string read_note(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(note_in(folder), ignored) ? read_file(note_in(folder), kMaxNoteBytes) : std::string();
}

void refuse_if_taken(const fs::path& folder, const std::string& id, const std::string& roster) {
  if (entries_of_person(folder, id).empty() && removed_from_roster(roster, id).rows == 0) return;
  throw Error(ErrorCode::kInput,
              fmt::format("{}: somebody has this id; pick another, or remove them first with --remove", printable(id)));
}

void refuse_if_two(const std::vector<Move>& moves) {
  for (std::size_t i = 1; i < moves.size(); ++i) {
    if (moves[i].to != moves[i - 1].to) continue;
    throw Error(ErrorCode::kInput,
                fmt::format("{} and {} would become one; rename one of them by hand",
                            printable(moves[i - 1].from.string()), printable(moves[i].from.string())));
  }
}

RenamePlan plan(const fs::path& folder, const std::string& from, const std::string& to) {
  RenamePlan result;
  result.from = to_nfc(from);
  result.to = to_nfc(to);
  const std::string note = read_note(folder), roster = read_roster_text(folder / "roster.csv");
  result.interrupted = note == note_of(result.from, result.to);
  if (!note.empty() && !result.interrupted) {
    const auto line = note.find('\n');
    throw Error(ErrorCode::kInput, fmt::format("an earlier rename was interrupted; complete it first: --rename {} {}",
                                               printable(note.substr(0, line)),
                                               printable(trim(note.substr(std::min(line, note.size()))))));
  }
  for (const auto& path : entries_of_person(folder, result.from)) {
    const bool is_folder = fs::is_directory(path);
    result.moves.push_back({path, folder / (result.to + (is_folder ? "" : path.extension().string()))});
  }
  std::stable_sort(result.moves.begin(), result.moves.end(), [](const Move& a, const Move& b) { return a.to < b.to; });
  result.roster_rows = removed_from_roster(roster, result.from).rows;
  if (result.empty()) return result;
  if (!result.interrupted) refuse_if_taken(folder, result.to, roster);
  refuse_if_two(result.moves);
  return result;
}

}  // namespace

RenamePlan plan_rename(const fs::path& folder, const std::string& from, const std::string& to) {
  if (const auto problem = id_problem(to)) throw UsageError(fmt::format("the id '{}' {}", printable(to), *problem));
  if (to_nfc(from) == to_nfc(to)) throw UsageError(fmt::format("{} has this id already", printable(to)));
  try {
    return plan(folder, from, to);
  } catch (const fs::filesystem_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("people folder {}: {}", folder.string(), e.code().message()));
  }
}

void carry_out(const fs::path& folder, const RenamePlan& plan) {
  try {
    const FolderLock one_at_a_time(folder);
    make_private_folder(folder / ".faceatt");
    replace_file(note_in(folder), note_of(plan.from, plan.to));
    for (const Move& move : plan.moves) {
      if (rename_new(move.from, move.to)) continue;
      throw Error(ErrorCode::kCannotRun, fmt::format("{}: is there; nothing is replaced", printable(move.to.string())));
    }
    sync_folder(folder);
    if (plan.roster_rows > 0) {
      const fs::path roster = folder / "roster.csv";
      rewrite_file(roster, renamed_in_roster(read_roster_text(roster), plan.from, plan.to).text);
    }
    fs::remove(note_in(folder));
    sync_folder(folder / ".faceatt");
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun,
                fmt::format("people folder {}: cannot be changed: {}", folder.string(), e.code().message()));
  }
}

}  // namespace faceatt
