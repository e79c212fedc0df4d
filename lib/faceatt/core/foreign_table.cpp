#include "faceatt/core/foreign_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/foreign_text.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"
#include "faceatt/core/written_time.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kRowsLookedAt = 50;
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;  // of rows, in memory

struct Word {
  std::string_view text;
  Meaning meaning;
};
// What a column is called, as letters and digits only.
constexpr std::array kWords = {
    Word{"id", Meaning::kId},
    Word{"userid", Meaning::kId},
    Word{"uid", Meaning::kId},
    Word{"studentid", Meaning::kId},
    Word{"personid", Meaning::kId},
    Word{"employeeid", Meaning::kId},
    Word{"empid", Meaning::kId},
    Word{"staffid", Meaning::kId},
    Word{"memberid", Meaning::kId},
    Word{"roll", Meaning::kId},
    Word{"rollno", Meaning::kId},
    Word{"rollnumber", Meaning::kId},
    Word{"rollnum", Meaning::kId},
    Word{"enrollment", Meaning::kId},
    Word{"enrolment", Meaning::kId},
    Word{"enrollmentno", Meaning::kId},
    Word{"enrolmentno", Meaning::kId},
    Word{"enrollmentnumber", Meaning::kId},
    Word{"regno", Meaning::kId},
    Word{"registrationno", Meaning::kId},
    Word{"registrationnumber", Meaning::kId},
    Word{"usn", Meaning::kId},
    Word{"matricno", Meaning::kId},
    Word{"matric", Meaning::kId},
    Word{"matrikelnummer", Meaning::kId},
    Word{"personalnummer", Meaning::kId},
    Word{"admissionno", Meaning::kId},
    Word{"name", Meaning::kName},
    Word{"names", Meaning::kName},
    Word{"fullname", Meaning::kName},
    Word{"studentname", Meaning::kName},
    Word{"student", Meaning::kName},
    Word{"employeename", Meaning::kName},
    Word{"employee", Meaning::kName},
    Word{"person", Meaning::kName},
    Word{"personname", Meaning::kName},
    Word{"user", Meaning::kName},
    Word{"username", Meaning::kName},
    Word{"label", Meaning::kName},
    Word{"nombre", Meaning::kName},
    Word{"nom", Meaning::kName},
    Word{"nome", Meaning::kName},
    Word{"firstname", Meaning::kFirstName},
    Word{"givenname", Meaning::kFirstName},
    Word{"vorname", Meaning::kFirstName},
    Word{"first", Meaning::kFirstName},
    Word{"prenom", Meaning::kFirstName},
    Word{"lastname", Meaning::kLastName},
    Word{"surname", Meaning::kLastName},
    Word{"familyname", Meaning::kLastName},
    Word{"nachname", Meaning::kLastName},
    Word{"familienname", Meaning::kLastName},
    Word{"last", Meaning::kLastName},
    Word{"date", Meaning::kDate},
    Word{"datum", Meaning::kDate},
    Word{"fecha", Meaning::kDate},
    Word{"day", Meaning::kDate},
    Word{"timestamp", Meaning::kDate},
    Word{"datetime", Meaning::kDate},
    Word{"dateandtime", Meaning::kDate},
    Word{"attendancedate", Meaning::kDate},
    Word{"time", Meaning::kTime},
    Word{"intime", Meaning::kTime},
    Word{"timein", Meaning::kTime},
    Word{"entrytime", Meaning::kTime},
    Word{"checkin", Meaning::kTime},
    Word{"checkintime", Meaning::kTime},
    Word{"arrival", Meaning::kTime},
    Word{"arrivaltime", Meaning::kTime},
    Word{"punchin", Meaning::kTime},
    Word{"entry", Meaning::kTime},
    Word{"uhrzeit", Meaning::kTime},
    Word{"zeit", Meaning::kTime},
    Word{"hora", Meaning::kTime},
    Word{"heure", Meaning::kTime},
    Word{"outtime", Meaning::kOut},
    Word{"timeout", Meaning::kOut},
    Word{"exittime", Meaning::kOut},
    Word{"checkout", Meaning::kOut},
    Word{"checkouttime", Meaning::kOut},
    Word{"departure", Meaning::kOut},
    Word{"punchout", Meaning::kOut},
    Word{"exit", Meaning::kOut},
    Word{"subject", Meaning::kSession},
    Word{"session", Meaning::kSession},
    Word{"lecture", Meaning::kSession},
    Word{"period", Meaning::kSession},
    Word{"status", Meaning::kStatus},
    Word{"attendance", Meaning::kStatus},
    Word{"present", Meaning::kStatus},
    Word{"class", Meaning::kGroup},
    Word{"group", Meaning::kGroup},
    Word{"groups", Meaning::kGroup},
    Word{"section", Meaning::kGroup},
    Word{"department", Meaning::kGroup},
    Word{"dept", Meaning::kGroup},
    Word{"branch", Meaning::kGroup},
    Word{"batch", Meaning::kGroup},
    Word{"team", Meaning::kGroup},
    Word{"course", Meaning::kGroup},
    Word{"year", Meaning::kGroup},
    Word{"semester", Meaning::kGroup},
    Word{"standard", Meaning::kGroup},
    Word{"klasse", Meaning::kGroup},
    Word{"gruppe", Meaning::kGroup},
};

