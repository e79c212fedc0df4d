// Whether a text names a person: what erasing somebody has to find, and what it must leave alone.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

// The ids and names of one person, looked for as words: "Ann" is in "Ann-1.jpg" and "with Ann.", not in "Anna". A find
// inside a longer name of somebody else ("Ann" in "Ann Lee") does not count. Scripts that are written without spaces
// have no ends of words; there every find counts.
class Mentions {
 public:
  // `names` as given and as found; NFC is looked for as well. A name that somebody else has, too, is not looked for.
  Mentions(const std::set<std::string>& names, const std::set<std::string>& others);

  // The whole text, NFC and without spaces around it, is one of the names.
  bool is(std::string_view text) const;
  // Somewhere in the text. Names that are no more than a number (under 7 digits) or 2 bytes are in too much to count.
  bool in(std::string_view text) const;
  // The same, those names included.
  bool in_own(std::string_view text) const;
  // The same in a file that is no text, where 5 bytes may stand side by side by chance.
  bool in_binary(std::string_view bytes) const;
  // `text` with `by` for every find of in().
  std::string replaced(std::string_view text, std::string_view by) const;

  const std::set<std::string>& names() const { return whole_; }  // NFC

 private:
  struct Name {
    std::string text;
    bool common;                      // too short to be looked for everywhere
    std::vector<std::string> inside;  // names of others that have this one in them
  };
  std::size_t find(std::string_view text, const Name& name, std::size_t from) const;
  bool any(std::string_view text, bool with_common, std::size_t least_bytes) const;

  std::set<std::string> whole_;
  std::vector<Name> names_;  // the longest first
};

}  // namespace faceatt
