#include "faceatt/core/csv.hpp"

#include <csv.h>

#include <algorithm>

#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

// A cell with line breaks inside quotes is honoured up to this many lines; beyond, the quote was a stray one.
constexpr int kMaxLinesPerRow = 64;

struct LibcsvParser {
  explicit LibcsvParser(char delimiter, unsigned char options = 0) {
    if (csv_init(&parser, options) != 0) throw Error(ErrorCode::kCannotRun, "libcsv cannot be initialised");
    csv_set_delim(&parser, static_cast<unsigned char>(delimiter));
    // Keep cells as they are: no trimming of spaces or tabs.
    csv_set_space_func(&parser, [](unsigned char) { return 0; });
  }
  LibcsvParser(const LibcsvParser&) = delete;
  LibcsvParser& operator=(const LibcsvParser&) = delete;
  ~LibcsvParser() { csv_free(&parser); }
  csv_parser parser{};

  // What was parsed so far ends inside quotes.
  bool in_quotes() const {
    constexpr int kFieldBegun = 2;  // a state that csv.h keeps but does not name
    return parser.quoted != 0 && parser.pstate == kFieldBegun;
  }
};

struct Sink {
  std::vector<std::string> cells;
  bool complete = false;
};

void on_cell(void* data, std::size_t size, void* sink) {
  auto& cells = static_cast<Sink*>(sink)->cells;
  if (cells.size() <= kMostCells) cells.emplace_back(static_cast<const char*>(data), size);
}

void on_row(int /*terminator*/, void* sink) { static_cast<Sink*>(sink)->complete = true; }

std::string_view line_at(std::string_view text, std::size_t position) {
  const auto end = text.find('\n', position);
  return text.substr(position, end == std::string_view::npos ? std::string_view::npos : end - position + 1);
}

// Whether quotes stand only where RFC 4180 allows them. A stray quote that swallows lines up to the next quoted cell
// fails.
bool is_strict(std::string_view text, char delimiter) {
  LibcsvParser csv(delimiter, CSV_STRICT);
  return csv_parse(&csv.parser, text.data(), text.size(), nullptr, nullptr, nullptr) == text.size();
}

// The line without its line end when that is all that can be special in it: no quotes, no other line ends. None
// otherwise.
std::optional<std::string_view> plain_line(std::string_view line) {
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
  }
  const bool is_plain = line.find('"') == std::string_view::npos && line.find('\r') == std::string_view::npos;
  return is_plain ? std::optional(line) : std::nullopt;
}

bool has_too_many(std::string_view line, char delimiter) {
  return line.size() >= kMostCells &&
         std::count(line.begin(), line.end(), delimiter) >= static_cast<std::ptrdiff_t>(kMostCells);
}

std::vector<std::string> split(std::string_view line, char delimiter) {
  std::vector<std::string> cells;
  for (;;) {
    const auto end = line.find(delimiter);
    cells.emplace_back(line.substr(0, end));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

char guess_delimiter(std::string_view first_line) {
  char best = ',';
  std::ptrdiff_t most = 0;
  for (const char candidate : {',', ';', '\t'}) {
    const auto n = std::count(first_line.begin(), first_line.end(), candidate);
    if (n > most) {
      most = n;
      best = candidate;
    }
  }
  return best;
}

}  // namespace

std::string csv_cell(std::string_view value, char delimiter, bool for_spreadsheet) {
  std::string cell;
  if (for_spreadsheet && looks_like_formula(value)) cell = '\'';
  cell += value;
  const bool quote = cell.find_first_of("\"\r\n") != std::string::npos || cell.find(delimiter) != std::string::npos;
  if (!quote) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_line(const std::vector<std::string>& cells, char delimiter, bool for_spreadsheet) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += delimiter;
    line += csv_cell(cells[i], delimiter, for_spreadsheet);
  }
  return line;
}

CsvReader::CsvReader(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {
  if (delimiter_ != 0) return;
  if (text_.starts_with(kByteOrderMark)) position_ = kByteOrderMark.size();
  delimiter_ = guess_delimiter(line_at(text_, position_));
}

std::optional<CsvRow> CsvReader::next() {
  while (position_ < text_.size()) {
    CsvRow row;
    row.line = line_;
    row.offset = position_;

    // Most lines, and a log has a million of them.
    const auto first = line_at(text_, position_);
    if (const auto plain = plain_line(first)) {
      position_ += first.size();
      ++line_;
      if (plain->empty()) continue;
      row.terminated = first.ends_with('\n');
      if (has_too_many(*plain, delimiter_)) {
        row.cells = {std::string(first)};
      } else {
        row.cells = split(*plain, delimiter_);
      }
      return row;
    }

    LibcsvParser csv(delimiter_);
    Sink sink;
    std::size_t end = position_;
    int lines = 0;
    while (!sink.complete && end < text_.size() && lines < kMaxLinesPerRow) {
      const auto line = line_at(text_, end);
      csv_parse(&csv.parser, line.data(), line.size(), on_cell, on_row, &sink);
      end += line.size();
      ++lines;
      if (line.find_first_not_of("\r\n") == std::string_view::npos && lines == 1) break;  // blank line
    }
    const bool never_closed = !sink.complete && csv.in_quotes();
    if (never_closed || sink.cells.size() > kMostCells ||
        (lines > 1 && !is_strict(text_.substr(position_, end - position_), delimiter_))) {
      // A stray quote: this line is damaged, the next ones are not.
      const auto line = line_at(text_, position_);
      end = position_ + line.size();
      lines = 1;
      sink.cells = {std::string(line)};
      sink.complete = true;
    } else if (!sink.complete) {
      csv_fini(&csv.parser, on_cell, on_row, &sink);  // last line without a line end
    }
    position_ = end;
    line_ += static_cast<std::size_t>(lines);
    if (sink.cells.empty()) continue;
    row.terminated = text_[end - 1] == '\n' || text_[end - 1] == '\r';
    row.cells = std::move(sink.cells);
    return row;
  }
  return std::nullopt;
}

std::string edit_rows(std::string_view text, const std::function<RowEdit(CsvRow& row)>& edit, bool for_spreadsheet) {
  CsvReader csv(text);
  if (!csv.next()) return std::string(text);  // the header
  std::string edited(text.substr(0, csv.position()));
  std::size_t done = csv.position();
  bool is_edited = false;
  while (auto row = csv.next()) {
    edited += text.substr(done, row->offset - done);  // blank lines
    done = csv.position();
    const auto line = text.substr(row->offset, done - row->offset);
    RowEdit what = edit(*row);
    is_edited |= what != RowEdit::kKeep;
    // A quote that is open could find its end in what comes to stand below: it is written as part of its cell.
    const bool is_open =
        row->cells.size() == 1 && row->cells.front() == line && line.find('"') != std::string_view::npos;
    if (what == RowEdit::kKeep && is_open) what = RowEdit::kReplace;
    if (what == RowEdit::kKeep) edited += line;
    if (what != RowEdit::kReplace) continue;
    edited += csv_line(row->cells, csv.delimiter(), for_spreadsheet);
    edited += line.substr(std::min(line.size(), line.find_last_not_of("\r\n") + 1));
  }
  return is_edited ? edited + std::string(text.substr(done)) : std::string(text);
}

}  // namespace faceatt
