#include "faceatt/people/roster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxRosterBytes = 64u << 20;
constexpr std::size_t kMostWarnings = 20;

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

std::optional<std::size_t> column_of(const std::vector<std::string>& header, std::string_view name) {
  const auto found = std::find_if(header.begin(), header.end(),
                                  [&](const std::string& cell) { return lower_ascii(trim(cell)) == name; });
  if (found == header.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header.begin());
}

// Does `edit` to the id cell of every row of a person.
RosterEdit edit_person(std::string_view text, const std::string& id,
                       const std::function<RowEdit(std::string& cell)>& edit) {
  RosterEdit result;
  const auto header = CsvReader(text).next();
  const auto column = header ? column_of(header->cells, "id") : std::nullopt;
  result.text = edit_rows(text, [&](CsvRow& row) {
    if (!column || *column >= row.cells.size() || to_nfc(trim(row.cells[*column])) != id) return RowEdit::kKeep;
    ++result.rows;
    return edit(row.cells[*column]);
  });
  return result;
}

// Groups that lack their quotes in a file whose delimiter is ';' spill over the last column.
bool has_surplus(const std::vector<std::string>& cells, std::size_t columns) {
  return std::any_of(cells.begin() + static_cast<std::ptrdiff_t>(std::min(columns, cells.size())), cells.end(),
                     [](const std::string& cell) { return !trim(cell).empty(); });
}

}  // namespace

Roster read_roster(const std::filesystem::path& file, std::vector<std::string>& warnings) {
  Roster roster;
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return roster;
  const std::string bytes = read_roster_text(file);
  CsvReader csv(bytes);
  const auto header = csv.next();
  const auto column = [&](std::string_view name) { return header ? column_of(header->cells, name) : std::nullopt; };
  const auto id_column = column("id");
  if (!id_column)
    throw Error(ErrorCode::kCannotRun, file.string() + ": the first line must name the columns: id,name,groups");
  const auto name_column = column("name");
  const auto groups_column = column("groups");
  std::map<std::string, std::size_t> lines;  // by id
  std::vector<std::string> problems;
  while (const auto row = csv.next()) {
    const auto cell = [&](std::optional<std::size_t> at) {
      return at && *at < row->cells.size() ? trim(row->cells[*at]) : std::string();
    };
    const std::string id = cell(id_column);
    if (const auto problem = id_problem(id)) {
      problems.push_back(
          fmt::format("{}:{}: id '{}' {}; row left out", file.string(), row->line, printable(id), *problem));
      continue;
    }
    if (has_surplus(row->cells, header->cells.size())) {
      problems.push_back(fmt::format("{}:{}: more cells than the first line names; quote a cell that has a '{}'",
                                     file.string(), row->line, csv.delimiter()));
    }
    const std::string key = to_nfc(id);
    if (const auto [at, is_first] = lines.try_emplace(key, row->line); !is_first) {
      problems.push_back(fmt::format("{}:{}: id '{}' is in line {} already; this row counts", file.string(), row->line,
                                     printable(id), std::exchange(at->second, row->line)));
    }
    roster[key] = {to_nfc(cell(name_column)), split_groups(to_nfc(cell(groups_column)))};
  }
  const std::size_t shown = std::min(problems.size(), kMostWarnings);
  std::move(problems.begin(), problems.begin() + static_cast<std::ptrdiff_t>(shown), std::back_inserter(warnings));
  if (problems.size() > shown) {
    warnings.push_back(fmt::format("{}: {} such lines in all", file.string(), problems.size()));
  }
  return roster;
}

RosterEdit renamed_in_roster(std::string_view text, const std::string& from, const std::string& to) {
  return edit_person(text, from, [&](std::string& cell) {
    cell = to;
    return RowEdit::kReplace;
  });
}

RosterEdit removed_from_roster(std::string_view text, const std::string& id) {
  return edit_person(text, id, [](std::string&) { return RowEdit::kDrop; });
}

RosterEdit added_to_roster(std::string_view text, const Roster& people) {
  RosterEdit result;
  result.text = text.empty() ? "id,name,groups\n" : std::string(text);
  CsvReader csv(result.text);
  const auto header = csv.next();
  const auto column = [&](std::string_view name) { return header ? column_of(header->cells, name) : std::nullopt; };
  const auto id_column = column("id"), name_column = column("name"), groups_column = column("groups");
  if (!id_column)
    throw Error(ErrorCode::kCannotRun, "roster.csv: the first line must name the columns: id,name,groups");
  std::set<std::string> there;
  while (const auto row = csv.next()) {
    if (*id_column < row->cells.size()) there.insert(to_nfc(trim(row->cells[*id_column])));
  }
  const std::string line_end = result.text.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  if (!result.text.ends_with('\n')) result.text += line_end;
  for (const auto& [id, person] : people) {
    if (there.contains(id)) continue;
    std::vector<std::string> cells(header->cells.size());
    cells[*id_column] = id;
    if (name_column) cells[*name_column] = person.name;
    if (groups_column) cells[*groups_column] = fmt::format("{}", fmt::join(person.groups, ";"));
    result.text += csv_line(cells, csv.delimiter(), true) + line_end;
    ++result.rows;
  }
  return result;
}

std::size_t add_to_roster(const std::filesystem::path& folder, const Roster& people) {
  const std::filesystem::path file = folder / "roster.csv";
  try {
    make_private_folder(folder);
    const FolderLock one_at_a_time(folder);
    const RosterEdit edit = added_to_roster(read_roster_text(file), people);
    if (edit.rows == 0) return 0;
    std::error_code ignored;
    std::filesystem::exists(file, ignored) ? rewrite_file(file, edit.text) : replace_file(file, edit.text);
    return edit.rows;
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", file.string(), e.code().message()));
  }
}

std::string read_roster_text(const std::filesystem::path& file) { return read_if_there(file, kMaxRosterBytes); }

std::string group_key(std::string_view group) { return to_nfc(trim(group)); }

std::string no_such_group(const std::string& group, const std::set<std::string>& groups) {
  if (groups.empty()) {
    return fmt::format("--group {}: roster.csv in the people folder names no groups", printable(group));
  }
  return fmt::format("--group {}: no such group; there is {}", printable(group),
                     printable(fmt::format("{}", fmt::join(groups, ", "))));
}

std::set<std::string> people_of_group(const Roster& roster, const std::string& group) {
  std::set<std::string> ids, groups;
  for (const auto& [id, entry] : roster) {
    groups.insert(entry.groups.begin(), entry.groups.end());
    const auto& own = entry.groups;
    if (std::find(own.begin(), own.end(), group_key(group)) != own.end()) ids.insert(id);
  }
  if (ids.empty()) throw UsageError(no_such_group(group, groups));
  return ids;
}

}  // namespace faceatt