Meaning meaning_of_word(std::string_view cell) {
  std::string word;
  for (const char c : fold_case(cell)) {
    const bool counts = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (static_cast<unsigned char>(c) >= 0x80);
    if (counts) word += c;
  }
  const auto found = std::find_if(kWords.begin(), kWords.end(), [&](const Word& w) { return w.text == word; });
  return found == kWords.end() ? Meaning::kNone : found->meaning;
}

// ['Ana'] as pandas writes a name, "'12'" as str() does.
std::string cleaned(std::string_view cell) {
  std::string text = trim(cell);
  for (;;) {
    const bool is_list = text.size() > 1 && text.front() == '[' && text.back() == ']';
    const bool is_quoted =
        text.size() > 1 && (text.front() == '\'' || text.front() == '"') && text.back() == text.front();
    if (!is_list && !is_quoted) return text;
    text = trim(std::string_view(text).substr(1, text.size() - 2));
  }
}

bool is_date_cell(std::string_view cell) { return !date_readings(cell).empty(); }
bool is_time_cell(std::string_view cell) { return read_clock(cell).has_value(); }
bool is_number(std::string_view cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789") == std::string_view::npos;
}
bool has_letter(std::string_view cell) {
  return std::any_of(cell.begin(), cell.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

// The character that parts the cells of most lines into equally many.
char guess_delimiter(std::string_view text) {
  char best = ',';
  std::size_t most = 0;
  for (const char candidate : {',', ';', '\t', '|'}) {
    CsvReader csv(text, candidate);
    std::map<std::size_t, std::size_t> widths;
    for (std::size_t i = 0; i < kRowsLookedAt; ++i) {
      const auto row = csv.next();
      if (!row) break;
      if (row->cells.size() > 1) ++widths[row->cells.size()];
    }
    for (const auto& [width, lines] : widths) {
      if (lines > most) {
        most = lines;
        best = candidate;
      }
    }
  }
  return best;
}

// Whether the first line names columns: it has a word that is known, or nothing like the dates and times below it.
bool is_header(const std::vector<std::string>& first, const std::vector<ForeignTable::Row>& rows) {
  bool has_word = false;
  for (const auto& cell : first) {
    if (is_time_cell(cell)) return false;
    has_word = has_word || meaning_of_word(cell) != Meaning::kNone;
  }
  if (has_word) return true;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (is_date_cell(first[i]) || is_number(first[i])) return false;
  }
  for (std::size_t r = 1; r < rows.size() && r < kRowsLookedAt; ++r) {
    for (const auto& cell : rows[r].cells) {
      if (is_date_cell(cell) || is_time_cell(cell)) return true;
    }
  }
  return false;
}

// Whether most of the cells of a column, of those that are not empty, are such.
template <typename Test>
bool are_mostly(const ForeignTable& table, std::size_t column, Test test) {
  std::size_t all = 0, good = 0;
  for (std::size_t r = 0; r < table.rows.size() && all < kRowsLookedAt; ++r) {
    if (column >= table.rows[r].cells.size()) continue;
    const std::string cell = cleaned(table.rows[r].cells[column]);
    if (cell.empty()) continue;
    ++all;
    good += test(cell);
  }
  return all > 0 && good * 10 >= all * 8;
}

void guess_meanings(ForeignTable& table) {
  const std::size_t width = table.header.size();
  table.meanings.assign(width, Meaning::kNone);
  const auto claim = [&](std::size_t column, Meaning meaning) {
    if (table.meanings[column] != Meaning::kNone || table.has(meaning)) return;
    table.meanings[column] = meaning;
  };
  for (std::size_t i = 0; i < width; ++i) {
    const Meaning word = meaning_of_word(table.header[i]);
    // A day may be Monday; and of two columns for the time one may hold something else.
    const auto any_date = [&] {
      return std::any_of(table.rows.begin(), table.rows.end(),
                         [&](const auto& row) { return i < row.cells.size() && is_date_cell(row.cells[i]); });
    };
    const bool fits = word != Meaning::kDate || lower_ascii(trim(table.header[i])) != "day" || any_date();
    if (!fits) continue;
    // "Time" may hold both.
    const bool is_both = word == Meaning::kTime && are_mostly(table, i, is_date_cell);
    claim(i, is_both && !table.has(Meaning::kDate) ? Meaning::kDate : word);
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (table.meanings[i] != Meaning::kNone) continue;
    if (are_mostly(table, i, is_date_cell) && !are_mostly(table, i, is_number)) {
      claim(i, Meaning::kDate);
    } else if (are_mostly(table, i, is_time_cell)) {
      claim(i, Meaning::kTime);
    }
  }
  if (table.has(Meaning::kName) || table.has(Meaning::kLastName) || table.has(Meaning::kFirstName)) return;
  if (table.has_header && table.has(Meaning::kId)) return;
  // A first line that says nothing: words are names, and numbers in front of them ids.
  for (std::size_t i = 0; i < width && !table.has(Meaning::kName); ++i) {
    if (are_mostly(table, i, has_letter)) claim(i, Meaning::kName);
  }
  for (std::size_t i = 0; i < width && !table.has(Meaning::kId) && !table.has_header; ++i) {
    if (are_mostly(table, i, is_number) && !are_mostly(table, i, is_date_cell)) claim(i, Meaning::kId);
  }
}

std::uint64_t bytes_of(const ForeignTable::Row& row) {
  return std::accumulate(row.cells.begin(), row.cells.end(), std::uint64_t{sizeof(row)},
                         [](std::uint64_t sum, const auto& cell) { return sum + sizeof(cell) + cell.size(); });
}

// What the rows of a table take, so that a small file with many columns of dates does not take it all.
class Memory {
 public:
  explicit Memory(const std::filesystem::path& file) : file_(file) {}
  void take(std::uint64_t bytes) {
    taken_ += bytes;
    if (taken_ <= kMostBytes) return;
    throw Error(
        ErrorCode::kInput,
        fmt::format("{}: its rows would take more than 1 GB of memory; make several files of it", file_.string()));
  }

 private:
  const std::filesystem::path& file_;
  std::uint64_t taken_ = 0;
};

// A table with a column for each date becomes one with a row for each person and date.
void unfold(ForeignTable& table) {
  std::vector<std::size_t> dates;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    if (is_date_cell(table.header[i]) && table.meanings[i] != Meaning::kTime) dates.push_back(i);
  }
  if (dates.empty()) return;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < table.header.size(); ++i) {
    if (std::find(dates.begin(), dates.end(), i) == dates.end()) others.push_back(i);
  }
  ForeignTable narrow{table.file, table.delimiter, table.has_header, table.is_windows_1252, true};
  for (const auto i : others) {
    narrow.header.push_back(table.header[i]);
    // What a day's cell says counts, and not a column beside them, "Attendance: 85 %".
    narrow.meanings.push_back(table.meanings[i] == Meaning::kStatus ? Meaning::kNone : table.meanings[i]);
  }
  narrow.header.insert(narrow.header.end(), {"", ""});
  narrow.meanings.insert(narrow.meanings.end(), {Meaning::kDate, Meaning::kStatus});
  const auto size_of = [](const ForeignTable::Row& row, std::size_t i) {
    return i < row.cells.size() ? row.cells[i].size() : 0;
  };
  Memory memory(table.file);  // before any row is made
  for (const auto& row : table.rows) {
    std::uint64_t bytes = sizeof(row) + (others.size() + 2) * sizeof(std::string);
    for (const auto i : others) bytes += size_of(row, i);
    memory.take(bytes * dates.size());
  }
  for (const auto& row : table.rows) {
    const auto cell = [&](std::size_t i) { return i < row.cells.size() ? row.cells[i] : std::string(); };
    for (const auto date : dates) {
      ForeignTable::Row one{row.line, {}};
      one.cells.reserve(others.size() + 2);
      for (const auto i : others) one.cells.push_back(cell(i));
      one.cells.push_back(table.header[date]);
      one.cells.push_back(trim(cell(date)).empty() ? "absent" : cell(date));
      narrow.rows.push_back(std::move(one));
    }
  }
  table = std::move(narrow);
}

