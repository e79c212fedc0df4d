// Text as people write it: UTF-8, normalised to NFC so that the same name typed on two machines is the same name.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace faceatt {

bool is_utf8(std::string_view text);

// NFC form. Bytes that are not UTF-8 become U+FFFD, so the result is always valid UTF-8.
std::string to_nfc(std::string_view text);

// For a person's eyes: NFC, control characters (newline, tab, escape ...) become U+FFFD. One line, safe for a terminal.
std::string printable(std::string_view text);

// The beginning of UTF-8 text: whole code points, in at most so many bytes.
std::string cut(std::string_view text, std::size_t bytes);

// For a message that quotes what stands in a file or was typed: printable(), and of what is longer than `bytes` the
// beginning and "...".
std::string quotable(std::string_view text, std::size_t bytes = 60);
constexpr std::size_t kQuotedPath = 500;  // bytes, of a path or a URL

// Terminal columns taken by valid UTF-8: 2 for wide East Asian characters and emoji, 0 for marks above or below a
// letter, 1 for those beside it (Devanagari). Emoji that are joined count one by one, as in terminals that do not join
// them.
std::size_t display_width(std::string_view text);

// Valid UTF-8 in at most `width` columns: what does not fit ends in `ellipsis`. What a person sees as one character is
// never cut: combining marks, conjuncts, joined emoji.
std::string shorten(std::string_view text, std::size_t width, std::string_view ellipsis = "\u2026");

// True when there is a right-to-left letter or mark, so that what stands beside the text may change places with it.
bool has_right_to_left(std::string_view text);

// Whether the locale is one of UTF-8: the values of LC_ALL, LC_CTYPE and LANG, in this order; the first that is neither
// null nor empty decides. "de_DE.UTF-8" is, "C" and "de_DE" are not.
bool is_utf8_locale(std::initializer_list<const char*> values);

// Why `id` cannot name a person ("starts with '='"), or empty when it can. An id is printable UTF-8, at most 128 bytes,
// a safe file name, and nothing that a spreadsheet would run or a shell would take for an option.
std::optional<std::string> id_problem(std::string_view id);

// "Ana_Silva" -> "Ana Silva".
std::string name_of_id(std::string_view id);

// True when a spreadsheet would take the cell for a formula: starts with = + - @, tab, CR or a full-width form of them,
// and is not simply a number.
bool looks_like_formula(std::string_view cell);

std::string trim(std::string_view text);  // without leading and trailing ASCII white space
std::string lower_ascii(std::string_view text);

}  // namespace faceatt
