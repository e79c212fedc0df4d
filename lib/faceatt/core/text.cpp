#include "faceatt/core/text.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace faceatt {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::size_t kMaxIdBytes = 128;

// Reads one code point from the front of `text` and removes it. -1 and one byte removed when it is not UTF-8.
utf8proc_int32_t next_code_point(std::string_view& text) {
  utf8proc_int32_t code = -1;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &code);
  text.remove_prefix(used > 0 ? static_cast<std::size_t>(used) : 1);
  return used > 0 ? code : -1;
}

bool is_hidden_control(utf8proc_int32_t code) {
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
         (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||  // bidirectional overrides
         code == 0xFEFF;                                                              // a byte order mark
}

// Terminal columns, as wcwidth() of glibc and the terminals that follow it have them. utf8proc counts none for marks
// that stand beside their letter.
std::size_t width_of(utf8proc_int32_t code) {
  if (code < 0 || utf8proc_category(code) == UTF8PROC_CATEGORY_MC) return 1;
  return static_cast<std::size_t>(std::max(0, utf8proc_charwidth(code)));
}

constexpr int kVirama = 9;  // combining class of the sign that makes one character of two letters

// The first character of `text` when it is one that starts a formula or an option, in ASCII or full-width form.
std::string_view leading_operator(std::string_view text) {
  static constexpr std::array<std::string_view, 8> kOperators = {"=",      "+",      "-",      "@",
                                                                 "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
  for (const auto op : kOperators) {
    if (text.starts_with(op)) return op;
  }
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (next_code_point(text) < 0) return false;
  }
  return true;
}

std::string to_nfc(std::string_view text) {
  if (std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(text);
  }
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto before = text;
    if (next_code_point(text) < 0) {
      clean += kReplacement;
    } else {
      clean += before.substr(0, before.size() - text.size());
    }
  }
  utf8proc_uint8_t* composed = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(clean.data()), static_cast<utf8proc_ssize_t>(clean.size()),
                   &composed, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (size < 0) return clean;
  return std::string(reinterpret_cast<const char*>(composed), static_cast<std::size_t>(size));
}

std::string printable(std::string_view text) {
  const std::string nfc = to_nfc(text);
  std::string out;
  for (std::string_view rest = nfc; !rest.empty();) {
    const auto before = rest;
    const auto code = next_code_point(rest);
    out += is_hidden_control(code) ? kReplacement : before.substr(0, before.size() - rest.size());
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    width += width_of(next_code_point(text));
  }
  return width;
}

std::string cut(std::string_view text, std::size_t bytes) {
  if (text.size() > bytes) {
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  }
  return std::string(text.substr(0, bytes));
}

std::string quotable(std::string_view text, std::size_t bytes) {
  return printable(cut(text, bytes)) + (text.size() > bytes ? "..." : "");
}

std::string shorten(std::string_view text, std::size_t width, std::string_view ellipsis) {
  if (display_width(text) <= width) return std::string(text);
  const std::size_t ellipsis_width = display_width(ellipsis);
  if (ellipsis_width > width) return shorten(ellipsis, width, {});
  std::size_t kept = 0, used = 0;  // bytes of whole characters that fit; columns
  utf8proc_int32_t before = 0, state = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t at = text.size() - rest.size();
    const auto code = next_code_point(rest);
    const bool begins = at == 0 || (utf8proc_grapheme_break_stateful(before, code, &state) &&
                                    utf8proc_get_property(before)->combining_class != kVirama);
    if (begins) kept = at;
    used += width_of(code);
    if (used > width - ellipsis_width) break;
    before = code;
  }
  while (kept > 0 && text[kept - 1] == ' ') --kept;
  return std::string(text.substr(0, kept)).append(ellipsis);
}

bool has_right_to_left(std::string_view text) {
  while (!text.empty()) {
    const auto code = next_code_point(text);
    if (code < 0x80) continue;
    const auto bidi = utf8proc_get_property(code)->bidi_class;
    if (bidi == UTF8PROC_BIDI_CLASS_R || bidi == UTF8PROC_BIDI_CLASS_AL || bidi == UTF8PROC_BIDI_CLASS_AN) return true;
  }
  return false;
}

bool is_utf8_locale(std::initializer_list<const char*> values) {
  for (const char* value : values) {
    if (value == nullptr || *value == '\0') continue;
    const std::string locale = lower_ascii(value);
    const auto dot = locale.find('.');
    if (dot == std::string::npos) return false;
    const std::string codeset = locale.substr(dot + 1, locale.find('@', dot) - dot - 1);
    return codeset == "utf-8" || codeset == "utf8";
  }
  return false;
}

std::optional<std::string> id_problem(std::string_view id) {
  if (id.empty()) return "is empty";
  if (id.size() > kMaxIdBytes) return "is longer than 128 bytes";
  if (!is_utf8(id)) return "is not UTF-8";
  for (std::string_view rest = id; !rest.empty();) {
    if (is_hidden_control(next_code_point(rest))) return "has a control character";
  }
  if (id.find_first_of("/\\") != std::string_view::npos) return "has a path separator";
  if (id.front() == '.') return "starts with '.'";
  if (const auto op = leading_operator(id); !op.empty()) return "starts with '" + std::string(op) + "'";
  if (id.front() == ' ' || id.back() == ' ') return "starts or ends with a space";
  return std::nullopt;
}

std::string name_of_id(std::string_view id) {
  std::string name(id);
  std::replace(name.begin(), name.end(), '_', ' ');
  return trim(name);
}

bool looks_like_formula(std::string_view cell) {
  if (cell.empty()) return false;
  if (cell.front() == '\t' || cell.front() == '\r') return true;
  if (leading_operator(cell).empty()) return false;
  double number = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
  return error != std::errc{} || end != cell.data() + cell.size();
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace faceatt
