#include "faceatt/report/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "faceatt/core/text.hpp"
#include "faceatt/report/html_text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kGap = 2;  // columns between columns
constexpr std::string_view kBold = "1", kFaint = "2";
constexpr double kGoodRate = 0.9, kFairRate = 0.75;

std::string_view ellipsis(const LayoutOptions& options) { return options.unicode ? "\u2026" : "..."; }

// Of sky blue, yellow and vermilion, which colour-blind people tell apart (Okabe and Ito); the boldness and the words
// do without colour.
std::string_view style_of(Status status) {
  switch (status) {
    case Status::kPresent:
      return "36";
    case Status::kLate:
      return "33";
    case Status::kAbsent:
      return "1;31";
    default:
      return kFaint;
  }
}

std::string styled(std::string_view text, std::string_view style, const LayoutOptions& options) {
  if (!options.colour || style.empty() || text.empty()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", style, text);
}

// Text that fits, with `style`, and the blanks beside it. Right-to-left text is isolated, so that a terminal that turns
// it turns nothing else.
std::string cell(std::string_view text, std::size_t width, bool to_the_right, std::string_view style,
                 const LayoutOptions& options) {
  std::string fitting = shorten(text, width, ellipsis(options));
  const std::string padding(width - display_width(fitting), ' ');
  // NOLINTNEXTLINE(misc-misleading-bidirectional): it isolates what is between
  if (options.unicode && has_right_to_left(fitting)) fitting = "\u2068" + fitting + "\u2069";
  fitting = styled(fitting, style, options);
  return to_the_right ? padding + fitting : fitting + padding;
}

std::string_view without_trailing_blanks(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

void add_line(std::string& out, std::string_view line) {
  out += without_trailing_blanks(line);
  out += "\n";
}

struct Column {
  std::size_t index = 0;  // of the records
  std::string_view name;
  bool is_right = false;   // aligned
  bool is_exact = false;   // half a number, a date or a status says nothing
  std::size_t cells = 0;   // width of the widest cell
  std::size_t wanted = 0;  // with the header
  std::size_t width = 0;   // as it is laid out
};

bool is_number(const Record& first, std::size_t column) {
  return !std::holds_alternative<std::string>(first[column].value);
}

// Cells are numbers, dates, times, weeks or rates: there are digits, and nothing but what may be between them.
bool is_figure(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789-+:.,/% WTZ") == std::string_view::npos;
}

std::vector<Column> columns_of(const std::vector<Record>& rows, const std::vector<std::vector<std::string>>& cells) {
  std::vector<Column> columns;
  for (std::size_t c = 0; c < rows.front().size(); ++c) {
    Column column{c, rows.front()[c].name};
    bool all_figures = true, all_rates = true;
    for (const auto& line : cells) {
      column.cells = std::max(column.cells, display_width(line[c]));
      all_figures = all_figures && (line[c].empty() || is_figure(line[c]));
      all_rates = all_rates && (line[c].empty() || line[c].ends_with('%'));
    }
    const bool any = column.cells > 0;
    column.is_right = is_number(rows.front(), c) || (any && all_rates && all_figures);
    column.is_exact = column.is_right || column.name == "status" || (any && all_figures && column.name != "id");
    column.wanted = column.width = std::max(column.cells, display_width(column.name));
    columns.push_back(column);
  }
  return columns;
}

// How far columns may be narrowed, each step further than the one before.
enum class Squeeze { kNone, kNotes, kHeaders, kText, kIds, kAll };

std::size_t least_width(const Column& column, Squeeze squeeze) {
  constexpr std::size_t kComfortable = 12, kReadable = 6, kHeader = 4;
  std::size_t least = column.wanted;
  if (squeeze == Squeeze::kAll) {
    least = 1;
  } else if (column.is_exact) {
    if (squeeze >= Squeeze::kHeaders) least = std::max(column.cells, kHeader);
  } else if (column.name == "id") {
    if (squeeze >= Squeeze::kIds) least = kReadable;
  } else if (squeeze >= Squeeze::kNotes) {
    least = squeeze >= Squeeze::kText ? kReadable : kComfortable;
  }
  return std::min(column.wanted, least);
}

// Whether the columns fit when they are narrowed as far as `furthest`. It is the widest ones that give, and no more
// than is needed.
bool squeezed(std::vector<Column>& columns, std::size_t width, Squeeze furthest) {
  const auto total = [&] {
    std::size_t sum = kGap * (columns.size() - 1);
    for (const auto& column : columns) sum += column.width;
    return sum;
  };
  for (auto& column : columns) column.width = column.wanted;
  for (int step = 1; step <= static_cast<int>(furthest); ++step) {
    const auto least = [&](const Column& column) { return least_width(column, static_cast<Squeeze>(step)); };
    for (std::size_t taken = total(); taken > width; --taken) {
      Column* widest = nullptr;
      for (auto& column : columns) {
        if (column.width > least(column) && (widest == nullptr || column.width > widest->width)) widest = &column;
      }
      if (widest == nullptr) break;
      --widest->width;
    }
  }
  return total() <= width;
}

void fit(std::vector<Column>& columns, const LayoutOptions& options) {
  if (options.width == 0 || squeezed(columns, options.width, Squeeze::kNotes)) return;
  for (const auto name : options.droppable) {
    if (columns.size() > 1) std::erase_if(columns, [&](const Column& column) { return column.name == name; });
    if (squeezed(columns, options.width, Squeeze::kNotes)) return;
  }
  while (!squeezed(columns, options.width, columns.size() > 1 ? Squeeze::kIds : Squeeze::kAll)) columns.pop_back();
}

std::optional<double> share_of(const FieldValue& value) {
  if (const auto* decimal = std::get_if<Decimal>(&value)) return decimal->value;
  const auto* text = std::get_if<std::string>(&value);
  double percent = 0;
  if (text == nullptr || !text->ends_with('%')) return std::nullopt;
  if (std::from_chars(text->data(), text->data() + text->size(), percent).ec != std::errc{}) return std::nullopt;
  return percent / 100;
}

std::string_view style_of(const Field& field) {
  if (field.name == "status") {
    const auto status = parse_status(field_text(field.value));
    return status ? style_of(*status) : "";
  }
  if (field.name == "rate") {
    const auto share = share_of(field.value);
    if (!share || !std::isfinite(*share)) return "";
    return style_of(*share >= kGoodRate ? Status::kPresent : *share >= kFairRate ? Status::kLate : Status::kAbsent);
  }
  return "";
}

// One line, with nothing in it that a page would take for markup.
std::string markdown_cell(std::string_view text) {
  std::string out = looks_like_formula(text) ? "'" : "";
  while (true) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::string shown = printable(line);
    const auto is_word = [&](std::size_t i) {
      return i < shown.size() && std::isalnum(static_cast<unsigned char>(shown[i]));
    };
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const char c = shown[i];
      if (const char* const entity = c == '\'' ? nullptr : html_entity(c)) {
        out += entity;
        continue;
      }
      switch (c) {
        case '_':  // Ana_Silva is no markup
          out += is_word(i - 1) && is_word(i + 1) ? "_" : "\\_";
          break;
        case '\\':
        case '|':
        case '`':
        case '*':
        case '[':
        case ']':
        case '~':
          out += '\\';
          [[fallthrough]];
        default:
          out += c;
      }
    }
    if (end == std::string_view::npos) return out;
    out += "<br>";
    text.remove_prefix(end + 1);
  }
}

