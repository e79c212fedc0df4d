#include "report_rows.hpp"

#include <unistd.h>

#include <chrono>
#include <iterator>
#include <thread>
#include <utility>
#include <variant>

#include "cli/people.hpp"
#include "cli/signals.hpp"
#include "cli/store.hpp"
#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/roster.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxLogBytes = std::uint64_t{4} << 30;
constexpr auto kBetweenLooks = std::chrono::milliseconds(300);  // of --follow

Record record_of(const AttendanceRow& row) {
  Record record;
  const auto cells = cells_of(row);
  for (std::size_t i = 0; i < cells.size(); ++i) record.push_back({kAttendanceColumns[i], *cells[i]});
  return record;
}

Record record_of(const Stay& stay, bool is_text) {
  const auto time = [&](const std::string& iso) { return is_text && iso.size() >= 19 ? iso.substr(11, 8) : iso; };
  const auto hours = [&]() -> FieldValue {
    if (!stay.seconds) return std::monostate{};
    return Decimal{static_cast<double>(*stay.seconds) / 3600, 2};
  };
  return {{"date", stay.date},   {"id", stay.id},         {"name", stay.name}, {"session", stay.session},
          {"in", time(stay.in)}, {"out", time(stay.out)}, {"hours", hours()}};
}

// What people look at first; the other columns are in csv, tsv and jsonl.
Record short_record_of(const AttendanceRow& row) {
  const auto clock = row.time.size() >= 19 ? row.time.substr(11, 8) : row.time;
  return {{"date", row.date},       {"time", clock},        {"id", row.id},        {"name", row.name},
          {"session", row.session}, {"status", row.status}, {"source", row.source}};
}

}  // namespace

Record for_spreadsheet(Record record, Format format) {
  if (format != Format::kCsv && format != Format::kTsv) return record;
  for (Field& field : record) {
    auto* const text = std::get_if<std::string>(&field.value);
    if (text != nullptr && looks_like_formula(*text)) text->insert(0, 1, '\'');
  }
  return record;
}

Query query_of(const cli::Tool& tool, const ReportOptions& o) {
  Query query;
  query.from = o.from;
  query.to = o.to;
  query.people = o.people;
  query.sessions = o.sessions;
  query.statuses.insert(o.statuses.begin(), o.statuses.end());
  if (tool.group().empty()) return query;
  query.ids = people_of_group(cli::knows_people(tool) ? cli::known_people(tool) : Roster{}, tool.group());
  return query;
}

namespace {

std::string read_stdin() {
  try {
    return read_stream(STDIN_FILENO, "standard input", kMaxLogBytes);
  } catch (const Error& e) {
    throw Error(ErrorCode::kCannotRun, e.what());
  }
}

}  // namespace

std::vector<AttendanceRow> read_rows(const cli::Tool& tool, const std::vector<std::string>& logs) {
  std::vector<std::string> warnings;
  std::vector<AttendanceRow> rows;
  if (const auto store = cli::store_of(tool); store && logs.empty()) return StoreFollower(*store).next();
  for (const auto& log : logs) {
    auto more =
        log == "-" ? parse_attendance(read_stdin(), "standard input", warnings) : read_attendance(log, warnings);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  tool.warn_all(warnings);
  return rows;
}

std::vector<Record> row_records(const std::vector<AttendanceRow>& rows, const Query& query, bool is_hours,
                                bool is_text) {
  std::vector<Record> records;
  if (is_hours) {
    for (const auto& stay : stays(rows, query)) records.push_back(record_of(stay, is_text));
  } else {
    for (const auto& row : select(rows, query)) records.push_back(is_text ? short_record_of(row) : record_of(row));
  }
  return records;
}

int follow(const cli::Tool& tool, const Query& query, LogFollower& follower, cli::Output& out) {
  const bool is_text = out.format() == Format::kText;
  cli::catch_signals();
  while (cli::stop_signal() == 0 && !out.closed()) {
    for (const auto& row : select(follower.next(), query)) {
      out.record(is_text ? short_record_of(row) : for_spreadsheet(record_of(row), out.format()));
    }
    if (auto news = follower.take_warnings(); !news.empty()) tool.warn_all(news);
    std::this_thread::sleep_for(kBetweenLooks);
  }
  return cli::stop_signal() != 0 ? 128 + cli::stop_signal() : cli::kDone;
}

}  // namespace faceatt
