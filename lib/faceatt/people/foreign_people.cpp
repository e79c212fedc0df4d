#include "faceatt/people/foreign_people.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "faceatt/core/foreign_text.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr std::size_t kMaxIdBytes = 128;

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool has_letter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
  });
}

// Letters and digits in one case: what is left of "Known_Faces 2".
std::string compact(std::string_view text) {
  std::string out;
  for (const char c : fold_case(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80) out += c;
  }
  return out;
}

// Words that are nobody's name.
bool is_generic(std::string_view text) {
  static const std::set<std::string> kWords = {
      "user",   "person", "face",       "student",       "employee", "staff",   "member", "people", "subject", "id",
      "s",      "p",      "img",        "image",         "photo",    "picture", "pic",    "dsc",    "dscn",    "frame",
      "sample", "pxl",    "screenshot", "whatsappimage", "capture",  "class",   "group",  "no",     "roll",    "emp",
      "usr",    "child",  "kid"};
  return kWords.contains(compact(text));
}

std::string tidy_name(std::string_view text) {
  std::string name(text);
  std::replace(name.begin(), name.end(), '_', ' ');
  std::string out;
  for (const char c : trim(name)) {
    if (c != ' ' || !out.ends_with(' ')) out += c;
  }
  return to_nfc(out);
}

// A name and a number, "Ana_12" or "12-Ana": the number has at least so many digits.
std::optional<ForeignPerson> with_number(std::string_view text, std::size_t digits) {
  const auto last = text.find_last_of("_- "), first = text.find_first_of("_- ");
  if (last == std::string_view::npos) return std::nullopt;
  const auto split = [&](std::string_view number, std::string_view name) -> std::optional<ForeignPerson> {
    const bool fits = is_number(number) && number.size() >= digits && has_letter(name) && !is_generic(name);
    if (!fits) return std::nullopt;
    return ForeignPerson{std::string(number), tidy_name(name)};
  };
  auto person = split(text.substr(last + 1), text.substr(0, last));
  if (!person) person = split(text.substr(0, first), text.substr(first + 1));
  return person;
}

