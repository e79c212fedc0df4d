#include "faceatt/core/settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/toml.hpp"

namespace faceatt {
namespace {

constexpr std::uint64_t kMaxSettingsBytes = 1 << 20;

// What describe() shows is a file that can be read, see parse_toml(): with these no line of it is over 2,000 bytes.
constexpr std::size_t kLongestValue = 1000;  // bytes, as it is written
constexpr std::size_t kShownOrigin = 250;    // bytes, which printable() makes 750 at most
constexpr std::size_t kWidestColumn = 200;   // of values

std::string variable_of(const std::string& key) {
  std::string name = "FACEATT_";
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

// Throws UsageError that names the origin.
double read_number(const Settings::Value& value, const NumberRange& range) {
  double number = 0;
  const char* const end = value.text.data() + value.text.size();
  const auto [rest, error] = std::from_chars(value.text.data(), end, number);
  if (error != std::errc{} || rest != end || !std::isfinite(number) || number < range.low || number > range.high ||
      (range.whole && number != std::floor(number))) {
    throw UsageError(fmt::format("{}: '{}' is not a {} from {} to {}", value.origin, value.text,
                                 range.whole ? "whole number" : "number", range.low, range.high));
  }
  return number;
}

// As it stands between quotes in a TOML file, on one line.
std::string toml_escaped(std::string_view text) {
  std::string out;
  for (const char c : to_nfc(text)) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

namespace {

// The offset of a line and column of TOML, both from 1; columns count characters.
std::size_t offset_of(const std::string& text, const toml::source_position& at) {
  std::size_t offset = 0;
  for (toml::source_index line = 1; line < at.line; ++line) offset = text.find('\n', offset) + 1;
  for (toml::source_index column = 1; column < at.column && offset < text.size(); ++column) {
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U) ++offset;
  }
  return offset;
}

}  // namespace

std::string with_setting(const std::string& toml_text, const std::string& key, const std::string& literal) {
  if (toml_text.starts_with(kByteOrderMark)) {  // toml++ does not count it
    const std::string mark(kByteOrderMark);
    return mark + with_setting(toml_text.substr(mark.size()), key, literal);
  }
  toml::table table;
  try {
    table = parse_toml(toml_text);
  } catch (const TomlError& e) {
    throw UsageError(fmt::format("line {}: {}", e.line(), e.what()));
  }
  std::string text = toml_text;
  if (const toml::node* node = table.get(key)) {
    const auto begin = offset_of(text, node->source().begin);
    auto end = offset_of(text, node->source().end);
    if (!literal.empty()) return text.replace(begin, end - begin, literal);
    // All lines of it: a text in three quotes may have several.
    for (auto line = text.rfind('\n', begin) + 1; line < end; line = text.find('\n', line) + 1) {
      text.insert(line, "# ");
      end += 2;
      if (text.find('\n', line) == std::string::npos) break;
    }
    return text;
  }
  if (literal.empty()) return text;
  const bool crlf = text.find("\r\n") != std::string::npos;
  const std::string line_end = crlf ? "\r\n" : "\n";
  if (!text.empty() && !text.ends_with('\n')) text += line_end;
  return text + fmt::format("{} = {}", key, literal) + line_end;
}

const std::vector<std::string>& known_setting_keys() {
  static const std::vector<std::string> keys = {"log",        "store",      "spool",     "key_file",       "models",
                                                "format",     "level",      "threshold", "detector",       "encoder",
                                                "liveness",   "strangers",  "source",    "keep_days",      "keep_mb",
                                                "fps",        "threads",    "schedule",  "holidays",       "zone",
                                                "open_early", "late_after", "direction", "punch_interval", "chain"};
  return keys;
}

std::string flag_of(const std::string& key) {
  std::string flag = "--" + key;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

Settings::Settings(std::vector<SettingSpec> specs) {
  for (auto& spec : specs) {
    Value value{spec.built_in, "built-in"};
    entries_.push_back({std::move(spec), std::move(value), false});
  }
}

Settings::Entry& Settings::entry(const std::string& key) {
  return const_cast<Entry&>(static_cast<const Settings*>(this)->entry(key));
}

const Settings::Entry& Settings::entry(const std::string& key) const {
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.spec.key == key; });
  if (found == entries_.end()) throw std::logic_error("no such setting: " + key);
  return *found;
}

void Settings::assign(Entry& entry, std::string value, std::string origin) {
  if (toml_escaped(value).size() > kLongestValue) throw UsageError(origin + ": longer than 1,000 bytes");
  const auto& choices = entry.spec.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    throw UsageError(fmt::format("{}: '{}' is not one of {}", origin, value, fmt::join(choices, ", ")));
  }
  if (value.empty() && !entry.spec.built_in.empty()) throw UsageError(origin + ": is empty");
  Value assigned{std::move(value), std::move(origin)};
  if (entry.spec.range) read_number(assigned, *entry.spec.range);
  entry.value = std::move(assigned);
  entry.set = true;
}

void Settings::set_flag(const std::string& key, std::string value) {
  assign(entry(key), std::move(value), flag_of(key));
}

void Settings::resolve(const Environment& environment) {
  for (auto& e : entries_) {
    if (e.set) continue;
    const std::string variable = variable_of(e.spec.key);
    const char* value = environment(variable.c_str());
    if (value != nullptr && *value != '\0') assign(e, value, variable);
  }
  const std::filesystem::path file = std::filesystem::path(text("db")) / "faceatt.toml";
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) read_file(file);
}

