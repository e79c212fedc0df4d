#include "faceatt/attendance/ics_text.hpp"

#include <set>
#include <utility>

#include "faceatt/core/text.hpp"

namespace faceatt::ics {
namespace {

// Up to the first of `stops` outside quotes, which is left in `rest`.
std::string_view take_until(std::string_view& rest, std::string_view stops) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size(); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    if (!quoted && stops.find(rest[end]) != std::string_view::npos) break;
  }
  const auto taken = rest.substr(0, end);
  rest.remove_prefix(end);
  return taken;
}

ContentLine parse_line(std::string_view text) {
  ContentLine line;
  line.name = upper_ascii(take_until(text, ";:"));
  while (text.starts_with(';')) {
    text.remove_prefix(1);
    std::string_view parameter = take_until(text, ";:");
    const std::string key = upper_ascii(take_until(parameter, "="));
    std::string value(parameter.substr(std::min<std::size_t>(1, parameter.size())));
    std::erase(value, '"');
    line.parameters[key] = std::move(value);
  }
  if (text.starts_with(':')) line.value = text.substr(1);
  return line;
}

// Content lines of a text with any line ends.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  // The next one, unfolded. False at the end.
  bool next(std::string& line) {
    while (!rest_.empty() && (rest_.front() == '\r' || rest_.front() == '\n')) take_physical_line();
    if (rest_.empty()) return false;
    number_ = next_number_;
    line = take_physical_line();
    while (rest_.starts_with(' ') || rest_.starts_with('\t')) line += take_physical_line().substr(1);
    return true;
  }
  std::size_t number() const { return number_; }  // 1-based, where the line that was read begins

 private:
  std::string_view take_physical_line() {
    const auto end = std::min(rest_.find_first_of("\r\n"), rest_.size());
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (rest_.starts_with("\r\n")) rest_.remove_prefix(1);
    if (!rest_.empty()) rest_.remove_prefix(1);
    ++next_number_;
    return line;
  }

  std::string_view rest_;
  std::size_t next_number_ = 1, number_ = 0;
};

bool is_wanted(std::string_view name) {
  static const std::set<std::string_view> kWanted = {
      "UID",           "SUMMARY", "LOCATION",     "CATEGORIES", "DTSTART",       "DTEND",
      "DURATION",      "RRULE",   "RDATE",        "EXDATE",     "STATUS",        "SEQUENCE",
      "RECURRENCE-ID", "TZID",    "TZOFFSETFROM", "TZOFFSETTO", "X-LIC-LOCATION"};
  return kWanted.contains(name);
}

}  // namespace

std::string upper_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

Blocks split(std::string_view text) {
  Blocks all;
  LineReader reader(text);
  std::string line;
  std::vector<Block>* owner = nullptr;  // where the block goes that is open
  Block block;
  std::size_t depth = 0;  // of components in it
  const auto close = [&](std::string damage) {
    if (owner == nullptr) return;
    block.damage = std::move(damage);
    owner->push_back(std::move(block));
    owner = nullptr;
  };
  while (reader.next(line)) {
    std::string_view value = line;
    const std::string name = upper_ascii(take_until(value, ";:"));
    const bool begins = name == "BEGIN", ends = name == "END";
    if (begins || ends) {
      const std::string kind = upper_ascii(trim(value.substr(std::min<std::size_t>(1, value.size()))));
      if (kind == "VCALENDAR") {
        close("has no END:" + block.kind);
        (begins ? all.is_calendar : all.ends) = true;
      } else if (kind == "VEVENT" || kind == "VTIMEZONE") {
        close(ends && kind == block.kind ? "" : "has no END:" + block.kind);
        if (begins) {
          owner = kind == "VEVENT" ? &all.events : &all.zones;
          block = {kind, reader.number(), {}, {}};
          depth = 0;
        }
      } else if (begins) {
        if (++depth == 1 && owner == &all.zones) block.parts.push_back({kind, reader.number(), {}, {}});
      } else if (depth > 0) {
        --depth;
      }
    } else if (owner == nullptr) {
      if (name == "X-WR-TIMEZONE" && all.zone_name.empty()) {
        all.zone_name = trim(parse_line(line).value);
        all.zone_line = reader.number();
      }
    } else if (depth == 0 && is_wanted(name)) {
      block.lines.push_back(parse_line(line));
    } else if (depth == 1 && owner == &all.zones && is_wanted(name)) {
      block.parts.back().lines.push_back(parse_line(line));
    }
  }
  close("is cut off by the end of the file");
  return all;
}

}  // namespace faceatt::ics