std::chrono::year_month_day ymd_of(std::int32_t day) { return std::chrono::sys_days(std::chrono::days(day)); }

// Weeks begin on Monday; 1970-01-01 was a Thursday.
std::int32_t week_number(std::int32_t day) { return (day + 3 - ((day + 3) % 7 + 7) % 7) / 7; }

std::string_view glyph_of(Status status, bool unicode) {
  switch (status) {
    case Status::kPresent:
      return unicode ? "\u25CF" : "P";  // full circle
    case Status::kLate:
      return unicode ? "\u25D0" : "L";  // half
    case Status::kAbsent:
      return unicode ? "\u25CB" : "A";  // empty
    case Status::kExcused:
      return unicode ? "\u2013" : "E";
    default:
      return unicode ? "\u00B7" : ".";
  }
}

constexpr std::size_t kMonthName = 3;
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Days that stand side by side, all of one year.
struct Block {
  std::size_t first = 0;             // index of the first day
  std::vector<std::size_t> columns;  // of each day, from 0
  std::string months, tens, ones;    // header
};

// As many days from `first` as go into `room` columns, at least one.
Block block_from(const std::vector<std::int32_t>& days, std::size_t first, std::size_t room) {
  Block block{first, {}, {}, {}, {}};
  std::size_t column = 0, month_column = 0;
  for (std::size_t i = first; i < days.size(); ++i) {
    const auto date = ymd_of(days[i]);
    bool new_month = true;
    if (i > first) {
      const auto before = ymd_of(days[i - 1]);
      if (date.year() != before.year()) break;
      new_month = date.month() != before.month();
      column += 1;
      if (week_number(days[i]) != week_number(days[i - 1]) || new_month) column += 1;
      if (new_month) column = std::max(column, month_column + kMonthName + 1);
    }
    if (new_month) month_column = column;
    const std::size_t end = std::max(column + 1, month_column + kMonthName);
    if (i > first && end > room) break;
    block.columns.push_back(column);
    const auto day = static_cast<unsigned>(date.day());
    block.months.resize(end, ' ');
    block.tens.resize(column + 1, ' ');
    block.ones.resize(column + 1, ' ');
    if (new_month) block.months.replace(column, kMonthName, kMonths[static_cast<unsigned>(date.month()) - 1]);
    if (day >= 10) block.tens[column] = static_cast<char>('0' + day / 10);
    block.ones[column] = static_cast<char>('0' + day % 10);
  }
  return block;
}