std::vector<std::string> Settings::reload(const Environment& environment, const std::vector<std::string>& live) {
  Settings fresh = *this;
  for (auto& e : fresh.entries_) {
    if (flag_given(e.spec.key)) continue;
    e.value = {e.spec.built_in, "built-in"};
    e.set = false;
  }
  fresh.resolve(environment);
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string& key = entries_[i].spec.key;
    if (fresh.entries_[i].value.text != entries_[i].value.text) changed.push_back(key);
    if (std::find(live.begin(), live.end(), key) == live.end()) fresh.entries_[i] = entries_[i];
  }
  *this = std::move(fresh);
  return changed;
}

void Settings::read_file(const std::filesystem::path& path) {
  std::string bytes;
  try {
    bytes = faceatt::read_file(path, kMaxSettingsBytes);
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
  toml::table table;
  try {
    table = parse_toml(bytes);
  } catch (const TomlError& e) {
    throw UsageError(fmt::format("{}:{}: {}", path.string(), e.line(), e.what()));
  }
  for (const auto& [toml_key, node] : table) {
    const std::string key(toml_key.str());
    const std::string origin = fmt::format("{}:{}", path.string(), static_cast<unsigned>(node.source().begin.line));
    const auto& known = known_setting_keys();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw UsageError(
          fmt::format("{}: unknown setting '{}'; there are {}", origin, quotable(key), fmt::join(known, ", ")));
    }
    const auto mine = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.spec.key == key; });
    if (mine == entries_.end() || mine->set) continue;
    std::string value;
    if (const auto* s = node.as_string()) {
      value = s->get();
    } else if (const auto* d = node.as_floating_point()) {
      value = fmt::format("{}", d->get());
    } else if (const auto* i = node.as_integer()) {
      value = fmt::format("{}", i->get());
    } else {
      throw UsageError(fmt::format("{}: '{}' must be a string or a number", origin, key));
    }
    assign(*mine, std::move(value), origin);
  }
}

const std::string& Settings::text(const std::string& key) const { return entry(key).value.text; }

bool Settings::flag_given(const std::string& key) const { return entry(key).value.origin == flag_of(key); }

bool Settings::has(const std::string& key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.spec.key == key; });
}

const std::string& Settings::origin(const std::string& key) const { return entry(key).value.origin; }

std::optional<double> Settings::number(const std::string& key, double low, double high) const {
  const Value& value = entry(key).value;
  if (value.text.empty() && value.origin == "built-in") return std::nullopt;
  return read_number(value, {low, high});
}

double Settings::number(const std::string& key) const {
  const Entry& e = entry(key);
  return read_number(e.value, e.spec.range.value());
}

std::string Settings::describe() const {
  std::size_t widest = 0;
  std::vector<std::string> lines;
  for (const auto& e : entries_) {
    const std::string text = e.spec.shown == nullptr ? e.value.text : e.spec.shown(e.value.text);
    lines.push_back(fmt::format("{} = \"{}\"", e.spec.key, toml_escaped(text)));
    widest = std::min(std::max(widest, lines.back().size()), kWidestColumn);
  }
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    out += fmt::format("{:<{}}  # {}\n", lines[i], widest, quotable(entries_[i].value.origin, kShownOrigin));
  }
  return out;
}

}  // namespace faceatt
