#include "faceatt/attendance/store_rows.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "faceatt/attendance/once.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr const char* kPiece = "5000";           // rows read at a time
constexpr const char* kSentSeconds = "2592000";  // for how long a row that was sent is known by its uid: 30 days
constexpr std::string_view kSpaces = " ";

// KEYS: the log, the keys of the date, and perhaps the row's uid. ARGV: the field of the row in the keys of the date;
// an entry to drop, or "beside"; for how long a uid is kept; the number of expectations; for each a field and its
// entry; then the row's cells, name and value. A field has the entry in force and, once there is more than one, all of
// them after it.
const StoreScript& write_script() {
  static const StoreScript script(R"lua(
local function in_force(field)
  local entries = redis.call('HGET', KEYS[2], field)
  return entries and string.match(entries, '^%S+') or ''
end
if KEYS[3] then
  local before = redis.call('GET', KEYS[3])
  if before then return {1, before} end
end
local expected, holds = tonumber(ARGV[4]), true
for i = 1, expected do
  if in_force(ARGV[3 + 2 * i]) ~= ARGV[4 + 2 * i] then holds = false end
end
if not holds then
  local found = {0}
  for i = 1, expected do
    local entry = in_force(ARGV[3 + 2 * i])
    found[i + 1] = {entry, entry ~= '' and redis.call('XRANGE', KEYS[1], entry, entry)[1] or false}
  end
  return found
end
local cells = {}
for i = 5 + 2 * expected, #ARGV do cells[#cells + 1] = ARGV[i] end
local entry = redis.call('XADD', KEYS[1], '*', unpack(cells))
local is_beside = ARGV[2] == 'beside'
if ARGV[2] ~= '' and not is_beside then redis.call('XDEL', KEYS[1], ARGV[2]) end
local entries = redis.call('HGET', KEYS[2], ARGV[1])
if entries then
  local all = ''
  for one in string.gmatch(string.match(entries, '^%S+ (.*)$') or entries, '%S+') do
    if one ~= ARGV[2] then all = all .. ' ' .. one end
  end
  local first = is_beside and string.match(entries, '^%S+') or entry
  redis.call('HSET', KEYS[2], ARGV[1], all == '' and entry or first .. all .. ' ' .. entry)
else
  redis.call('HSET', KEYS[2], ARGV[1], entry)
end
if KEYS[3] then redis.call('SET', KEYS[3], entry, 'EX', ARGV[3]) end
return {1, entry}
)lua");
  return script;
}

// KEYS: the log, the keys of a date. ARGV: fields.
const StoreScript& look_up_script() {
  static const StoreScript script(R"lua(
local found = {}
for i = 1, #ARGV do
  local entries = redis.call('HGET', KEYS[2], ARGV[i])
  local entry = entries and string.match(entries, '^%S+')
  found[i] = entry and redis.call('XRANGE', KEYS[1], entry, entry)[1] or false
end
return found
)lua");
  return script;
}

// An index key without its date, which names the hash.
std::string field_of(const std::string& index_key) { return index_key.substr(index_key.find('\n') + 1); }

}  // namespace

StoreLink::Arguments cells_for(const AttendanceRow& row) {
  StoreLink::Arguments arguments;
  const auto cells = cells_of(row);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i]->empty()) continue;
    arguments.emplace_back(kAttendanceColumns[i]);
    arguments.push_back(*cells[i]);
  }
  return arguments;
}

std::optional<StoredRow> row_of(const StoreReply& entry) {
  if (entry.items.size() != 2) return std::nullopt;
  StoredRow stored;
  stored.entry = entry.items[0].text;
  const auto cells = cells_of(stored.row);
  const auto& fields = entry.items[1].items;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto column = std::find(kAttendanceColumns.begin(), kAttendanceColumns.end(), fields[i].text);
    if (column != kAttendanceColumns.end()) {
      *cells[static_cast<std::size_t>(column - kAttendanceColumns.begin())] = fields[i + 1].text;
    }
  }
  return is_plausible(stored.row) ? std::optional(std::move(stored)) : std::nullopt;
}

AttendanceRow as_stored(const AttendanceRow& row) {
  AttendanceRow stored = row;
  stored.chain.clear();
  for (std::string* cell : cells_of(stored)) {
    *cell = printable(*cell);
    if (looks_like_formula(*cell)) cell->insert(0, 1, '\'');
  }
  return stored;
}

std::vector<StoredRow> StoreRows::next() {
  std::vector<StoredRow> rows;
  const std::string log = StoreKeys(link_.url().site).log();
  while (rows.empty()) {
    const auto reply = link_.call({"XRANGE", log, after_.empty() ? "-" : "(" + after_, "+", "COUNT", kPiece});
    if (reply.items.empty()) break;
    for (const StoreReply& entry : reply.items) {
      if (auto row = row_of(entry)) {
        rows.push_back(std::move(*row));
      } else {
        ++damaged_;
      }
    }
    after_ = reply.items.back().items.at(0).text;
  }
  return rows;
}

