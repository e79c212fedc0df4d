// What --import takes things for, in lines that a person can check.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "enroll_import.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/written_time.hpp"

namespace faceatt::cli {
namespace {

constexpr std::size_t kMostLeftOut = 20;  // columns that are named

std::string count_of(std::size_t n, const char* one, const char* many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

// Whether two files were taken for the same thing, so that one need not be shown.
bool is_alike(const ForeignTable& a, const ForeignTable& b) {
  return a.delimiter == b.delimiter && a.has_header == b.has_header && a.header == b.header &&
         a.meanings == b.meanings && a.is_windows_1252 == b.is_windows_1252;
}
bool is_alike(const ForeignLog& a, const ForeignLog& b) {
  return is_alike(a.table, b.table) && a.date_formats == b.date_formats && a.date.empty() == b.date.empty();
}

// The first cell of a column that has one.
std::string example(const ForeignTable& table, std::size_t column) {
  for (const auto& row : table.rows) {
    if (column < row.cells.size() && !trim(row.cells[column]).empty()) return quotable(trim(row.cells[column]));
  }
  return {};
}

std::string column_text(const ForeignTable& table, std::size_t column) {
  const std::string& name = table.header[column];
  return fmt::format("column {}{}", column + 1, name.empty() ? "" : fmt::format(" '{}'", quotable(name)));
}

}  // namespace

void Import::say(const std::string& message) const {
  if (!tool_.quiet()) tool_.error(message);
}

void Import::show_table(const ForeignTable& table, const char* kind, std::size_t rows, std::size_t others) const {
  const std::string delimiter = table.delimiter == '\t' ? "tab" : fmt::format("'{}'", table.delimiter);
  say(fmt::format("{}{}: {}, {}, cells parted by {}, {}{}{}", table.file.string(),
                  others > 0 ? fmt::format(" and {} of the same columns", count_of(others, "other", "others")) : "",
                  kind, count_of(rows, "row", "rows"), delimiter,
                  table.has_header ? "the first line names the columns" : "no line with names of columns",
                  table.is_wide ? ", a column for each date" : "",
                  table.is_windows_1252 ? ", read as Windows-1252" : ""));
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    const bool is_empty = example(table, i).empty();
    const bool is_shown =
        table.meanings[i] != Meaning::kDate && !(table.is_wide && table.meanings[i] == Meaning::kStatus);
    if (!is_shown || (is_empty && table.meanings[i] == Meaning::kNone)) continue;
    const bool is_used = table.meanings[i] != Meaning::kNone;
    if (!is_used && ++left_out > kMostLeftOut) continue;
    say(fmt::format("  {}: {}, as in '{}'", column_text(table, i), is_used ? name_of(table.meanings[i]) : "left out",
                    example(table, i)));
  }
  if (left_out > kMostLeftOut) say(fmt::format("  {} columns are left out in all", left_out));
}

void Import::show_log(const ForeignLog& log, std::size_t rows, std::size_t others) const {
  show_table(log.table, "attendance", rows, others);
  const auto column = log.table.column_of(Meaning::kDate);
  const std::string place = !log.date_text.empty() ? "  date of all rows"
                            : log.table.is_wide    ? "  names of columns: date"
                            : column               ? "  " + column_text(log.table, *column) + ": date"
                                                   : "  date";
  if (!log.is_settled()) return;
  const std::string text = !log.date_text.empty() ? log.date_text : example(log.table, *column);
  const std::string format = log.date_formats.empty() ? "" : log.date_formats.front();
  std::string date = log.date;
  if (const auto time = read_date(text, format); date.empty() && time) date = time->date;
  if (const auto time = read_written(text, format); date.empty() && time) date = time->date;
  say(fmt::format("{}, '{}' is {} ({}{})", place, quotable(text), date, format.empty() ? "" : format + ": ",
                  log.date_reason));
  if (!log.table.has(Meaning::kTime) && !read_date(text, format).value_or(WrittenTime{}).seconds) {
    say("  no time of the day: rows say 00:00, and so in a note");
  }
}

void Import::show() const {
  for (const auto& pictures : plan_.pictures) {
    std::vector<std::string> examples;
    for (const auto& [id, made_of] : pictures.people) {
      if (examples.size() == 3) break;
      const std::string name = plan_.people.name(id);
      examples.push_back(
          fmt::format("{} is {}{}", made_of, id, name == name_of_id(id) ? "" : fmt::format(" ({})", name)));
    }
    say(fmt::format("{}: {} of {}: {}{}", pictures.folder.string(), count_of(pictures.photos, "picture", "pictures"),
                    count_of(pictures.people.size(), "person", "people"), fmt::join(examples, ", "),
                    pictures.people.size() > examples.size() ? " ..." : ""));
  }
  // Files of one kind are shown once.
  for (std::size_t i = 0; i < plan_.rosters.size(); ++i)
    show_table(plan_.rosters[i], "people", plan_.rosters[i].rows.size(), 0);
  std::vector<bool> shown(plan_.logs.size(), false);
  for (std::size_t i = 0; i < plan_.logs.size(); ++i) {
    if (shown[i]) continue;
    std::size_t others = 0, rows = plan_.logs[i].table.rows.size();
    for (std::size_t k = i + 1; k < plan_.logs.size(); ++k) {
      if (shown[k] || !is_alike(plan_.logs[i], plan_.logs[k])) continue;
      shown[k] = true;
      ++others;
      rows += plan_.logs[k].table.rows.size();
    }
    show_log(plan_.logs[i], rows, others);
  }
  for (const auto& [path, why] : plan_.left_out) say(fmt::format("{}: {}", path.string(), why));
}

}  // namespace faceatt::cli