std::vector<std::string_view> split_at_dots(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('.', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// "Ana (2)", "Ana - Copy", "ana_3" without what tells photos apart.
std::string_view without_photo_number(std::string_view stem) {
  const auto cut = [&](std::size_t at) {
    std::string_view rest = stem.substr(0, at);
    while (!rest.empty() && (rest.back() == ' ' || rest.back() == '_' || rest.back() == '-' || rest.back() == '.')) {
      rest.remove_suffix(1);
    }
    if (!has_letter(rest) || is_generic(rest)) return false;
    stem = rest;
    return true;
  };
  for (const std::string_view copy : {" - Copy", " - Kopie", " copy", "_copy"}) {
    if (stem.ends_with(copy)) cut(stem.size() - copy.size());
  }
  if (stem.ends_with(')')) {
    const auto open = stem.rfind('(');
    if (open != std::string_view::npos && is_number(stem.substr(open + 1, stem.size() - open - 2)) && cut(open))
      return stem;
  }
  const auto last = stem.find_last_of("_- .");
  if (last != std::string_view::npos && is_number(stem.substr(last + 1)) && stem.size() - last - 1 <= 2) cut(last);
  return stem;
}

std::string list(const std::set<std::string>& ids, std::string_view between) {
  return quotable(fmt::format("{}", fmt::join(ids, between)), 200);
}

}  // namespace

ForeignPerson person_of_folder(std::string_view name) {
  const std::string text = trim(name);
  if (auto person = with_number(text, 1)) return *person;
  return {"", tidy_name(text)};
}

ForeignPerson person_of_photo(std::string_view stem) {
  const std::string text = trim(stem);
  const auto parts = split_at_dots(text);
  const auto name_or_none = [](std::string_view part) { return is_generic(part) ? std::string() : tidy_name(part); };
  const bool is_counted = parts.size() >= 3 && is_number(parts.back()) && is_number(parts[parts.size() - 2]);
  // Of the scripts around OpenCV's LBPH recogniser: User.ID.N, NAME.ID.N, NAME.SERIAL.ID.N.
  if (is_counted && parts.size() == 3) return {std::string(parts[1]), name_or_none(parts[0])};
  if (is_counted && parts.size() == 4 && is_number(parts[1])) return {std::string(parts[2]), name_or_none(parts[0])};
  const std::string_view bare = without_photo_number(text);
  if (auto person = with_number(bare, 3)) return *person;
  return {"", tidy_name(bare)};
}

FolderKind kind_of_folder(std::string_view name) {
  static const std::set<std::string> kIgnored = {
      "venv",      "env",        "virtualenv", "nodemodules", "pycache",     "sitepackages", "lib",        "include",
      "templates", "css",        "js",         "assets",      "icons",       "docs",         "doc",        "readme",
      "resources", "output",     "outputs",    "result",      "results",     "screenshots",  "screenshot", "snapshots",
      "logs",      "debug",      "ui",         "background",  "backgrounds", "test",         "tests",      "testing",
      "testimage", "testimages", "testdata",   "testset",     "testfaces"};
  static const std::set<std::string> kPeople = {
      "image",         "images", "img",      "imgs",    "photo",    "photos",     "picture",  "pictures",
      "pics",          "face",   "faces",    "known",   "data",     "dataset",    "datasets", "train",
      "training",      "people", "person",   "persons", "student",  "students",   "teachers", "employee",
      "employees",     "staff",  "users",    "user",    "members",  "static",     "uploads",  "upload",
      "attendance",    "db",     "database", "gallery", "enrolled", "registered", "labels",   "studentphotos",
      "studentimages", "media"};
  const std::string word = compact(name);
  const auto begins = [&](std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) { return word.starts_with(prefix); });
  };
  if (name.starts_with('.') || kIgnored.contains(word) ||
      begins({"unknown", "stranger", "attendancefaces", "captured", "detected", "intruder"})) {
    return FolderKind::kIgnored;
  }
  if (kPeople.contains(word) ||
      begins({"imagesattendance", "imageattendance", "imagesbasic", "trainingimage", "trainingdata", "knownface",
              "knownpeople", "dataset", "studentimage", "facedata", "registeredface", "attendanceimage"})) {
    return FolderKind::kPeople;
  }
  return FolderKind::kOther;
}

std::string name_key(std::string_view name) {
  std::string text = fold_case(name);
  if (const auto comma = text.find(','); comma != std::string::npos && text.find(',', comma + 1) == std::string::npos) {
    text = text.substr(comma + 1) + " " + text.substr(0, comma);
  }
  std::string key;
  for (const char c : text) {
    const bool is_space = c == ' ' || c == '_' || c == '-' || c == '.' || c == '\t';
    if (!is_space) {
      key += c;
    } else if (!key.empty() && !key.ends_with(' ')) {
      key += ' ';
    }
  }
  return trim(key);
}

std::string id_of_name(std::string_view name) {
  std::string id;
  for (const char c : to_nfc(trim(name))) {
    const bool is_bad = c == '/' || c == '\\' || c == ' ' || c == '\t';
    const bool is_control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (is_control) continue;
    if (!is_bad) {
      id += c;
    } else if (!id.ends_with('_')) {
      id += '_';
    }
  }
  id = cut(to_nfc(id), kMaxIdBytes);  // again: what was left out may have stood between a letter and its accent
  // What must not be in front goes.
  while (!id.empty() && id_problem(id)) {
    std::size_t first = 1;
    while (first < id.size() && (static_cast<unsigned char>(id[first]) & 0xC0) == 0x80) ++first;
    id.erase(0, first);
  }
  return id;
}

ForeignPeople::ForeignPeople(const Roster& known) {
  for (const auto& [id, person] : known) {
    people_[id] = {person, false};
    ids_by_name_[name_key(person.name.empty() ? name_of_id(id) : person.name)].insert(id);
    id_by_key_.emplace(name_key(id), id);
  }
}

