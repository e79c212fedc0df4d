#include "faceatt/people/store_people.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/core/time.hpp"

namespace faceatt {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoChange = "0-0";
constexpr const char* kAtOnce = "1000";  // fields or changes in one reply
constexpr std::size_t kFieldsAtOnce = 500;
constexpr std::size_t kBytesAtOnce = 4 << 20;
constexpr std::size_t kLongestAbout = 64 << 10;  // what a machine tells of itself
constexpr const char* kMachineId = "/etc/machine-id";
constexpr std::size_t kDigitsOfMachine = 8;
constexpr std::int64_t kLiveSeconds = 15;  // a machine that follows tells every five that it does

// ARGV: field, value or '', value that must be there or '', n, n photos that go, then photos and their bytes.
const StoreScript& publish_script() {
  static const StoreScript script(R"(
local old = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[3] ~= '' and old ~= ARGV[3] then return false end
if ARGV[2] == '' and not old then return false end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
local n = tonumber(ARGV[4])
for i = 5, 4 + n do redis.call('HDEL', KEYS[2], ARGV[i]) end
for i = 5 + n, #ARGV, 2 do redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1]) end
return redis.call('XADD', KEYS[3], 'MAXLEN', '~', 100000, '*', 'who', ARGV[1])
)");
  return script;
}

// ARGV: hash of the id, pseudonym, n, n fields of people, then fields of photos. The changes begin anew: XDEL would
// only mark those that name the person, and their id would stay where it is. Readers load everybody.
const StoreScript& erase_script() {
  static const StoreScript script(R"(
local n = tonumber(ARGV[3])
for i = 4, 3 + n do redis.call('HDEL', KEYS[1], ARGV[i]) end
for i = 4 + n, #ARGV do redis.call('HDEL', KEYS[2], ARGV[i]) end
redis.call('HSET', KEYS[4], ARGV[1], redis.call('TIME')[1] .. ' ' .. ARGV[2])
local last = redis.call('XREVRANGE', KEYS[3], '+', '-', 'COUNT', 1)
redis.call('DEL', KEYS[3])
local id = '*'
if #last > 0 then
  local ms, seq = string.match(last[1][1], '(%d+)-(%d+)')
  id = ms .. '-' .. string.format('%d', seq + 1)
end
return redis.call('XADD', KEYS[3], id, 'erased', ARGV[1])
)");
  return script;
}

std::string photo_field(const std::string& field, const Digest& sha256) {
  return field + kStoreSeparator + hex(sha256);
}

// Whether a field of `people` or `photos` is of this person.
bool is_of(std::string_view field, std::string_view id) {
  return field.size() > id.size() && field.starts_with(id) && field[id.size()] == kStoreSeparator;
}

// For MATCH: all fields of a person.
std::string pattern_of(const std::string& id) {
  if (id.empty()) return "*";
  std::string pattern;
  for (const char c : id) {
    if (c == '*' || c == '?' || c == '[' || c == ']' || c == '\\' || c == '^' || c == '-') pattern += '\\';
    pattern += c;
  }
  return pattern + kStoreSeparator + "*";
}

std::int64_t number_of(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string shown(std::string_view field) {
  std::string text(field);
  std::replace(text.begin(), text.end(), kStoreSeparator, ' ');
  return printable(text);
}

bool is_nobody(std::string_view field, std::vector<std::string>& warnings) {
  try {
    RecordField::parse(field);
    return false;
  } catch (const Error& e) {
    warnings.push_back(fmt::format("the store has a record '{}' that {}; it is left out", shown(field), e.what()));
    return true;
  }
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

// Of the built-in network devices, by their names; those plugged in come and go.
std::string first_address() {
  std::vector<fs::path> devices;
  std::error_code error;
  for (fs::directory_iterator at("/sys/class/net", error), end; !error && at != end; at.increment(error)) {
    const auto bus = fs::canonical(at->path() / "device" / "subsystem", error);
    if (!error && bus.filename() != "usb" && first_line(at->path() / "addr_assign_type") == "0") {
      devices.push_back(at->path());
    }
    error.clear();
  }
  const auto first = std::min_element(devices.begin(), devices.end());
  return first == devices.end() ? "" : first_line(*first / "address");
}

// Made when there is none; empty when the folder cannot be written to.
std::string number_in(const fs::path& spool) {
  const fs::path file = spool / "machine";
  try {
    make_private_folder(spool);
    std::random_device random;
    std::string number;
    for (int i = 0; i < 4; ++i) number += fmt::format("{:08x}", static_cast<std::uint32_t>(random()));
    if (!fs::exists(file)) create_file(file, number + "\n");
  } catch (const std::exception&) {  // others see to it that this is told
  }
  return first_line(file);
}

}  // namespace

void StorePeople::each_pair(const std::string& key, const std::string& pattern,
                            const std::function<void(std::string&&, std::string&&)>& visit) {
  std::string cursor = "0";
  do {
    StoreLink::Arguments command = {"HSCAN", key, cursor};
    if (pattern != "*") command.insert(command.end(), {"MATCH", pattern});
    command.insert(command.end(), {"COUNT", kAtOnce});
    StoreReply reply = link_.call(command);
    if (reply.items.size() != 2) return;
    cursor = reply.items[0].text;
    auto& pairs = reply.items[1].items;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) visit(std::move(pairs[i].text), std::move(pairs[i + 1].text));
  } while (cursor != "0");
}

void StorePeople::load(PeopleCopy& copy, std::vector<std::string>& warnings,
                       const std::function<void(std::size_t, std::size_t)>& progress) {
  // First the last change, then the records: a change in between is in the records, or is heard of later, or both.
  const std::vector<StoreLink::Arguments> questions = {{"XREVRANGE", keys_.changes(), "+", "-", "COUNT", "1"},
                                                       {"HLEN", keys_.people()}};
  const auto answers = link_.call_all(questions);
  const auto total = static_cast<std::size_t>(answers[1].number);
  // Whoever removes everybody leaves changes. This is a server that was started without its data.
  if (total == 0 && answers[0].items.empty() && !copy.records.empty()) {
    throw StoreGone(fmt::format("{} has lost its people; run faceatt-enroll --publish where they are enrolled",
                                link_.url().text()));
  }
  PeopleCopy fresh;
  fresh.change = answers[0].items.empty() ? kNoChange : answers[0].items[0].items.at(0).text;
  std::size_t done = 0;
  each_pair(keys_.people(), "*", [&](std::string&& field, std::string&& value) {
    if (progress && ++done % 1000 == 0) progress(std::min(done, total), total);
    if (!is_nobody(field, warnings)) fresh.records.insert_or_assign(std::move(field), std::move(value));
  });
  copy = std::move(fresh);
}

bool StorePeople::is_complete(const PeopleCopy& copy) {
  if (copy.change.empty()) return false;
  if (copy.change != kNoChange) {
    return !link_.call({"XRANGE", keys_.changes(), copy.change, copy.change}).items.empty();
  }
  return link_.call({"XLEN", keys_.changes()}).number == 0;
}

void StorePeople::update(PeopleCopy& copy, Changes& changes, std::vector<std::string>& warnings,
                         const std::function<void(std::size_t, std::size_t)>& progress) {
  if (!is_complete(copy)) {
    load(copy, warnings, progress);
    changes.anew = changes.something_went = true;
  } else {
    while (true) {
      const StoreReply entries = link_.call({"XRANGE", keys_.changes(), "(" + copy.change, "+", "COUNT", kAtOnce});
      if (entries.items.empty()) break;
      take_in(copy, entries, changes, warnings);
    }
  }
  copy.taken = now_us() / 1'000'000;
}

void StorePeople::wait(PeopleCopy& copy, std::chrono::milliseconds longest, Changes& changes,
                       std::vector<std::string>& warnings) {
  const std::string block = std::to_string(std::max<std::int64_t>(longest.count(), 1));
  const StoreReply reply =
      link_.call({"XREAD", "COUNT", kAtOnce, "BLOCK", block, "STREAMS", keys_.changes(), copy.change}, longest);
  if (reply.items.empty() || reply.items[0].items.size() != 2) return;
  const StoreReply& entries = reply.items[0].items[1];
  take_in(copy, entries, changes, warnings);
  // More than one reply holds, as when a whole folder is published: taken in as one change.
  if (std::to_string(entries.items.size()) == kAtOnce) update(copy, changes, warnings);
  copy.taken = now_us() / 1'000'000;
}

void StorePeople::take_in(PeopleCopy& copy, const StoreReply& entries, Changes& changes,
                          std::vector<std::string>& warnings) {
  std::set<std::string> fields;
  bool is_begun_anew = false;  // after somebody was erased: what else has changed before it is told nowhere
  std::string last = copy.change;
  for (const StoreReply& entry : entries.items) {
    if (entry.items.size() != 2) continue;
    last = entry.items[0].text;
    const auto& pairs = entry.items[1].items;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
      if (pairs[i].text == "who") fields.insert(pairs[i + 1].text);
      is_begun_anew |= pairs[i].text == "erased";
    }
  }
  if (is_begun_anew) {
    load(copy, warnings, {});
    changes.anew = changes.something_went = true;
    return;
  }
  const std::vector<std::string> wanted(fields.begin(), fields.end());
  const auto now = values(wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (is_nobody(wanted[i], warnings)) continue;
    const auto known = copy.records.find(wanted[i]);
    const bool was_there = known != copy.records.end();
    if (was_there ? now[i] == known->second : !now[i]) continue;
    changes.something_went |= was_there;
    changes.ids.insert(wanted[i].substr(0, wanted[i].find(kStoreSeparator)));
    if (now[i]) {
      copy.records.insert_or_assign(wanted[i], *now[i]);
    } else {
      copy.records.erase(known);
    }
  }
  copy.change = last;
}

