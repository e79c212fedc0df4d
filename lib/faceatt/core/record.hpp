// Records: what the tools put on standard output. Same fields, same order in csv, tsv and jsonl; text is for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace faceatt {

enum class Format { kText, kCsv, kTsv, kJsonl, kMarkdown, kHtml };  // the last two: of faceatt-report

Format parse_format(std::string_view name);  // throws UsageError
inline bool is_for_people(Format format) { return format == Format::kText || format == Format::kMarkdown; }

// A number with a fixed count of decimals, '.' in every locale.
struct Decimal {
  double value = 0;
  int decimals = 4;
};

using FieldValue = std::variant<std::monostate, std::string, std::int64_t, Decimal>;  // monostate: empty / null

struct Field {
  std::string_view name;  // of static storage
  FieldValue value;
};

using Record = std::vector<Field>;

// Each of these returns one line without line end.
std::string record_header(const Record& record, Format format);  // empty for jsonl and text
std::string format_record(const Record& record, Format format);  // text: values two spaces apart

std::string field_text(const FieldValue& value);

// A table with aligned columns for people: a header, then the rows. All records have the same fields.
std::string format_table(const std::vector<Record>& rows);

}  // namespace faceatt