ForeignPeople::Found ForeignPeople::find(const ForeignPerson& person) const {
  const auto too_long = [](const std::string& text, std::size_t bytes) {
    return Found{"", fmt::format("'{}' is longer than {} bytes", quotable(text), bytes), false};
  };
  if (person.id.size() > kMaxIdBytes) return too_long(person.id, kMaxIdBytes);
  if (person.name.size() > kLongestForeignText) return too_long(person.name, kLongestForeignText);
  const std::string wanted = id_of_name(person.id), key = name_key(person.name);
  const auto named = key.empty() ? ids_by_name_.end() : ids_by_name_.find(key);
  if (!wanted.empty()) {
    auto by_id = id_by_key_.find(name_key(wanted));
    if (by_id != id_by_key_.end()) {
      const bool contradicts = named != ids_by_name_.end() && !named->second.contains(by_id->second);
      if (!contradicts) return {by_id->second, "", true};
      return {"",
              fmt::format("the id {} is {}'s, and {} is {}", quotable(person.id), quotable(name(by_id->second)),
                          quotable(person.name), list(named->second, " or ")),
              true};
    }
  }
  if (named != ids_by_name_.end() && named->second.size() > 1) {
    return {"",
            fmt::format("{} people are called {}: {}", named->second.size(), quotable(person.name),
                        list(named->second, ", ")),
            true};
  }
  if (named != ids_by_name_.end()) return {*named->second.begin(), "", true};
  if (!wanted.empty()) return {wanted, "", false};
  if (const auto by_key = id_by_key_.find(key); by_key != id_by_key_.end()) return {by_key->second, "", true};
  const std::string made = id_of_name(person.name);
  if (made.empty()) return {"", fmt::format("'{}' cannot be an id", quotable(person.name + person.id)), false};
  if (const auto taken = id_by_key_.find(name_key(made)); taken != id_by_key_.end()) {
    return {"",
            fmt::format("{} would have the id {}, which is {}'s", quotable(person.name), quotable(made),
                        quotable(name(taken->second))),
            true};
  }
  return {made, "", false};
}

ForeignPeople::Found ForeignPeople::add(const ForeignPerson& person, const std::vector<std::string>& groups) {
  Found found = find(person);
  if (found.id.empty()) return found;
  Entry& entry = people_[found.id];
  if (!found.is_known) {
    entry.is_new = true;
    id_by_key_.emplace(name_key(found.id), found.id);
  }
  const bool is_named_by_id = entry.person.name.empty() || entry.person.name == name_of_id(found.id);
  if (is_named_by_id && !person.name.empty() && entry.person.name != person.name &&
      name_key(person.name) != name_key(found.id)) {
    entry.person.name = person.name;
    entry.is_new = true;
    ids_by_name_[name_key(person.name)].insert(found.id);
  }
  if (entry.person.name.empty()) ids_by_name_[name_key(found.id)].insert(found.id);
  for (const auto& group : groups) {
    auto& own = entry.person.groups;
    if (std::find(own.begin(), own.end(), group_key(group)) != own.end()) continue;
    own.push_back(group_key(group));
    entry.is_new = true;
  }
  found.is_known = true;
  return found;
}

Roster ForeignPeople::for_roster() const {
  Roster roster;
  for (const auto& [id, entry] : people_) {
    const bool says_more =
        !entry.person.groups.empty() || (!entry.person.name.empty() && entry.person.name != name_of_id(id));
    if (entry.is_new && says_more) roster[id] = {name(id), entry.person.groups};
  }
  return roster;
}

std::string ForeignPeople::name(const std::string& id) const {
  const auto found = people_.find(id);
  return found == people_.end() || found->second.person.name.empty() ? name_of_id(id) : found->second.person.name;
}

std::vector<std::string> ForeignPeople::groups(const std::string& id) const {
  const auto found = people_.find(id);
  return found == people_.end() ? std::vector<std::string>() : found->second.person.groups;
}

}  // namespace faceatt
