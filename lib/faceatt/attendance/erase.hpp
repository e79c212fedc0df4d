// Takes a person out of the log so that the counts stay right: their rows go on as those of a pseudonym.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/mention.hpp"

namespace faceatt {

// "erased-" and 8 random hexadecimal digits.
std::string new_pseudonym();

// The text of the log, empty when there is none. Throws Error(kCannotRun).
std::string read_log_text(const std::filesystem::path& log);

// Ids (NFC) and names that stand in a log. Throws Error(kCannotRun) when it is none; `name` is for the message.
struct LogPeople {
  std::set<std::string> ids, names;

  void merge(LogPeople&& other);
};
LogPeople people_in_log(std::string_view text, const std::string& name);
// The names that stand beside an id.
std::set<std::string> names_in_log(std::string_view text, const std::string& id);

struct LogErasure {
  std::string text;
  std::size_t rows = 0;      // of the person
  std::size_t mentions = 0;  // rows of others that named them

  std::size_t changed() const { return rows + mentions; }
};

// The rows of `id` get the pseudonym for an id and no name; note, source and foreign columns of them are emptied where
// they name the person (foreign columns: always), and `manual:` stays in front of a source. In the notes, sources and
// foreign columns of other people's rows the pseudonym takes the place of the person's name. All else stays byte by
// byte.
LogErasure erase_from_log(std::string_view text, const std::string& id, const Mentions& person,
                          const std::string& pseudonym);

// What of the person is left in a log, one line each: "line 7 has the name in column name".
std::vector<std::string> left_in_log(std::string_view text, const Mentions& person);

}  // namespace faceatt