std::string legend(const LayoutOptions& options) {
  std::string out, line;
  std::size_t used = 0;
  for (const auto status : {Status::kPresent, Status::kLate, Status::kAbsent, Status::kExcused, Status::kVoid}) {
    const std::string_view name = status == Status::kVoid ? "none" : name_of(status);
    if (options.width > 0 && used + 2 + name.size() > options.width) {
      add_line(out, line);
      line.clear();
      used = 0;
    }
    line += styled(glyph_of(status, options.unicode), style_of(status), options);
    line += fmt::format(" {}  ", name);
    used += 2 + name.size() + kGap;
  }
  add_line(out, line);
  return out;
}

}  // namespace

std::string layout_table(const std::vector<Record>& rows, const LayoutOptions& options) {
  if (rows.empty() || rows.front().empty()) return {};
  std::vector<std::vector<std::string>> cells;
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& field : row) line.push_back(printable(field_text(field.value)));
  }
  auto columns = columns_of(rows, cells);
  fit(columns, options);
  std::string out;
  const auto add = [&](const auto& text_of, const auto& style) {
    std::string line;
    for (const auto& column : columns) {
      if (&column != &columns.front()) line.append(kGap, ' ');
      line += cell(text_of(column), column.width, column.is_right, style(column), options);
    }
    add_line(out, line);
  };
  add([](const Column& column) { return column.name; }, [](const Column&) { return kBold; });
  for (std::size_t r = 0; r < rows.size(); ++r) {
    add([&](const Column& column) -> std::string_view { return cells[r][column.index]; },
        [&](const Column& column) { return style_of(rows[r][column.index]); });
  }
  return out;
}

std::string markdown_table(const std::vector<Record>& rows) {
  if (rows.empty()) return {};
  std::string out = "|", rule = "|";
  for (std::size_t c = 0; c < rows.front().size(); ++c) {
    out += fmt::format(" {} |", markdown_cell(rows.front()[c].name));
    rule += is_number(rows.front(), c) ? " ---: |" : " --- |";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : rows) {
    out += "|";
    for (const auto& field : row) out += fmt::format(" {} |", markdown_cell(field_text(field.value)));
    out += "\n";
  }
  return out;
}

std::string bar(double share, std::size_t width, bool unicode) {
  if (std::isnan(share)) return std::string(width, ' ');
  static constexpr std::array<std::string_view, 9> kEighths = {"",       "\u258F", "\u258E", "\u258D", "\u258C",
                                                               "\u258B", "\u258A", "\u2589", "\u2588"};
  const std::size_t parts = unicode ? 8 : 1, all = width * parts;
  share = std::clamp(share, 0.0, 1.0);
  auto filled = static_cast<std::size_t>(std::lround(share * static_cast<double>(all)));
  if (share < 1 && filled == all && all > 1) --filled;
  if (share > 0 && filled == 0 && all > 0) ++filled;
  if (!unicode) return std::string(filled, '#') + std::string(width - filled, '-');
  std::string out;
  for (std::size_t column = 0; column < width; ++column) {
    const std::size_t eighths = std::min<std::size_t>(8, filled);
    filled -= eighths;
    out += eighths == 0 ? " " : kEighths[eighths];
  }
  return out;
}