constexpr std::array kNames = {std::pair{Meaning::kId, "id"},           std::pair{Meaning::kName, "name"},
                               std::pair{Meaning::kFirstName, "first"}, std::pair{Meaning::kLastName, "last"},
                               std::pair{Meaning::kDate, "date"},       std::pair{Meaning::kTime, "time"},
                               std::pair{Meaning::kOut, "out"},         std::pair{Meaning::kSession, "session"},
                               std::pair{Meaning::kStatus, "status"},   std::pair{Meaning::kGroup, "group"}};

}  // namespace

const char* name_of(Meaning meaning) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return n.first == meaning; });
  return found == kNames.end() ? "" : found->second;
}

bool ColumnRequest::is_for_logs() const { return !columns.contains(Meaning::kGroup); }

bool ColumnRequest::is_for_rosters() const {
  return std::none_of(columns.begin(), columns.end(), [](const auto& column) {
    return column.first >= Meaning::kDate && column.first <= Meaning::kStatus;
  });
}

ColumnRequest parse_column_request(std::string_view text) {
  ColumnRequest request;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const std::string part = trim(text.substr(begin, end - begin));
    begin = end + 1;
    const auto fail = [&](const std::string& why) {
      return UsageError(
          fmt::format("--columns: '{}' {}; write it like name=1,date=3:%d/%m/%Y,time=2", quotable(part), why));
    };
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals + 1 == part.size()) throw fail("is not NAME=COLUMN");
    const std::string name = part.substr(0, equals), value = part.substr(equals + 1);
    const auto known = std::find_if(kNames.begin(), kNames.end(), [&](const auto& n) { return name == n.second; });
    if (known == kNames.end()) {
      throw fail("names none of id, name, first, last, date, time, out, session, status, group");
    }
    ColumnRequest::Column column;
    const bool has_format =
        known->first == Meaning::kDate || known->first == Meaning::kTime || known->first == Meaning::kOut;
    if (value == "-") {
      column.is_ignored = true;
    } else if (has_format && value.starts_with('%')) {
      column.format = value;
    } else if (known->first == Meaning::kDate && is_date(value)) {
      column.value = value;
    } else if (const auto colon = value.find(":%"); has_format && colon != std::string::npos) {
      column.column = value.substr(0, colon);
      column.format = value.substr(colon + 1);
    } else {
      column.column = value;
    }
    if (const auto problem = format_problem(column.format)) throw fail(*problem);
    if (!request.columns.emplace(known->first, column).second) throw fail("is there twice");
  }
  return request;
}