LookUp rows_in(const std::map<std::string, StoredRow>& found) {
  return [&found](const std::string& index_key) -> const AttendanceRow* {
    const auto at = found.find(index_key);
    return at == found.end() ? nullptr : &at->second.row;
  };
}

StoreWriter::Write StoreWriter::first_write(const AttendanceRow& row, const std::string& uid) {
  const bool may_repeat = row.is_manual() || row.status == kStatusOut;
  Write write{row, {}, may_repeat ? uid : ""};
  if (row.is_manual()) return write;
  write.expects[key_of(row)] = "";
  if (row.status == kStatusOut) {
    write.expects[out_key(row)] = "";
  } else if (row.id != kWholeSession) {
    write.expects[session_key(row)] = "";
  }
  return write;
}

std::vector<StoreWriter::Result> StoreWriter::write(const std::vector<Write>& writes) {
  std::vector<StoreLink::Run> runs;
  runs.reserve(writes.size());
  for (const Write& write : writes) {
    auto& [keys, arguments] = runs.emplace_back();
    keys = {keys_.log(), keys_.keys_of(write.row.date)};
    if (!write.uid.empty()) keys.push_back(keys_.sent(write.uid));
    arguments = {field_of(index_key(write.row)), write.is_beside ? "beside" : write.drop, kSentSeconds,
                 std::to_string(write.expects.size())};
    for (const auto& [key, entry] : write.expects) {
      arguments.push_back(field_of(key));
      arguments.push_back(entry);
    }
    const auto cells = cells_for(write.row);
    arguments.insert(arguments.end(), cells.begin(), cells.end());
  }
  const auto replies = link_.run_all(write_script(), runs);
  std::vector<Result> results(writes.size());
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const auto& items = replies[i].items;
    if (items.empty()) continue;
    if (items[0].number == 1) {
      results[i].entry = items.size() > 1 ? items[1].text : "";
      continue;
    }
    std::size_t item = 1;
    for (const auto& [key, entry] : writes[i].expects) {
      if (item >= items.size()) break;
      const StoreReply& found = items[item++];
      if (found.items.size() != 2) continue;
      results[i].entries[key] = found.items[0].text;
      if (auto row = row_of(found.items[1])) results[i].found.emplace(key, std::move(*row));
    }
  }
  return results;
}

std::map<std::string, StoredRow> StoreWriter::look_up(const std::string& date,
                                                      const std::vector<std::string>& index_keys) {
  StoreLink::Arguments fields;
  for (const std::string& key : index_keys) fields.push_back(field_of(key));
  const auto reply = link_.run(look_up_script(), {keys_.log(), keys_.keys_of(date)}, fields);
  std::map<std::string, StoredRow> found;
  for (std::size_t i = 0; i < index_keys.size() && i < reply.items.size(); ++i) {
    if (auto row = row_of(reply.items[i])) found.emplace(index_keys[i], std::move(*row));
  }
  return found;
}

std::vector<AttendanceRow> stored_rows_of(StoreLink& link, const std::string& date, const std::string& id) {
  const StoreKeys keys(link.url().site);
  const auto fields = link.call({"HGETALL", keys.keys_of(date)});
  std::vector<StoreLink::Arguments> questions;
  std::set<std::string> asked;
  for (std::size_t i = 0; i + 1 < fields.items.size(); i += 2) {
    const std::string& field = fields.items[i].text;
    if (!field.ends_with("\n" + id) && !field.ends_with("\n" + id + "\nout")) continue;
    std::string_view entries = fields.items[i + 1].text;
    while (!entries.empty()) {
      const auto end = std::min(entries.find(kSpaces), entries.size());
      const std::string entry(entries.substr(0, end));
      if (!entry.empty() && asked.insert(entry).second) questions.push_back({"XRANGE", keys.log(), entry, entry});
      entries.remove_prefix(std::min(end + 1, entries.size()));
    }
  }
  std::vector<StoredRow> found;
  for (const auto& reply : link.call_all(questions)) {
    auto row = reply.items.empty() ? std::nullopt : row_of(reply.items.front());
    if (row && to_nfc(row->row.id) == id) found.push_back(std::move(*row));
  }
  const auto place = [](const StoredRow& row) {  // "MS-N", both numbers
    const auto dash = row.entry.find('-');
    return std::pair(std::stoull(row.entry.substr(0, dash)), std::stoull(row.entry.substr(dash + 1)));
  };
  std::sort(found.begin(), found.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  std::vector<AttendanceRow> rows;
  rows.reserve(found.size());
  for (StoredRow& row : found) rows.push_back(std::move(row.row));
  return rows;
}

}  // namespace faceatt
