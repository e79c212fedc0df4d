#include "faceatt/attendance/erase_stored.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <unordered_map>
#include <utility>

#include "faceatt/attendance/csv_log.hpp"
#include "faceatt/attendance/erase.hpp"
#include "faceatt/attendance/store_rows.hpp"
#include "faceatt/core/csv.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/mention.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

std::string csv_of(const std::vector<StoredRow>& rows) {
  std::string text = csv_line({kAttendanceColumns.begin(), kAttendanceColumns.end()}) + "\n";
  for (const StoredRow& stored : rows) {
    std::vector<std::string> cells;
    for (const std::string* cell : cells_of(stored.row)) cells.push_back(*cell);
    text += csv_line(cells) + "\n";
  }
  return text;
}

constexpr std::size_t kMostWords = 5;  // of a name

// What may be an id or a name in a note: its words, and words that follow each other, without what stands around them.
std::vector<std::string> phrases_of(const std::string& note) {
  static constexpr std::string_view kAround = ",.;:!?()[]\"'";
  std::vector<std::string> words, phrases;
  std::size_t at = 0;
  while ((at = note.find_first_not_of(' ', at)) != std::string::npos) {
    const auto end = std::min(note.find(' ', at), note.size());
    words.push_back(to_nfc(note.substr(at, end - at)));
    at = end;
  }
  for (std::size_t first = 0; first < words.size(); ++first) {
    std::string phrase;
    for (std::size_t i = first; i < std::min(words.size(), first + kMostWords); ++i) {
      phrase += (i > first ? " " : "") + words[i];
      const auto begin = phrase.find_first_not_of(kAround), last = phrase.find_last_not_of(kAround);
      if (begin != std::string::npos) phrases.push_back(phrase.substr(begin, last - begin + 1));
    }
  }
  return phrases;
}

template <typename Look>
void for_each_piece(StoreLink& link, const Look& look) {
  StoreRows log(link);
  for (auto rows = log.next(); !rows.empty(); rows = log.next()) look(rows);
}

// KEYS: the log, what is to take its place, who is rewriting. ARGV: the last entry of that, how many entries of the log
// are not in it, our token. 0 when the log has changed, -1 when somebody else is rewriting.
const StoreScript& replace_script() {
  static const StoreScript script(R"lua(
if redis.call('GET', KEYS[3]) ~= ARGV[3] then return -1 end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if not last or last[1] ~= ARGV[1] then return 0 end
if redis.call('XLEN', KEYS[1]) ~= redis.call('XLEN', KEYS[2]) + tonumber(ARGV[2]) then return 0 end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
)lua");
  return script;
}

// KEYS: the keys of a date. ARGV: fields, each with the one that takes its place.
const StoreScript& rename_script() {
  static const StoreScript script(R"lua(
for i = 1, #ARGV, 2 do
  local entries = redis.call('HGET', KEYS[1], ARGV[i])
  if entries then
    redis.call('HSET', KEYS[1], ARGV[i + 1], entries)
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
)lua");
  return script;
}

constexpr const char* kRewriteSeconds = "600";  // for which nobody else rewrites, renewed for each piece
constexpr int kMostRewrites = 50;
constexpr std::size_t kRowsAtOnce = 2000;
using Edit = std::function<void(std::vector<StoredRow>& rows)>;

// A copy of the log with other rows under the same entries, so who follows it goes on.
class Rewrite {
 public:
  explicit Rewrite(StoreLink& link)
      : link_(link), keys_(link.url().site), token_(new_pseudonym()), copy_(keys_.log() + ":" + token_) {
    if (link_.call({"SET", lock(), token_, "NX", "EX", kRewriteSeconds}).is_nil()) {
      throw Error(ErrorCode::kCannotRun, link_.url().text() + ": somebody else is being erased; try again");
    }
  }
  ~Rewrite() {
    try {
      link_.call({"DEL", copy_});
      if (link_.call({"GET", lock()}).text == token_) link_.call({"DEL", lock()});
    } catch (const std::exception&) {  // the lock ends by itself
    }
  }
  Rewrite(const Rewrite&) = delete;
  Rewrite& operator=(const Rewrite&) = delete;

