#include "faceatt/people/roster.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxRosterBytes = 64u << 20;

std::vector<std::string> split_groups(const std::string& cell) {
  std::vector<std::string> groups;
  for (std::size_t begin = 0; begin <= cell.size();) {
    const auto end = std::min(cell.find(';', begin), cell.size());
    if (auto group = trim(std::string_view(cell).substr(begin, end - begin)); !group.empty())
      groups.push_back(std::move(group));
    begin = end + 1;
  }
  return groups;
}

}  // namespace

Roster read_roster(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  Roster roster;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return roster;
  std::string bytes;
  try {
    bytes = read_file(file, kMaxRosterBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
  CsvReader csv(bytes);
  const auto header = csv.next();
  const auto column = [&](std::string_view name) -> std::optional<std::size_t> {
    if (!header) return std::nullopt;
    const auto found = std::find_if(header->cells.begin(), header->cells.end(),
                                    [&](const std::string& cell) { return lower_ascii(trim(cell)) == name; });
    if (found == header->cells.end()) return std::nullopt;
    return static_cast<std::size_t>(found - header->cells.begin());
  };
  const auto id_column = column("id");
  if (!id_column)
    throw Error(ErrorCode::kCannotRun, file.string() + ": the first line must name the columns: id,name,groups");
  const auto name_column = column("name");
  const auto groups_column = column("groups");
  while (const auto row = csv.next()) {
    const auto cell = [&](std::optional<std::size_t> at) {
      return at && *at < row->cells.size() ? trim(row->cells[*at]) : std::string();
    };
    const std::string id = cell(id_column);
    if (const auto problem = id_problem(id)) {
      warnings.push_back(
          fmt::format("{}:{}: id '{}' {}; row left out", file.string(), row->line, printable(id), *problem));
      continue;
    }
    roster[to_nfc(id)] = {to_nfc(cell(name_column)), split_groups(to_nfc(cell(groups_column)))};
  }
  return roster;
}

}  // namespace faceatt
