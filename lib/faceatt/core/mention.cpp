#include "faceatt/core/mention.hpp"

#include <utf8proc.h>

#include <algorithm>

#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kLeastBytes = 3, kLeastDigits = 7, kLeastBinaryBytes = 6;

bool is_common(const std::string& name) {
  const bool number = name.find_first_not_of("0123456789") == std::string::npos;
  return name.size() < (number ? kLeastDigits : kLeastBytes);
}

// Letters of scripts with spaces between words, their marks, digits. What is not UTF-8 is no part of a word.
bool is_word(std::string_view text) {
  utf8proc_int32_t code = -1;
  if (utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                       static_cast<utf8proc_ssize_t>(text.size()), &code) <= 0)
    return false;
  const auto category = utf8proc_category(code);
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT ||
         category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ND;
}

bool word_before(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && at - begin < 4) {
    --begin;
    if ((static_cast<unsigned char>(text[begin]) & 0xC0U) != 0x80U) break;
  }
  return begin < at && is_word(text.substr(begin, at - begin));
}

bool word_after(std::string_view text, std::size_t at) { return at < text.size() && is_word(text.substr(at, 4)); }

bool is_bounded(std::string_view text, std::size_t at, std::size_t size) {
  const auto found = text.substr(at, size);
  return !(is_word(found) && word_before(text, at)) &&
         !(word_before(found, found.size()) && word_after(text, at + size));
}

// Whether `longer` stands in the text as a word so that it covers what was found at `at`.
bool is_covered(std::string_view text, std::size_t at, const std::string& name, const std::string& longer) {
  for (auto inside = longer.find(name); inside != std::string::npos; inside = longer.find(name, inside + 1)) {
    if (inside <= at && text.substr(at - inside, longer.size()) == longer &&
        is_bounded(text, at - inside, longer.size()))
      return true;
  }
  return false;
}

}  // namespace

Mentions::Mentions(const std::set<std::string>& names, const std::set<std::string>& others) {
  std::set<std::string> texts;
  for (const auto& name : names) {
    const std::string nfc = to_nfc(trim(name));
    if (nfc.empty() || others.contains(nfc)) continue;
    whole_.insert(nfc);
    texts.insert(nfc);
    texts.insert(trim(name));
  }
  for (const auto& text : texts) {
    Name& name = names_.emplace_back(Name{text, is_common(text), {}});
    for (const auto& other : others) {
      if (other.size() > text.size() && other.find(text) != std::string::npos) name.inside.push_back(other);
    }
  }
  std::stable_sort(names_.begin(), names_.end(),
                   [](const Name& a, const Name& b) { return a.text.size() > b.text.size(); });
}

std::size_t Mentions::find(std::string_view text, const Name& name, std::size_t from) const {
  for (auto at = text.find(name.text, from); at != std::string_view::npos; at = text.find(name.text, at + 1)) {
    if (!is_bounded(text, at, name.text.size())) continue;
    const bool covered = std::any_of(name.inside.begin(), name.inside.end(),
                                     [&](const auto& longer) { return is_covered(text, at, name.text, longer); });
    if (!covered) return at;
  }
  return std::string_view::npos;
}

bool Mentions::any(std::string_view text, bool with_common, std::size_t least_bytes) const {
  return std::any_of(names_.begin(), names_.end(), [&](const Name& name) {
    return (with_common || !name.common) && name.text.size() >= least_bytes &&
           find(text, name, 0) != std::string_view::npos;
  });
}

bool Mentions::is(std::string_view text) const { return whole_.contains(to_nfc(trim(text))); }
bool Mentions::in(std::string_view text) const { return any(text, false, 0); }
bool Mentions::in_own(std::string_view text) const { return any(text, true, 0); }
bool Mentions::in_binary(std::string_view bytes) const { return any(bytes, false, kLeastBinaryBytes); }

std::string Mentions::replaced(std::string_view text, std::string_view by) const {
  std::string result(text);
  for (const Name& name : names_) {
    if (name.common) continue;
    for (auto at = find(result, name, 0); at != std::string::npos; at = find(result, name, at + by.size())) {
      result.replace(at, name.text.size(), by);
    }
  }
  return result;
}

}  // namespace faceatt
