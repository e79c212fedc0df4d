#include "report_store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/store.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/log_pattern.hpp"
#include "faceatt/attendance/spool.hpp"
#include "faceatt/attendance/store_copy.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostNamed = 5;

std::string count_of(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// What this machine has not sent yet is in no store.
void warn_of_waiting(const cli::Tool& tool) {
  std::size_t waiting = 0;
  for (const SpooledRow& row : Spool(cli::spool_of(tool)).read()) waiting += row.server.empty();
  if (waiting > 0) {
    tool.warn(fmt::format("{} of this machine not in the store yet; send them with faceatt-mark --send",
                          waiting == 1 ? "1 mark is" : fmt::format("{} marks are", waiting)));
  }
}

void write_new(const fs::path& file, const std::string& text, bool overwrites) {
  try {
    if (overwrites) return replace_file(file, text);
    if (create_file(file, text)) return;
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", file.string(), e.code().message()));
  }
  throw UsageError(fmt::format("--export {}: is there already; --overwrite replaces it", file.string()));
}

}  // namespace

int export_log(const cli::Tool& tool, const cli::Output& out, const std::string& file) {
  StoreLink link(*cli::store_of(tool));
  link.connect();
  warn_of_waiting(tool);
  if (file == "-") {
    try {
      const auto count =
          export_stored(link, [](const AttendanceRow*, std::string_view line) { write_all(STDOUT_FILENO, line); });
      return count > 0 ? cli::kDone : cli::kNothingFound;
    } catch (const std::system_error& e) {
      if (e.code() == std::errc::broken_pipe) return cli::kDone;  // `| head`
      throw Error(ErrorCode::kCannotRun, "standard output: " + e.code().message());
    }
  }
  const LogPattern pattern{fs::path(file)};
  std::string header;
  std::map<fs::path, std::string> texts;
  const auto count = export_stored(link, [&](const AttendanceRow* row, std::string_view line) {
    if (row == nullptr) {
      header = line;
    } else {
      texts.try_emplace(pattern.file_of(row->date), header).first->second += line;
    }
  });
  if (texts.empty()) {
    tool.note("the store has no rows; nothing written");
    return cli::kNothingFound;
  }
  std::error_code error;
  for (const auto& [path, text] : texts) {
    if (!out.overwrites() && fs::exists(path, error)) write_new(path, text, false);  // says so, before any is written
  }
  for (const auto& [path, text] : texts) write_new(path, text, out.overwrites());
  tool.note(fmt::format("{} in {}", count_of(count, "row"),
                        texts.size() == 1 ? texts.begin()->first.string() : count_of(texts.size(), "file")));
  return cli::kDone;
}

int import_log(const cli::Tool& tool, cli::Output& out, const std::string& file) {
  auto files = log_files(file);
  if (files.empty()) files.emplace_back(file);  // reading it says what is wrong
  std::vector<std::string> warnings;
  std::vector<AttendanceRow> rows;
  for (const auto& one : files) {
    auto more = read_attendance(one, warnings);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    for (const std::string& column : foreign_columns(one)) {
      tool.warn(fmt::format("{}: the column '{}' is not taken along", one.string(), printable(column)));
    }
  }
  const bool is_damaged = !warnings.empty();
  tool.warn_all(warnings);
  StoreLink link(*cli::store_of(tool));
  const ImportCounts counts = import_stored(link, rows);
  for (std::size_t i = 0; i < counts.refused.size() && i < kMostNamed; ++i) {
    const AttendanceRow& row = counts.refused[i];
    tool.error(fmt::format("{} of {} on {}: the store has another mark of them; left out", printable(row.session),
                           printable(row.id), row.date));
  }
  if (counts.refused.size() > kMostNamed) tool.error(count_of(counts.refused.size(), "row") + " left out in all");
  out.open();
  out.record(
      {{"file", file},
       {"rows", static_cast<std::int64_t>(rows.size())},
       {"added", static_cast<std::int64_t>(counts.added)},
       {"known", static_cast<std::int64_t>(counts.known)},
       {"refused", static_cast<std::int64_t>(counts.refused.size())}},
      fmt::format("{}: {} added, {} there already", printable(file), count_of(counts.added, "row"), counts.known));
  return is_damaged || !counts.refused.empty() ? cli::kSomeFailed : cli::kDone;
}

}  // namespace faceatt