std::string sparkline(const std::vector<double>& values, bool unicode) {
  static constexpr std::array<std::string_view, 8> kBlocks = {"\u2581", "\u2582", "\u2583", "\u2584",
                                                              "\u2585", "\u2586", "\u2587", "\u2588"};
  static constexpr std::string_view kAscii = "_.-=*#";
  const std::size_t levels = unicode ? kBlocks.size() : kAscii.size();
  std::string out;
  for (const double value : values) {
    if (std::isnan(value)) {
      out += ' ';
      continue;
    }
    const double scaled = std::clamp(value, 0.0, 1.0) * static_cast<double>(levels);
    const auto level = std::min(levels - 1, static_cast<std::size_t>(scaled));
    out += unicode ? kBlocks[level] : kAscii.substr(level, 1);
  }
  return out;
}

Status worse(Status a, Status b) {
  const auto rank = [](Status status) {
    switch (status) {
      case Status::kAbsent:
        return 4;
      case Status::kLate:
        return 3;
      case Status::kPresent:
        return 2;
      case Status::kExcused:
        return 1;
      default:
        return 0;
    }
  };
  return rank(a) >= rank(b) ? a : b;
}

CalendarGrid calendar_of(const Ledger& ledger, const std::function<bool(const LedgerEntry&)>& counts) {
  std::map<std::int32_t, std::size_t> days;
  std::map<std::string, std::map<std::int32_t, Status>> people;  // by id
  std::map<std::string, std::string> names;
  for (const LedgerEntry& entry : ledger.entries()) {
    if (entry.status == Status::kVoid || !counts(entry)) continue;
    days[entry.day];
    const auto& person = ledger.people()[entry.person];
    names[person.id] = person.name.empty() ? person.id : person.name;
    Status& cell = people[person.id].try_emplace(entry.day, Status::kVoid).first->second;
    cell = worse(cell, entry.status);
  }
  CalendarGrid grid;
  for (auto& [day, column] : days) {
    column = grid.days.size();
    grid.days.push_back(day);
  }
  for (const auto& [id, cells] : people) {
    auto& line = grid.people.emplace_back();
    line.name = names[id];
    line.cells.assign(grid.days.size(), Status::kVoid);
    for (const auto& [day, status] : cells) line.cells[days[day]] = status;
  }
  return grid;
}

std::string layout_calendar(const CalendarGrid& grid, const LayoutOptions& options) {
  if (grid.days.empty() || grid.people.empty()) return {};
  constexpr std::size_t kReadableName = 12, kLeastName = 8, kUnbounded = std::numeric_limits<std::size_t>::max();
  std::vector<std::string> names;
  std::size_t name_width = 4;  // of a year
  for (const auto& person : grid.people) {
    names.push_back(printable(person.name));
    name_width = std::max(name_width, display_width(names.back()));
  }
  std::size_t room = kUnbounded;
  if (options.width > 0) {
    std::size_t wanted = 0;
    for (std::size_t first = 0; first < grid.days.size();) {
      const Block block = block_from(grid.days, first, kUnbounded);
      wanted = std::max(wanted, block.months.size());
      first += block.columns.size();
    }
    const std::size_t beside = options.width > wanted + kGap ? options.width - wanted - kGap : 0;
    name_width = std::min(name_width, beside >= kReadableName ? beside : std::max(kLeastName, options.width / 3));
    room = options.width > name_width + kGap ? options.width - name_width - kGap : 1;
  }

  std::string out;
  for (std::size_t first = 0; first < grid.days.size();) {
    const Block block = block_from(grid.days, first, room);
    const auto add_header = [&](const std::string& left, const std::string& right) {
      add_line(out, cell(left, name_width + kGap, false, kBold, options) +
                        styled(without_trailing_blanks(right), kBold, options));
    };
    add_header(std::to_string(static_cast<int>(ymd_of(grid.days[first]).year())), block.months);
    add_header("", block.tens);
    add_header("", block.ones);
    for (std::size_t p = 0; p < grid.people.size(); ++p) {
      std::string line = cell(names[p], name_width, false, "", options) + std::string(kGap, ' ');
      const auto& cells = grid.people[p].cells;
      std::size_t column = 0;
      for (std::size_t i = 0; i < block.columns.size(); ++i) {
        const Status status = first + i < cells.size() ? cells[first + i] : Status::kVoid;
        line.append(block.columns[i] - column, ' ');
        line += styled(glyph_of(status, options.unicode), style_of(status), options);
        column = block.columns[i] + 1;
      }
      add_line(out, line);
    }
    out += "\n";
    first += block.columns.size();
  }
  return out + legend(options);
}

}  // namespace faceatt