std::vector<std::optional<std::string>> StorePeople::values(std::span<const std::string> fields) {
  std::vector<std::optional<std::string>> values;
  values.reserve(fields.size());
  while (!fields.empty()) {
    const auto some = fields.first(std::min(fields.size(), kFieldsAtOnce));
    fields = fields.subspan(some.size());
    StoreLink::Arguments command = {"HMGET", keys_.people()};
    command.insert(command.end(), some.begin(), some.end());
    StoreReply reply = link_.call(command);
    reply.items.resize(some.size());
    for (StoreReply& one : reply.items) {
      values.push_back(one.is_nil() ? std::nullopt : std::optional(std::move(one.text)));
    }
  }
  return values;
}

Records StorePeople::records_of(const std::string& id) {
  Records records;
  each_pair(keys_.people(), pattern_of(id), [&](std::string&& field, std::string&& value) {
    records.insert_or_assign(std::move(field), std::move(value));
  });
  return records;
}

std::optional<std::string> StorePeople::photo(const std::string& field, const Digest& digest) {
  StoreReply reply = link_.call({"HGET", keys_.photos(), photo_field(field, digest)});
  if (reply.is_nil()) return std::nullopt;
  return std::move(reply.text);
}

bool StorePeople::has_photo(const std::string& field, const Digest& digest) {
  return link_.call({"HEXISTS", keys_.photos(), photo_field(field, digest)}).number == 1;
}