  // `edit` goes over all rows, again from the beginning when marks came meanwhile.
  void run(const std::function<void()>& begin, const Edit& edit) {
    for (int i = 0; i < kMostRewrites; ++i) {
      begin();
      if (copy(edit)) return;
    }
    throw Error(ErrorCode::kCannotRun, link_.url().text() + ": too many marks come in to rewrite the log; try again");
  }

 private:
  std::string lock() const { return keys_.log() + ":rewriter"; }

  bool copy(const Edit& edit) {
    link_.call({"DEL", copy_});
    StoreRows log(link_);
    bool is_changed = false;
    for (auto rows = log.next(); !rows.empty(); rows = log.next()) {
      link_.call({"EXPIRE", lock(), kRewriteSeconds});
      const auto before = rows;
      edit(rows);
      std::vector<StoreLink::Arguments> adds;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        auto cells = cells_for(rows[i].row);
        is_changed = is_changed || cells != cells_for(before[i].row);
        auto& add = adds.emplace_back(StoreLink::Arguments{"XADD", copy_, rows[i].entry});
        add.insert(add.end(), std::make_move_iterator(cells.begin()), std::make_move_iterator(cells.end()));
        if (adds.size() < kRowsAtOnce && i + 1 < rows.size()) continue;
        link_.call_all(adds);
        adds.clear();
      }
    }
    if (!is_changed) return true;
    const auto done =
        link_.run(replace_script(), {keys_.log(), copy_, lock()}, {log.after(), std::to_string(log.damaged()), token_});
    if (done.number < 0) throw Error(ErrorCode::kCannotRun, link_.url().text() + ": somebody else is being erased");
    return done.number == 1;
  }

  StoreLink& link_;
  StoreKeys keys_;
  std::string token_, copy_;
};

// What stands for somebody in the keys of any date goes over to the pseudonym. How many fields.
std::size_t rename_in_keys(StoreLink& link, const std::string& id, const std::string& pseudonym) {
  const StoreKeys keys(link.url().site);
  std::size_t count = 0;
  std::string cursor = "0";
  do {
    const auto reply = link.call({"SCAN", cursor, "MATCH", keys.keys_of("*"), "COUNT", "1000"});
    cursor = reply.items.at(0).text;
    for (const StoreReply& date : reply.items.at(1).items) {
      StoreLink::Arguments pairs;
      for (const StoreReply& field : link.call({"HKEYS", date.text}).items) {
        for (const std::string& end : {"\n" + id, "\n" + id + "\nout"}) {
          if (!field.text.ends_with(end)) continue;
          pairs.push_back(field.text);
          pairs.push_back(field.text.substr(0, field.text.size() - end.size()) + "\n" + pseudonym +
                          end.substr(id.size() + 1));
        }
      }
      if (!pairs.empty()) link.run(rename_script(), {date.text}, pairs);
      count += pairs.size() / 2;
    }
  } while (cursor != "0");
  return count;
}

}  // namespace

