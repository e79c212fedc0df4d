// What is wrong with a log, and what can be done about it without guessing.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace faceatt {

struct LogFinding {
  std::size_t line = 0;  // 1-based; of what concerns the whole file, the first line that shows it
  std::string kind;      // snake_case, as docs/formats.md lists them
  std::string id;        // whose row it is; empty when it is nobody's
  std::string detail;    // printable, one line
  std::string repair;    // what repaired_log() does about it, "drops it"; empty: nothing, a person must look
};

struct LogCheckOptions {
  std::string name;  // of the log, for messages
  // Everybody's ids (NFC); none: ids are taken as they are.
  std::optional<std::set<std::string>> known_ids = std::nullopt;
};

struct LogCheck {
  std::vector<LogFinding> findings;  // by line
  std::size_t rows = 0;              // attendance rows, duplicates included
  std::size_t links = 0;             // of them that have a link of the chain; see chain.hpp
  std::string head;                  // the last link; empty when there is none

  bool is_repairable() const;  // some finding is
};

// Looks for what power cuts, several writers, clocks, spreadsheets and editors leave in a log. Throws Error(kCannotRun)
// when the text is not an attendance log.
LogCheck check_log(std::string_view text, const LogCheckOptions& options = {});

// The log in its own form, LF and ',' and the columns in order (foreign ones after them), without torn and damaged
// lines, NUL bytes and later duplicates. Other rows keep their order and their cells, except that dates, times and
// scores which a spreadsheet wrote in its way are written in ours where they can mean one thing only. check_log() finds
// nothing repairable in the result; a text in which it finds nothing repairable is returned as it is. Throws as
// check_log() does.
//
// No link of a chained log is made or removed: a row keeps the link that it has, or has none, and a duplicate that has
// one stays. So what was changed is still seen in the repaired log, and what was whole stays whole.
std::string repaired_log(std::string_view text, const LogCheckOptions& options = {});

}  // namespace faceatt