std::vector<std::string> StorePeople::publish(std::span<const Publication> publications) {
  std::vector<std::string> changes;
  std::vector<StoreLink::Run> runs;
  std::size_t bytes = 0;
  const auto send = [&] {
    for (const auto& reply : link_.run_all(publish_script(), runs)) changes.push_back(reply.text);
    runs.clear();
    bytes = 0;
  };
  for (const Publication& one : publications) {
    StoreLink::Run run{{keys_.people(), keys_.photos(), keys_.changes()},
                       {one.field, one.value, one.instead_of.value_or(""), std::to_string(one.gone.size())}};
    for (const Digest& gone : one.gone) run.arguments.push_back(photo_field(one.field, gone));
    for (const auto& [digest, photo] : one.photos) {
      run.arguments.push_back(photo_field(one.field, digest));
      run.arguments.push_back(photo);
    }
    for (const auto& argument : run.arguments) bytes += argument.size();
    runs.push_back(std::move(run));
    if (runs.size() >= kFieldsAtOnce || bytes >= kBytesAtOnce) send();
  }
  if (!runs.empty()) send();
  return changes;
}

std::vector<std::string> StorePeople::changes_naming(const std::string& id) {
  std::vector<std::string> ids;
  std::string from = "-";
  while (true) {
    const StoreReply entries = link_.call({"XRANGE", keys_.changes(), from, "+", "COUNT", kAtOnce});
    if (entries.items.empty()) return ids;
    for (const StoreReply& entry : entries.items) {
      if (entry.items.size() != 2) continue;
      const auto& texts = entry.items[1].items;
      const bool names = std::any_of(texts.begin(), texts.end(), [&](const auto& t) { return is_of(t.text, id); });
      if (names) ids.push_back(entry.items[0].text);
    }
    from = "(" + entries.items.back().items.at(0).text;
  }
}

