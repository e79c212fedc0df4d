#include "faceatt/report/html_text.hpp"

#include <fmt/format.h>

#include <iterator>

#include "faceatt/core/text.hpp"

namespace faceatt {

const char* html_entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return nullptr;
  }
}

std::string html_text(std::string_view text) {
  const std::string clean = printable(text);
  std::string out;
  out.reserve(clean.size());
  if (looks_like_formula(clean)) out += "&#39;";
  for (const char c : clean) {
    if (const char* const entity = html_entity(c)) {
      out += entity;
    } else {
      out += c;
    }
  }
  return out;
}

std::string html_isolated(std::string_view text) { return "<bdi>" + html_text(text) + "</bdi>"; }

std::string html_anchor(std::string_view id) {
  const bool is_clean = printable(id) == id;  // then its letters of any script may stay
  std::string out = "id-";
  for (const char c : id) {
    const bool is_ascii = static_cast<unsigned char>(c) < 0x80;
    const bool is_plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    if (is_plain || (!is_ascii && is_clean)) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "~{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace faceatt