StoredErasure erase_stored(StoreLink& link, const std::string& id, std::set<std::string> names,
                           std::set<std::string> others, const std::string& pseudonym, bool dry_run) {
  StoredErasure erasure;
  std::set<std::string> in_log;
  for_each_piece(link, [&](const std::vector<StoredRow>& rows) {
    for (const StoredRow& stored : rows) {
      const bool is_theirs = to_nfc(stored.row.id) == id;
      erasure.rows += is_theirs;
      auto& known = is_theirs ? names : in_log;
      known.insert(to_nfc(stored.row.id));
      if (!stored.row.name.empty()) known.insert(to_nfc(stored.row.name));
    }
  });
  names.insert(id);
  // A name that is equal is theirs, maybe under an earlier id.
  for (const auto& name : names) in_log.erase(to_nfc(name));
  others.merge(in_log);
  const Mentions person(names, others);
  if (!dry_run) {
    const auto begin = [&] { erasure.rows = erasure.mentions = 0; };
    Rewrite(link).run(begin, [&](std::vector<StoredRow>& rows) {
      const LogErasure piece = erase_from_log(csv_of(rows), id, person, pseudonym);
      erasure.rows += piece.rows;
      erasure.mentions += piece.mentions;
      if (piece.changed() == 0) return;
      std::vector<std::string> damaged;
      const auto erased = parse_attendance(piece.text, "", damaged);
      if (erased.size() != rows.size()) throw Error(ErrorCode::kCannotRun, "a row of the store cannot be rewritten");
      for (std::size_t i = 0; i < rows.size(); ++i) rows[i].row = erased[i];
    });
    rename_in_keys(link, id, pseudonym);
    for_each_piece(link, [&](const std::vector<StoredRow>& rows) {
      for (auto& line : left_in_log(csv_of(rows), person)) erasure.left.push_back("log: " + line);
    });
  }
  return erasure;
}

void note_erased_names(StoreLink& link, const std::set<std::string>& names, const std::string& pseudonym) {
  const StoreKeys keys(link.url().site);
  const auto now = link.call({"TIME"});
  StoreLink::Arguments command = {"HSET", keys.erased()};
  for (const std::string& name : names) {
    command.push_back(keys.hash_of_name(to_nfc(name)));
    command.push_back(now.items.at(0).text + ' ' + pseudonym);
  }
  if (command.size() > 2) link.call(command);
}

bool is_in_stored_log(StoreLink& link, const std::string& id) {
  bool found = false;
  for_each_piece(link, [&](const std::vector<StoredRow>& rows) {
    found = found || std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return to_nfc(row.row.id) == id; });
  });
  return found;
}

std::size_t forget_erased_rows(StoreLink& link, Spool& spool) {
  const StoreKeys keys(link.url().site);
  const auto reply = link.call({"HGETALL", keys.erased()});
  if (reply.items.empty()) return 0;
  std::unordered_map<std::string, std::string> erased;  // hash of the id -> "SECONDS PSEUDONYM"
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) erased[reply.items[i].text] = reply.items[i + 1].text;
  const auto pseudonym_of = [&](const AttendanceRow& row) -> std::string {
    const auto found = erased.find(keys.hash_of_id(to_nfc(row.id)));
    if (found == erased.end()) return "";
    const auto space = found->second.find(' ');
    const auto time = try_parse_time(row.time);
    std::int64_t erased_at = 0;
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), erased_at);
    const bool is_later = time && time->unix_seconds > erased_at;
    return is_later || space == std::string::npos ? "" : found->second.substr(space + 1);
  };
  const auto names_them = [&](const AttendanceRow& row) {
    for (const std::string& phrase : phrases_of(row.note)) {
      const auto is_erased = [&](const std::string& hash) { return erased.contains(hash); };
      if (is_erased(keys.hash_of_id(phrase)) || is_erased(keys.hash_of_name(phrase))) return true;
    }
    return false;
  };
  const auto is_to_change = [&](const SpooledRow& one) {
    return !pseudonym_of(one.row).empty() || names_them(one.row);
  };
  const auto rows = spool.read();
  if (std::none_of(rows.begin(), rows.end(), is_to_change)) return 0;
  std::size_t count = 0;
  spool.update([&](std::vector<SpooledRow>& all) {
    for (SpooledRow& spooled : all) {
      const std::string pseudonym = pseudonym_of(spooled.row);
      if (pseudonym.empty()) {
        if (!names_them(spooled.row)) continue;
        spooled.row.note.clear();
        ++count;
        continue;
      }
      const bool is_manual = spooled.row.is_manual();
      spooled.row.id = pseudonym;
      spooled.row.name.clear();
      spooled.row.note.clear();
      if (is_manual) spooled.row.source = "manual:";
      ++count;
    }
  });
  return count;
}

}  // namespace faceatt