std::string StorePeople::erase(const std::string& id, const std::string& pseudonym) {
  std::vector<std::string> records, photos;
  each_pair(keys_.people(), pattern_of(id), [&](std::string&& field, std::string&&) { records.push_back(field); });
  each_pair(keys_.photos(), pattern_of(id), [&](std::string&& field, std::string&&) { photos.push_back(field); });
  StoreLink::Arguments arguments = {keys_.hash_of_id(id), pseudonym, std::to_string(records.size())};
  arguments.insert(arguments.end(), records.begin(), records.end());
  arguments.insert(arguments.end(), photos.begin(), photos.end());
  const StoreReply change =
      link_.run(erase_script(), {keys_.people(), keys_.photos(), keys_.changes(), keys_.erased()}, arguments);
  return change.text;
}

std::vector<std::int64_t> StorePeople::erased_at(std::span<const std::string> ids) {
  std::vector<std::int64_t> times;
  while (!ids.empty()) {
    const auto some = ids.first(std::min(ids.size(), kFieldsAtOnce));
    ids = ids.subspan(some.size());
    StoreLink::Arguments command = {"HMGET", keys_.erased()};
    for (const std::string& id : some) command.push_back(keys_.hash_of_id(id));
    StoreReply reply = link_.call(command);
    reply.items.resize(some.size());
    for (const StoreReply& one : reply.items) times.push_back(number_of(one.text));
  }
  return times;
}

std::optional<StorePeople::Erased> StorePeople::erased(const std::string& id) {
  const StoreReply reply = link_.call({"HGET", keys_.erased(), keys_.hash_of_id(id)});
  const auto space = reply.text.find(' ');
  if (reply.is_nil() || space == std::string::npos) return std::nullopt;
  return Erased{number_of(reply.text), reply.text.substr(space + 1)};
}

// Whoever is erased begins the changes anew, so the first one there is theirs, or a later one.
std::string StorePeople::change_of_erasures() {
  const StoreReply entries = link_.call({"XRANGE", keys_.changes(), "-", "+", "COUNT", "1"});
  return entries.items.empty() ? kNoChange : entries.items[0].items.at(0).text;
}

std::vector<std::string> StorePeople::left_of(const std::string& id, const std::vector<std::string>& encodings) {
  std::vector<std::string> left;
  const auto look = [&](const char* where, const std::string& field, const std::string& value) {
    if (is_of(field, id)) left.push_back(fmt::format("{}: {}", where, shown(field)));
    const auto holds = [&](const std::string& encoding) { return value.find(encoding) != std::string::npos; };
    if (std::any_of(encodings.begin(), encodings.end(), holds)) {
      left.push_back(fmt::format("{}: an encoding, in {}", where, shown(field)));
    }
  };
  each_pair(keys_.people(), "*", [&](std::string&& field, std::string&& value) { look("people", field, value); });
  each_pair(keys_.photos(), pattern_of(id), [&](std::string&& field, std::string&&) { look("photos", field, ""); });
  for (const auto& change : changes_naming(id)) left.push_back("changes: " + change);
  return left;
}

