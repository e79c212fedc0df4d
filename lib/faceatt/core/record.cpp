#include "faceatt/core/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string json_value(const FieldValue& value) {
  if (const auto* s = std::get_if<std::string>(&value)) return json_text(*s);
  const std::string text = field_text(value);
  return text.empty() ? "null" : text;
}

// Tab-separated values have no quoting: what would break a line or a column becomes a space.
std::string tsv_cell(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

std::string join(const Record& record, Format format, const auto& cell) {
  const char delimiter = format == Format::kTsv ? '\t' : ',';
  std::string line;
  for (const auto& field : record) {
    if (&field != &record.front()) line += delimiter;
    line += format == Format::kTsv ? tsv_cell(cell(field)) : csv_cell(cell(field));
  }
  return line;
}

}  // namespace

Format parse_format(std::string_view name) {
  if (name == "text") return Format::kText;
  if (name == "csv") return Format::kCsv;
  if (name == "tsv") return Format::kTsv;
  if (name == "jsonl") return Format::kJsonl;
  if (name == "md") return Format::kMarkdown;
  if (name == "html") return Format::kHtml;
  throw UsageError(fmt::format("unknown format '{}'; there are text, csv, tsv and jsonl", name));
}

std::string field_text(const FieldValue& value) {
  if (const auto* s = std::get_if<std::string>(&value)) return *s;
  if (const auto* i = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *i);
  if (const auto* d = std::get_if<Decimal>(&value); d != nullptr && std::isfinite(d->value)) {
    return fmt::format("{:.{}f}", d->value, d->decimals);
  }
  return {};
}

std::string record_header(const Record& record, Format format) {
  if (format == Format::kJsonl || format == Format::kText) return {};
  return join(record, format, [](const Field& f) { return std::string(f.name); });
}

std::string format_record(const Record& record, Format format) {
  if (format == Format::kCsv || format == Format::kTsv) {
    return join(record, format, [](const Field& f) { return field_text(f.value); });
  }
  std::string line;
  if (format == Format::kText) {
    for (const auto& field : record) {
      const std::string text = printable(field_text(field.value));
      if (text.empty()) continue;
      if (!line.empty()) line += "  ";
      line += text;
    }
    return line;
  }
  line = "{";
  for (const auto& field : record) {
    if (&field != &record.front()) line += ",";
    line += json_text(field.name) + ":" + json_value(field.value);
  }
  return line + "}";
}

std::string format_table(const std::vector<Record>& rows) {
  if (rows.empty()) return {};
  const std::size_t columns = rows.front().size();
  std::vector<std::vector<std::string>> cells(1);
  for (const auto& field : rows.front()) cells[0].emplace_back(field.name);
  for (const auto& row : rows) {
    auto& line = cells.emplace_back();
    for (const auto& field : row) line.push_back(printable(field_text(field.value)));
  }
  std::vector<std::size_t> widths(columns, 0);
  for (const auto& line : cells) {
    for (std::size_t c = 0; c < columns; ++c) widths[c] = std::max(widths[c], display_width(line[c]));
  }
  std::string out;
  for (const auto& line : cells) {
    std::string text;
    for (std::size_t c = 0; c < columns; ++c) {
      const bool number = !std::holds_alternative<std::string>(rows.front()[c].value);
      const std::string padding(widths[c] - display_width(line[c]), ' ');
      if (c > 0) text += "  ";
      text += number ? padding + line[c] : line[c] + padding;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  return out;
}

}  // namespace faceatt
