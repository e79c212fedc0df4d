#include "faceatt/attendance/csv_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "faceatt/attendance/log_file.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;
constexpr std::size_t kMaxWarnings = 5;

}  // namespace

CsvLog::CsvLog(const std::filesystem::path& file, const LogOptions& options) : pattern_(file), options_(options) {}
CsvLog::CsvLog(CsvLog&&) noexcept = default;
CsvLog& CsvLog::operator=(CsvLog&&) noexcept = default;
CsvLog::~CsvLog() = default;

LogFile& CsvLog::file_at(const std::filesystem::path& path) {
  return files_.try_emplace(path, path, options_).first->second;
}

CsvLog::Outcome CsvLog::append(const AttendanceRow& row) { return file_at(pattern_.file_of(row.date)).append(row); }

CsvLog::Outcome CsvLog::append_after(const AttendanceRow& row, const std::optional<AttendanceRow>& in_force) {
  return file_at(pattern_.file_of(row.date)).append(row, &in_force);
}

CsvLog::Outcome CsvLog::check(const AttendanceRow& row) { return file_at(pattern_.file_of(row.date)).check(row); }

std::optional<AttendanceRow> CsvLog::find(const AttendanceRow& key) {
  return file_at(pattern_.file_of(key.date)).find(key);
}

std::vector<AttendanceRow> CsvLog::rows_of(const std::string& date, const std::string& id) {
  const auto file = pattern_.file_of(date);
  std::error_code error;
  std::vector<AttendanceRow> rows;
  if (!std::filesystem::exists(file, error)) return rows;
  std::vector<std::string> ignored;
  rows = read_attendance(file, ignored);
  std::erase_if(rows, [&](const AttendanceRow& row) { return row.date != date || to_nfc(row.id) != id; });
  return rows;
}

bool CsvLog::rewrite(const Edit& edit, Links links) {
  bool is_there = false;
  for (const auto& path : pattern_.files()) {
    if (file_at(path).rewrite(edit, links)) is_there = true;
  }
  return is_there;
}

std::vector<std::string> CsvLog::take_warnings() {
  std::vector<std::string> all;
  for (auto& [path, file] : files_) {
    for (auto& warning : file.take_warnings()) all.push_back(std::move(warning));
  }
  return all;
}

std::vector<std::filesystem::path> log_files(const std::filesystem::path& file) { return LogPattern(file).files(); }

std::vector<std::filesystem::path> log_files_and_copies(const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files = log_files(file), copies;
  for (const auto& log : files) {
    const fs::path folder = log.has_parent_path() ? log.parent_path() : ".";
    std::error_code error;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      const std::string name = at->path().filename().string();
      if (name.starts_with(log.filename().string() + std::string(kBeforeRepair))) {
        copies.push_back(log.parent_path() / name);
      }
    }
  }
  std::sort(copies.begin(), copies.end());
  files.insert(files.end(), copies.begin(), copies.end());
  return files;
}

std::vector<AttendanceRow> read_attendance(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  std::string bytes;
  try {
    bytes = read_file(file, kMaxLogBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
  return parse_attendance(bytes, file.string(), warnings);
}

std::vector<std::string> foreign_columns(const std::filesystem::path& file) {
  const std::string text = read_if_there(file, kMaxLogBytes);
  auto header = CsvReader(text).next();
  if (!header) return {};
  std::erase_if(header->cells, [](const std::string& cell) {
    const std::string name = lower_ascii(trim(cell));
    return name == kChainColumn ||
           std::find(kAttendanceColumns.begin(), kAttendanceColumns.end(), name) != kAttendanceColumns.end();
  });
  return std::move(header->cells);
}

std::vector<AttendanceRow> parse_attendance(std::string_view text, const std::string& name,
                                            std::vector<std::string>& warnings) {
  std::vector<AttendanceRow> rows;
  CsvReader csv(text);
  const auto header = csv.next();
  if (!header) return rows;
  const AttendanceColumns columns = columns_of(header->cells, name);
  std::size_t damaged = 0;
  while (const auto row = csv.next()) {
    AttendanceRow parsed;
    if (columns.read(row->cells, parsed)) {
      rows.push_back(std::move(parsed));
    } else if (++damaged <= kMaxWarnings) {
      warnings.push_back(fmt::format("{}:{}: not an attendance row; left out", name, row->line));
    }
  }
  if (damaged > kMaxWarnings) warnings.push_back(fmt::format("{}: {} damaged lines in all", name, damaged));
  return rows;
}

}  // namespace faceatt
