// People as other programs name them in files, folders and tables, and who of ours they are.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/people/roster.hpp"

namespace faceatt {

struct ForeignPerson {
  std::string id{};    // where one is written: "12" of "Ana_12" or "User.12.3.jpg"; empty: it follows from the name
  std::string name{};  // empty: only the id is known
  bool operator==(const ForeignPerson&) const = default;
};

// By the name of a folder with photos of one person: "Ana Silva", "Ana_12", "12-Ana".
ForeignPerson person_of_folder(std::string_view name);
// By the name of a photo without its suffix: "Ana Silva", "ana_silva (2)", "mohit_3", "User.12.3", "Ana.1.12.3".
ForeignPerson person_of_photo(std::string_view stem);

// What a folder of another program is.
enum class FolderKind {
  kPeople,   // of photos of people, or of folders of people: dataset, known_faces, Images_Attendance ...
  kIgnored,  // strangers, what was seen, or none of it pictures of who is enrolled: Strangers, venv, templates ...
  kOther,    // perhaps one person's
};
FolderKind kind_of_folder(std::string_view name);

// A name as it is compared: in one case, '_', '-' and '.' as spaces, one space at a time; "Doe, John" as "John Doe".
std::string name_key(std::string_view name);
// The id that a name becomes: "JOHN DOE" -> "JOHN_DOE"; what an id cannot have is left out. Empty: nothing is left.
std::string id_of_name(std::string_view name);

// Who there is, by id and name, and who comes.
class ForeignPeople {
 public:
  explicit ForeignPeople(const Roster& known);

  struct Found {
    std::string id{};       // empty: see problem
    std::string problem{};  // "two people are called Ana"; a name or id is too long (1,000 and 128 bytes)
    bool is_known = false;  // was there before, or was add()ed
  };
  // Whose photo or row this is: by id, else by name. Of who is not known, the id is made, and they are not added.
  Found find(const ForeignPerson& person) const;
  // The same, and from now on they are known.
  Found add(const ForeignPerson& person, const std::vector<std::string>& groups = {});

  // Those who were added and what roster.csv has to say of them, as their ids alone do not say it.
  Roster for_roster() const;
  std::string name(const std::string& id) const;  // made from the id when none is known
  std::vector<std::string> groups(const std::string& id) const;

 private:
  struct Entry {
    RosterEntry person{};
    bool is_new = false;
  };
  std::map<std::string, Entry> people_;                       // by id
  std::map<std::string, std::set<std::string>> ids_by_name_;  // by name_key()
  std::map<std::string, std::string> id_by_key_;              // by name_key() of the id
};

}  // namespace faceatt