std::int64_t StorePeople::now_us() {
  const StoreReply reply = link_.call({"TIME"});
  if (reply.items.size() != 2) return 0;
  return number_of(reply.items[0].text) * 1'000'000 + number_of(reply.items[1].text);
}

void StorePeople::tell(const StoreMachine& machine) {
  const nlohmann::json about = {{"seen", now_us() / 1'000'000},
                                {"applied", machine.applied},
                                {"program", machine.program},
                                {"people", machine.people},
                                {"stopped", machine.stopped}};
  link_.call(
      {"HSET", keys_.machines(), machine.name, about.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
}

void StorePeople::forget(const std::string& machine) { link_.call({"HDEL", keys_.machines(), machine}); }

std::vector<StoreMachine> StorePeople::machines() {
  std::vector<StoreMachine> machines;
  each_pair(keys_.machines(), "*", [&](std::string&& name, std::string&& value) {
    StoreMachine machine;
    machine.name = std::move(name);
    // What is no such text is a machine that was never heard of.
    value.resize(value.size() > kLongestAbout ? 0 : value.size());
    if (const auto about = nlohmann::json::parse(value, nullptr, false); about.is_object()) {
      const auto text = [&](const char* key) {
        const auto at = about.find(key);
        return at != about.end() && at->is_string() ? at->get<std::string>() : std::string();
      };
      const auto number = [&](const char* key) {
        const auto at = about.find(key);
        return at != about.end() && at->is_number_integer() ? at->get<std::int64_t>() : 0;
      };
      machine.program = text("program");
      machine.applied = text("applied");
      machine.seen = number("seen");
      machine.people = number("people");
      const auto stopped = about.find("stopped");
      machine.stopped = stopped != about.end() && stopped->is_boolean() && stopped->get<bool>();
    }
    machines.push_back(std::move(machine));
  });
  std::sort(machines.begin(), machines.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return machines;
}

bool StorePeople::is_live(const StoreMachine& machine, std::int64_t now) {
  return !machine.stopped && now - machine.seen < kLiveSeconds;
}

bool StorePeople::is_live(const std::string& name) {
  const std::int64_t now = now_us() / 1'000'000;
  const auto all = machines();
  return std::any_of(all.begin(), all.end(), [&](const auto& m) { return m.name == name && is_live(m, now); });
}

std::string machine_name(const fs::path& spool) {
  const std::string what = number_in(spool) + '\n' + first_line(kMachineId) + '\n' + first_address();
  return fmt::format("{}#{}", printable(origin_of(spool)), sha256_hex(what).substr(0, kDigitsOfMachine));
}

OpenedCopy open_copy(StorePeople& people, const PeopleSnapshot& snapshot, std::vector<std::string>& warnings,
                     const std::function<void(std::size_t, std::size_t)>& progress) {
  OpenedCopy opened;
  auto known = snapshot.load(warnings);
  const bool has_snapshot = known.has_value();
  if (known) opened.copy = std::move(*known);
  try {
    people.update(opened.copy, opened.changes, warnings, progress);
  } catch (const StoreGone& e) {
    if (!has_snapshot) {
      throw Error(ErrorCode::kCannotRun, fmt::format("store: {}; and this machine has no people of it in {} yet",
                                                     e.what(), printable(snapshot.file().string())));
    }
    opened.is_away = true;
    warnings.push_back(fmt::format("store: {}; going on with the people as of {}", e.what(),
                                   local_time_at(opened.copy.taken).iso8601()));
  }
  return opened;
}

}  // namespace faceatt
