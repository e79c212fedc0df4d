#include "faceatt/attendance/erase.hpp"

#include <fmt/format.h>

#include <random>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;

// Calls `look` with every attendance row.
void for_each_row(std::string_view text, const auto& look) {
  std::vector<std::string> ignored;
  for (const AttendanceRow& row : parse_attendance(text, "", ignored)) look(row);
}

bool is_identity(const std::vector<std::string>& header, std::size_t column) {
  if (column >= header.size()) return false;
  const std::string name = lower_ascii(trim(header[column]));
  return name == "id" || name == "name";
}

void erase_own(AttendanceRow& row, const Mentions& person, const std::string& pseudonym) {
  row.id = pseudonym;
  row.name.clear();
  if (person.in_own(row.note)) row.note.clear();
  // A correction stays a correction, or another row would be in force.
  if (person.in_own(row.source)) row.source = row.is_manual() ? "manual:" + pseudonym : "";
}

// Whether something was replaced.
bool erase_mentions(CsvRow& row, const std::vector<std::string>& header, const Mentions& person,
                    const std::string& pseudonym) {
  bool changed = false;
  for (std::size_t c = 0; c < row.cells.size(); ++c) {
    std::string& cell = row.cells[c];
    if (is_identity(header, c) || !person.in(cell)) continue;
    cell = person.replaced(trim(cell), pseudonym);  // a damaged line is one cell, line end included
    changed = true;
  }
  return changed;
}

}  // namespace

std::string new_pseudonym() {
  std::random_device random;
  return fmt::format("erased-{:08x}", std::uint32_t{random()});
}

std::string read_log_text(const std::filesystem::path& log) { return read_if_there(log, kMaxLogBytes); }

void LogPeople::merge(LogPeople&& other) {
  ids.merge(other.ids);
  names.merge(other.names);
}

LogPeople people_in_log(std::string_view text, const std::string& name) {
  LogPeople people;
  std::vector<std::string> ignored;
  for (const AttendanceRow& row : parse_attendance(text, name, ignored)) {
    people.ids.insert(to_nfc(row.id));
    if (!row.name.empty()) people.names.insert(to_nfc(row.name));
  }
  return people;
}

std::set<std::string> names_in_log(std::string_view text, const std::string& id) {
  std::set<std::string> names;
  for_each_row(text, [&](const AttendanceRow& row) {
    if (to_nfc(row.id) == id && !row.name.empty()) names.insert(row.name);
  });
  return names;
}

LogErasure erase_from_log(std::string_view text, const std::string& id, const Mentions& person,
                          const std::string& pseudonym) {
  LogErasure result;
  const auto header = CsvReader(text).next();
  if (!header) return {std::string(text)};
  const AttendanceColumns columns(header->cells);
  const auto edit = [&](CsvRow& row) {
    AttendanceRow parsed;
    columns.read(row.cells, parsed);
    if (to_nfc(parsed.id) != id) {
      if (!erase_mentions(row, header->cells, person, pseudonym)) return RowEdit::kKeep;
      ++result.mentions;
      return RowEdit::kReplace;
    }
    erase_own(parsed, person, pseudonym);
    row.cells = columns.write(parsed);
    ++result.rows;
    return RowEdit::kReplace;
  };
  result.text = edit_rows(text, edit, true);
  return result;
}

std::vector<std::string> left_in_log(std::string_view text, const Mentions& person) {
  std::vector<std::string> left;
  CsvReader csv(text);
  const auto header = csv.next();
  if (!header) return left;
  while (const auto row = csv.next()) {
    for (std::size_t c = 0; c < row->cells.size(); ++c) {
      const bool found = is_identity(header->cells, c) ? person.is(row->cells[c]) : person.in(row->cells[c]);
      if (!found) continue;
      const std::string column = c < header->cells.size() ? trim(header->cells[c]) : fmt::format("{}", c + 1);
      left.push_back(fmt::format("line {} names them in column {}", row->line, printable(column)));
    }
  }
  return left;
}

}  // namespace faceatt
