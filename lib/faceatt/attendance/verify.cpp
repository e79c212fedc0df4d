#include "faceatt/attendance/verify.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "faceatt/attendance/chain.hpp"
#include "faceatt/attendance/row.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/photo_name.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::int64_t kClockSlack = 60;  // seconds that a clock may be set back unnoticed
constexpr std::size_t kShownBytes = 40;   // of a cell, in messages

std::string shown(std::string_view cell) { return '\'' + printable(cell.substr(0, kShownBytes)) + '\''; }

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::optional<LocalTime> time_of(const std::string& cell) {
  try {
    return parse_time(cell);
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

// Whether a time that can be read is written as 2026-11-21T08:59:58+01:00, or with Z.
bool is_own_form(std::string_view time) {
  return time.size() >= 20 && time[10] == 'T' && time[16] == ':' &&
         (time.back() == 'Z' || time[time.size() - 3] == ':');
}

// A session over midnight keeps the date on which it began.
bool fits(const std::string& date, const LocalTime& time) {
  const std::string day = time.date();
  return date == day || date == add_days(day, -1);
}

// "0,7" or "0.7" -> "0.7000", as scores are written; more decimals stay. Empty when it is no such number.
std::optional<std::string> own_score(std::string_view cell) {
  const bool is_negative = cell.starts_with('-');
  if (is_negative) cell.remove_prefix(1);
  const auto point = std::min(cell.find_first_of(".,"), cell.size());
  const auto whole = cell.substr(0, point), decimals = cell.substr(std::min(point + 1, cell.size()));
  if (!is_number(whole) || (point < cell.size() && !is_number(decimals))) return std::nullopt;
  return fmt::format("{}{}.{:0<4}", is_negative ? "-" : "", whole, decimals);
}

// "5 min", "3 h", "12 days"
std::string rough_duration(std::int64_t seconds) {
  if (seconds < std::int64_t{120} * 60) return fmt::format("{} min", (seconds + 30) / 60);
  if (seconds < std::int64_t{48} * 3600) return fmt::format("{} h", (seconds + 1800) / 3600);
  return fmt::format("{} days", (seconds + 43200) / 86400);
}

// What a spreadsheet makes of an id that it takes for a number: "007" -> "7", "1e05" and "1.00E+05" -> "100000".
std::optional<std::string> as_number(std::string id) {
  if (id.empty() || id.front() < '0' || id.front() > '9') return std::nullopt;
  std::replace(id.begin(), id.end(), ',', '.');
  double value = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value);
  if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
  return fmt::format("{}", value);
}

// Dates as spreadsheets write them, 21.11.2026, 11/21/26 or 2026/11/21: what they mean is seen from the whole column.
class ForeignDates {
 public:
  // Of a row whose date is not ISO.
  void see(const AttendanceRow& row) {
    if (!iso_date(row.date, kYearFirst).empty() && starts_with_year(row.date)) return;
    std::array<std::string, kOrders.size()> dates;
    std::transform(kOrders.begin(), kOrders.end(), dates.begin(),
                   [&](const Order& order) { return iso_date(row.date, order); });
    if (std::all_of(dates.begin(), dates.end(), [](const std::string& date) { return date.empty(); })) return;
    const auto time = row.is_manual() ? std::nullopt : time_of(row.time);
    for (std::size_t i = 0; i < kOrders.size(); ++i) {
      if (dates[i].empty()) is_possible_[i] = false;
      if (dates[i].empty() || (time && !fits(dates[i], *time))) is_likely_[i] = false;
    }
  }

  // Whether it is made like a date at all.
  static bool is_date_like(std::string_view cell) {
    return std::any_of(kOrders.begin(), kOrders.end(), [&](const Order& o) { return !iso_date(cell, o).empty(); });
  }

  // The only date that `cell` can be; empty when there is none, or several.
  std::string iso(std::string_view cell) const {
    if (starts_with_year(cell)) return iso_date(cell, kYearFirst);
    const bool use_times = std::any_of(is_likely_.begin(), is_likely_.end(), [](bool likely) { return likely; });
    const auto& orders = use_times ? is_likely_ : is_possible_;
    std::set<std::string> dates;
    for (std::size_t i = 0; i < kOrders.size(); ++i) {
      if (orders[i]) dates.insert(iso_date(cell, kOrders[i]));
    }
    return dates.size() == 1 ? *dates.begin() : std::string();
  }

 private:
  using Order = std::array<std::size_t, 3>;  // where year, month and day stand
  static constexpr Order kYearFirst = {0, 1, 2};
  static constexpr std::array<Order, 3> kOrders = {{{2, 1, 0}, {2, 0, 1}, kYearFirst}};

  static bool starts_with_year(std::string_view cell) { return cell.size() > 4 && is_number(cell.substr(0, 4)); }

  static std::string iso_date(std::string_view cell, const Order& order) {
    const auto first = cell.find_first_of("./-");
    const auto second = first == std::string_view::npos ? first : cell.find(cell[first], first + 1);
    if (second == std::string_view::npos) return {};
    const std::array parts = {cell.substr(0, first), cell.substr(first + 1, second - first - 1),
                              cell.substr(second + 1)};
    if (!std::all_of(parts.begin(), parts.end(), is_number)) return {};
    const auto year = parts[order[0]], month = parts[order[1]], day = parts[order[2]];
    if ((year.size() != 2 && year.size() != 4) || month.size() > 2 || day.size() > 2) return {};
    const std::string date = fmt::format("{}{}-{:0>2}-{:0>2}", year.size() == 2 ? "20" : "", year, month, day);
    return is_date(date) ? date : std::string();
  }

  // Of kOrders: whether all dates can be read so, and whether they fit the times of their rows, too.
  std::array<bool, kOrders.size()> is_possible_{true, true, true}, is_likely_{true, true, true};
};

// Where the columns of a log stand, and where they belong.
struct Columns {
  explicit Columns(std::vector<std::string> header_cells) : header(std::move(header_cells)), own(header) {
    std::set<std::string> names;
    for (std::size_t c = 0; c < header.size(); ++c) {
      const std::string name = lower_ascii(trim(header[c]));
      const auto at = std::find(kAttendanceColumns.begin(), kAttendanceColumns.end(), name);
      const bool is_own = at != kAttendanceColumns.end() || name == kChainColumn;
      if (!is_own || !names.insert(name).second) {
        foreign.push_back(c);
        continue;
      }
      order.push_back(static_cast<std::size_t>(at - kAttendanceColumns.begin()));  // the chain's after all others
      if (name != header[c]) misspelled.push_back(header[c]);
    }
    for (const auto name : kAttendanceColumns) {
      if (!names.contains(std::string(name))) missing.emplace_back(name);
    }
    has_chain = own.has_chain();
  }

  // Whether all faceatt's columns come first, in their order.
  bool in_order() const {
    return std::is_sorted(order.begin(), order.end()) && (foreign.empty() || foreign.front() >= order.size());
  }
  bool is_missing(std::string_view name) const {
    return std::find(missing.begin(), missing.end(), name) != missing.end();
  }
  // Cells that a whole row has.
  std::size_t width() const { return std::max(order.size(), foreign.empty() ? 0 : foreign.back() + 1); }

  std::vector<std::string> header;
  AttendanceColumns own;
  std::vector<std::size_t> order;    // of faceatt's columns, as they stand
  std::vector<std::size_t> foreign;  // places of the others
  std::vector<std::string> missing, misspelled;
  bool has_chain = false;
};

// Of what is one finding, however often it is there.
struct Tally {
  std::size_t count = 0, line = 0;
  std::string example;

  void add(std::size_t at, std::string_view what = {}) {
    if (count++ == 0) {
      line = at;
      example = what;
    }
  }
};

// Reads a log twice: what its columns and dates are is known only from all rows.
class LogAudit {
 public:
  // `repaired`: gets the repaired text; may be null.
  LogAudit(std::string_view text, const LogCheckOptions& options, std::string* repaired)
      : options_(options), repaired_(repaired), text_(text) {
    if (text.find('\n') == std::string_view::npos &&
        text.find('\r') != std::string_view::npos) {  // of an old Macintosh: nobody reads that
      lines_ = text;
      std::replace(lines_.begin(), lines_.end(), '\r', '\n');
      text_ = lines_;
      cr_.add(1);
    }
    for (const std::string& id : options.known_ids.value_or(std::set<std::string>())) {
      if (const auto number = as_number(id); number && *number != id) ids_of_number_[*number].push_back(id);
    }
  }

  LogCheck run() {
    CsvReader csv(text_);
    const auto header = csv.next();
    if (!header) return {};
    delimiter_ = csv.delimiter();
    if (is_torn_header(*header)) {
      find(1, "torn_line", "", "a header that an interrupted write left", "drops it");
      return std::move(check_);
    }
    columns_.emplace(columns_of(header->cells));
    see_form(*header, raw_of(*header, csv));
    survey(csv);
    judge_file();
    write_header();
    CsvReader again(text_);
    again.next();
    while (auto row = again.next()) {
      const auto raw = raw_of(*row, again);
      judge(std::move(*row), raw);
    }
    add_tallies();
    std::stable_sort(check_.findings.begin(), check_.findings.end(),
                     [](const LogFinding& a, const LogFinding& b) { return a.line < b.line; });
    return std::move(check_);
  }

 private:
  struct Sighting {
    std::int64_t unix_seconds;
    std::size_t line;
  };

  void find(std::size_t line, std::string kind, const std::string& id, std::string detail, std::string repair = {}) {
    check_.findings.push_back({line, std::move(kind), printable(id), std::move(detail), std::move(repair)});
  }

  // The first line is all that there is, and the beginning of a new log's.
  bool is_torn_header(const CsvRow& header) const {
    const std::vector<std::string> columns(kAttendanceColumns.begin(), kAttendanceColumns.end());
    return !header.terminated && (csv_line(columns) + ',' + std::string(kChainColumn)).starts_with(text_) &&
           text_ != csv_line(columns);
  }

  Columns columns_of(const std::vector<std::string>& header) const {
    try {
      return Columns(header);
    } catch (const std::invalid_argument& e) {
      throw Error(ErrorCode::kCannotRun,
                  fmt::format("{}: not an attendance log: its first line has no column '{}'; mend its header",
                              options_.name, e.what()));
    }
  }

  std::string_view raw_of(const CsvRow& row, const CsvReader& csv) const {
    return text_.substr(row.offset, csv.position() - row.offset);
  }

  // Line ends and quotes, of a line that is read.
  void see_form(const CsvRow& row, std::string_view raw) {
    if (row.terminated) (raw.ends_with("\r\n") ? crlf_ : lf_).add(row.line);
    const auto line = raw.substr(0, raw.find_last_not_of("\r\n") + 1);
    if (line != csv_line(row.cells, delimiter_)) quoted_.add(row.line);
  }

  // Once over all rows: which dates and columns there are.
  void survey(CsvReader& csv) {
    std::vector<bool> is_used(columns_->header.size());
    while (const auto row = csv.next()) {
      AttendanceRow read;
      columns_->own.read(row->cells, read);
      if (!is_date(read.date)) dates_.see(read);
      for (const std::size_t c : columns_->foreign) {
        if (c < row->cells.size() && !row->cells[c].empty()) is_used[c] = true;
      }
    }
    const auto is_empty = [&](std::size_t c) { return trim(columns_->header[c]).empty() && !is_used[c]; };
    empty_columns_ = std::erase_if(columns_->foreign, is_empty);
  }

  void judge_file() {
    const Columns& c = *columns_;
    if (text_.starts_with(kByteOrderMark)) find(1, "bom", "", "begins with a byte order mark", "drops it");
    if (delimiter_ != ',') {
      find(1, "delimiter", "", delimiter_ == '\t' ? "cells are separated by tabs" : "cells are separated by ';'",
           "writes ','");
    }
    if (!c.in_order()) find(1, "column_order", "", "the columns are in another order", "puts them in order");
    if (!c.misspelled.empty()) {
      find(1, "column_name", "",
           fmt::format("columns are called {}", printable(fmt::format("{}", fmt::join(c.misspelled, ", ")))),
           "writes their names in lower case");
    }
    if (!c.missing.empty()) {
      find(1, "missing_column", "", fmt::format("no column {}", fmt::join(c.missing, ", ")), "puts it in, empty");
    }
    if (empty_columns_ > 0) {
      find(1, "empty_column", "", fmt::format("{} columns without name and cells", empty_columns_), "drops them");
    }
    if (!c.foreign.empty()) {
      std::vector<std::string> names;
      names.reserve(c.foreign.size());
      for (const std::size_t at : c.foreign) names.push_back(shown(c.header[at]));
      find(1, "foreign_column", "", fmt::format("columns that faceatt does not write: {}", fmt::join(names, ", ")));
    }
  }

  void judge(CsvRow row, std::string_view raw) {
    if (raw.find('\0') != std::string_view::npos && !drop_nul_bytes(row, raw)) return;
    AttendanceRow read;
    const bool is_row = columns_->own.read(row.cells, read);
    if (!row.terminated && !(is_row && columns_->own.is_whole(row.cells))) {
      return find(row.line, "torn_line", read.id, fmt::format("{} bytes that an interrupted write left", raw.size()),
                  "drops it");
    }
    AttendanceRow mended = mend(read);
    if (!is_plausible(mended)) {
      if (!is_undecided_date(mended)) {
        return find(row.line, "damaged_line", "", why_not(row, mended), "drops it");
      }
      see_form(row, raw);
      undecided_dates_.add(row.line, read.date);
      return write_row(row, mended);
    }
    see_form(row, raw);
    ++check_.rows;
    // What the chain vouches for is as it was written.
    const bool is_linked = judge_link(row, read, mended);
    judge_cells(row, read);
    count_mended(row.line, read, mended);
    if (is_duplicate(row.line, mended, is_linked) && !is_linked) return;
    if (columns_->has_chain && !is_linked) find(row.line, "unlinked_row", read.id, "no link, in a log that is a chain");
    judge_id(row.line, mended);
    judge_time(row.line, mended);
    write_row(row, mended);
  }

  // A block of NUL bytes that a power cut left, before a row or in its place. False when nothing of the line is left.
  bool drop_nul_bytes(CsvRow& row, std::string_view& raw) {
    const auto begin = raw.find_first_not_of('\0');
    const auto rest = raw.substr(std::min(begin, raw.size()));
    const auto count = std::count(raw.begin(), raw.end(), '\0');
    AttendanceRow read;
    auto whole = rest.find('\0') == std::string_view::npos ? CsvReader(rest, delimiter_).next() : std::nullopt;
    const bool is_row = whole && whole->terminated && columns_->own.read(whole->cells, read);
    find(row.line, "nul_bytes", read.id,
         fmt::format("{} NUL bytes{}, as a power cut leaves them", count, is_row ? " before a row" : " and no row"),
         is_row ? "drops them" : "drops the line");
    if (!is_row) return false;
    row.cells = std::move(whole->cells);
    raw = rest;
    return true;
  }

  // The row as faceatt would have written it, where that is certain.
  AttendanceRow mend(const AttendanceRow& read) const {
    AttendanceRow row = read;
    if (!is_date(row.date)) {
      if (auto date = dates_.iso(row.date); !date.empty()) row.date = std::move(date);
    }
    if (auto score = own_score(row.score)) row.score = std::move(*score);
    if (const auto time = is_own_form(row.time) ? std::nullopt : time_of(row.time); time && time->fixed_offset) {
      row.time = time->iso8601();
    }
    for (std::string* cell : cells_of(row)) {
      if (looks_like_formula(*cell)) cell->insert(0, 1, '\'');
    }
    return row;
  }

  static bool is_undecided_date(AttendanceRow row) {
    if (is_date(row.date) || !ForeignDates::is_date_like(row.date)) return false;
    row.date = "2026-01-01";  // any will do
    return is_plausible(row);
  }

  std::string why_not(const CsvRow& row, const AttendanceRow& read) const {
    const auto cells = row.cells.size();
    if (cells < columns_->width()) return fmt::format("{} of {} cells", cells, columns_->width());
    if (!is_date(read.date)) return fmt::format("not an attendance row: {} is not a date", shown(read.date));
    if (read.id.empty()) return "not an attendance row: no id";
    return fmt::format("not an attendance row: {} is not a status", shown(read.status));
  }

  // Whether the row has a link. When it fits the row as it was read, `mended` becomes that.
  bool judge_link(const CsvRow& row, const AttendanceRow& read, AttendanceRow& mended) {
    if (!columns_->has_chain) return false;
    if (read.chain.empty()) return false;
    if (next_link(check_.head, read) == read.chain) {
      mended = read;
    } else if (next_link(check_.head, mended) != read.chain) {
      find(row.line, "chain_break", read.id,
           "its link does not fit: something was changed, removed or put in here or just before");
    }
    check_.head = read.chain;
    ++check_.links;
    return true;
  }

  void judge_cells(const CsvRow& row, const AttendanceRow& read) {
    const auto& cells = row.cells;
    const auto width = columns_->width();
    if (cells.size() < width) {
      find(row.line, "few_cells", read.id, fmt::format("{} of {} cells", cells.size(), width), "adds empty ones");
    }
    const auto begin = cells.begin() + static_cast<std::ptrdiff_t>(std::min(cells.size(), columns_->header.size()));
    if (std::any_of(begin, cells.end(), [](const std::string& cell) { return !cell.empty(); })) {
      find(row.line, "many_cells", read.id,
           fmt::format("{} cells instead of {}; one with a '{}' wants quotes", cells.size(), width, delimiter_));
    } else if (begin != cells.end()) {
      surplus_.add(row.line);
    }
    if (!std::all_of(cells.begin(), cells.end(), is_utf8)) {
      find(row.line, "not_utf8", read.id, "bytes that are not UTF-8; iconv(1) may turn the file into UTF-8");
    }
  }

  void count_mended(std::size_t line, const AttendanceRow& read, const AttendanceRow& mended) {
    if (read.date != mended.date) dates_mended_.add(line, read.date);
    if (read.time != mended.time) times_mended_.add(line, read.time);
    if (read.score != mended.score) scores_mended_.add(line, read.score);
    const auto before = cells_of(read), after = cells_of(mended);
    for (std::size_t c = 0; c < before.size(); ++c) {
      if (*after[c] != '\'' + *before[c]) continue;
      find(line, "formula", read.id, fmt::format("a spreadsheet would run {}", shown(*before[c])),
           "writes ' before it");
    }
    if (!read.score.empty() && !own_score(read.score)) {
      find(line, "bad_score", read.id, fmt::format("{} is not a score", shown(read.score)));
    }
  }

  // Whether an earlier row has the key of this one, and no writer puts it in twice. The first one counts in reports.
  bool is_duplicate(std::size_t line, const AttendanceRow& row, bool is_linked) {
    if (takes_all_back(row)) lines_of_keys_.erase(key_of(row));  // a machine may mark again
    if (row.is_manual() || row.status == kStatusOut || row.status == kStatusEnded) return false;
    const auto [first, is_new] = lines_of_keys_.try_emplace(key_of(row), line);
    if (is_new) return false;
    find(line, "duplicate", row.id,
         fmt::format("{} has a row for {} on {} in line {}", printable(row.id), printable(row.session), row.date,
                     first->second),
         is_linked ? "" : "drops it");
    return true;
  }

  void judge_id(std::size_t line, const AttendanceRow& row) {
    const std::string id = to_nfc(row.id);
    const auto& known = options_.known_ids;
    if ((known && known->contains(id)) || id.starts_with("erased-") || !is_utf8(row.id)) return;
    if (id == kWholeSession && (row.status == kStatusEnded || row.status == "void")) return;
    const auto number = as_number(id);
    const auto origin = number ? ids_of_number_.find(*number) : ids_of_number_.end();
    const std::string hint = origin == ids_of_number_.end()
                                 ? std::string()
                                 : fmt::format("; it may be {}, which a spreadsheet cut",
                                               printable(fmt::format("{}", fmt::join(origin->second, " or "))));
    if (number && id.find_first_of("+-") != std::string_view::npos) {
      find(line, "number_id", row.id, fmt::format("{} is how a spreadsheet writes a number{}", id, hint));
    } else if (known) {
      find(line, "unknown_id", row.id, fmt::format("nobody has the id {}{}", printable(id), hint));
    }
  }

  void judge_time(std::size_t line, const AttendanceRow& row) {
    if (columns_->is_missing("time")) return;
    const auto time = time_of(row.time);
    if (!time)
      return find(line, "bad_time", row.id,
                  row.time.empty() ? "no time" : fmt::format("{} is not a time", shown(row.time)));
    if (!time->fixed_offset)
      return find(line, "no_offset", row.id, fmt::format("{} has no offset, like +01:00", shown(row.time)));
    if (row.is_manual()) return;
    if (!fits(row.date, *time)) {
      find(line, "wrong_date", row.id, fmt::format("its date is {}, its time is of {}", row.date, time->date()));
    }
    if (row.source.empty() || has_photo_name(row.source)) return;  // photos are marked later, and in any order
    const auto [latest, is_first] = latest_of_source_.try_emplace(row.source, Sighting{time->unix_seconds, line});
    if (is_first) return;
    const auto back = latest->second.unix_seconds - time->unix_seconds;
    if (back > kClockSlack) {
      find(line, "clock_back", row.id,
           fmt::format("{} before line {} of the same source, {}", rough_duration(back), latest->second.line,
                       printable(row.source)));
    }
    // After a step back the clock is measured against itself: one step, one finding.
    if (back <= 0 || back > kClockSlack) latest->second = {time->unix_seconds, line};
  }

  void add_tallies() {
    const auto add = [&](const Tally& tally, const char* kind, const std::string& detail, const char* repair) {
      if (tally.count > 0) find(tally.line, kind, "", detail, repair);
    };
    const auto rows = [](const Tally& tally) {
      return tally.count == 1 ? "1 row" : fmt::format("{} rows", tally.count);
    };
    add(cr_, "line_ends", "lines end in CR alone, which nobody reads", "writes LF");
    add(crlf_, "line_ends",
        lf_.count == 0 ? "lines end in CR LF" : fmt::format("{} lines end in CR LF, {} in LF", crlf_.count, lf_.count),
        "writes LF");
    add(quoted_, "quoting", fmt::format("{} lines with quotes where none are needed", quoted_.count),
        "leaves them out");
    add(surplus_, "empty_column", fmt::format("{} with empty cells after the last column", rows(surplus_)),
        "drops them");
    add(dates_mended_, "date_form",
        fmt::format("dates like {} in {}", shown(dates_mended_.example), rows(dates_mended_)), "writes 2026-11-21");
    add(undecided_dates_, "date_form",
        fmt::format("dates that can mean several, like {}, in {}", shown(undecided_dates_.example),
                    rows(undecided_dates_)),
        "");
    add(times_mended_, "time_form",
        fmt::format("times like {} in {}", shown(times_mended_.example), rows(times_mended_)), "writes ISO 8601");
    add(scores_mended_, "score_form",
        fmt::format("scores like {} in {}", shown(scores_mended_.example), rows(scores_mended_)), "writes 0.7000");
  }

  void write(const std::vector<std::string>& cells) {
    if (repaired_ != nullptr) *repaired_ += csv_line(cells) + '\n';
  }

  void write_header() {
    std::vector<std::string> cells(kAttendanceColumns.begin(), kAttendanceColumns.end());
    if (columns_->has_chain) cells.emplace_back(kChainColumn);
    const auto own = static_cast<std::ptrdiff_t>(cells.size());
    for (const std::size_t c : columns_->foreign) cells.push_back(columns_->header[c]);
    // A name full of semicolons or tabs must not make them what parts the cells.
    if (CsvReader(csv_line(cells)).delimiter() != ',') {
      for (auto name = cells.begin() + own; name != cells.end(); ++name) {
        std::replace_if(
            name->begin(), name->end(), [](char c) { return c == ';' || c == '\t'; }, ' ');
      }
    }
    write(cells);
  }

  void write_row(const CsvRow& row, const AttendanceRow& mended) {
    if (repaired_ == nullptr) return;
    std::vector<std::string> cells;
    for (const std::string* cell : cells_of(mended)) cells.push_back(*cell);
    if (columns_->has_chain) cells.push_back(mended.chain);
    for (const std::size_t c : columns_->foreign) cells.push_back(c < row.cells.size() ? row.cells[c] : "");
    // What no column is named for is a person's to judge.
    const std::size_t width = cells.size();
    for (std::size_t c = columns_->header.size(); c < row.cells.size(); ++c) cells.push_back(row.cells[c]);
    while (cells.size() > width && cells.back().empty()) cells.pop_back();
    write(cells);
  }

  const LogCheckOptions& options_;
  std::string* repaired_;
  std::string lines_;
  std::string_view text_;
  char delimiter_ = ',';
  std::optional<Columns> columns_;
  std::size_t empty_columns_ = 0;
  ForeignDates dates_;
  std::unordered_map<std::string, std::size_t> lines_of_keys_;
  std::unordered_map<std::string, Sighting> latest_of_source_;
  std::map<std::string, std::vector<std::string>> ids_of_number_;  // as_number(id) -> ids that are spelled otherwise
  Tally cr_, crlf_, lf_, quoted_, surplus_, dates_mended_, undecided_dates_, times_mended_, scores_mended_;
  LogCheck check_;
};

}  // namespace

bool LogCheck::is_repairable() const {
  return std::any_of(findings.begin(), findings.end(), [](const LogFinding& f) { return !f.repair.empty(); });
}

LogCheck check_log(std::string_view text, const LogCheckOptions& options) {
  return LogAudit(text, options, nullptr).run();
}

std::string repaired_log(std::string_view text, const LogCheckOptions& options) {
  std::string log(text);
  // Once more, as the lines that are dropped may leave a column empty.
  for (;;) {
    std::string repaired;
    if (!LogAudit(log, options, &repaired).run().is_repairable()) return log;
    log = std::move(repaired);
  }
}

}  // namespace faceatt