std::optional<std::size_t> ForeignTable::column_of(Meaning meaning) const {
  const auto found = std::find(meanings.begin(), meanings.end(), meaning);
  if (found == meanings.end()) return std::nullopt;
  return static_cast<std::size_t>(found - meanings.begin());
}

std::string ForeignTable::cell(const Row& row, Meaning meaning) const {
  const auto column = column_of(meaning);
  return column && *column < row.cells.size() ? cleaned(row.cells[*column]) : std::string();
}

std::string ForeignTable::person_name(const Row& row) const {
  if (has(Meaning::kName)) return cell(row, Meaning::kName);
  return trim(cell(row, Meaning::kFirstName) + " " + cell(row, Meaning::kLastName));
}

bool ForeignTable::is_log() const {
  const bool has_people = has(Meaning::kName) || has(Meaning::kId) || has(Meaning::kLastName);
  return has_people && (has(Meaning::kDate) || has(Meaning::kTime));
}

bool ForeignTable::is_roster() const {
  const bool has_name = has(Meaning::kName) || has(Meaning::kLastName);
  return !is_log() && has_header && has_name && (has(Meaning::kId) || has(Meaning::kGroup));
}

ForeignTable read_foreign_table(std::string_view bytes, const std::filesystem::path& file) {
  if (bytes.find('\0') != std::string_view::npos) {
    throw Error(ErrorCode::kInput, fmt::format("{}: is no text in UTF-8; save it again as CSV UTF-8", file.string()));
  }
  ForeignTable table;
  table.file = file;
  std::string converted;
  if (!is_utf8(bytes)) {
    table.is_windows_1252 = true;
    converted = utf8_of_windows_1252(bytes);
    bytes = converted;
  }
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  table.delimiter = guess_delimiter(bytes);
  CsvReader csv(bytes, table.delimiter);
  Memory memory(file);
  std::size_t width = 0;
  while (auto row = csv.next()) {
    const bool is_blank =
        std::all_of(row->cells.begin(), row->cells.end(), [](const auto& c) { return trim(c).empty(); });
    if (is_blank) continue;
    for (auto& cell : row->cells) cell = to_nfc(cell);
    width = std::max(width, row->cells.size());
    table.rows.push_back({row->line, std::move(row->cells)});
    memory.take(bytes_of(table.rows.back()));
  }
  table.header.assign(width, {});
  if (!table.rows.empty() && is_header(table.rows.front().cells, table.rows)) {
    table.has_header = true;
    const auto first = table.rows.front().cells;
    std::transform(first.begin(), first.end(), table.header.begin(), [](const auto& c) { return trim(c); });
    std::erase_if(table.rows, [&](const ForeignTable::Row& row) { return row.cells == first; });
  }
  guess_meanings(table);
  if (table.has_header && !table.has(Meaning::kDate)) unfold(table);
  return table;
}

void apply(const ColumnRequest& request, ForeignTable& table) {
  const auto index_of = [&](const std::string& column) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(column.data(), column.data() + column.size(), number);
    if (error == std::errc{} && end == column.data() + column.size() && number >= 1 && number <= table.header.size()) {
      return number - 1;
    }
    for (std::size_t i = 0; i < table.header.size(); ++i) {
      if (fold_case(table.header[i]) == fold_case(column)) return i;
    }
    throw UsageError(fmt::format("--columns: {} has no column '{}'; it has {}", table.file.string(), quotable(column),
                                 table.header.size()));
  };
  for (const auto& [meaning, column] : request.columns) {
    if (column.column.empty() && !column.is_ignored) continue;
    std::replace(table.meanings.begin(), table.meanings.end(), meaning, Meaning::kNone);
    if (!column.column.empty()) table.meanings[index_of(column.column)] = meaning;
  }
}

}  // namespace faceatt
