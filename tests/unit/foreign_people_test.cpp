#include "faceatt/people/foreign_people.hpp"

#include <catch2/catch.hpp>

#include "faceatt/core/text.hpp"

using namespace faceatt;

TEST_CASE("people by the names of photos") {
  using P = ForeignPerson;
  CHECK(person_of_photo("Ana Silva") == P{"", "Ana Silva"});
  CHECK(person_of_photo("ana_silva") == P{"", "ana silva"});
  CHECK(person_of_photo("JOHN DOE") == P{"", "JOHN DOE"});
  CHECK(person_of_photo("Ana (2)") == P{"", "Ana"});
  CHECK(person_of_photo("Ana_Silva_3") == P{"", "Ana Silva"});
  CHECK(person_of_photo("Ana - Copy") == P{"", "Ana"});
  CHECK(person_of_photo("Ana.7") == P{"", "Ana"});
  CHECK(person_of_photo("User.12.3") == P{"12", ""});
  CHECK(person_of_photo("Ana.12.3") == P{"12", "Ana"});
  CHECK(person_of_photo(" Ana.1.12.3") == P{"12", "Ana"});
  CHECK(person_of_photo("Ana_Silva_1001") == P{"1001", "Ana Silva"});
  CHECK(person_of_photo("1001-Ana") == P{"1001", "Ana"});
  CHECK(person_of_photo("IMG_2031") == P{"", "IMG 2031"});
  CHECK(person_of_photo("student_2") == P{"", "student 2"});
  CHECK(person_of_photo("mohit2") == P{"", "mohit2"});
  CHECK(person_of_photo("1") == P{"", "1"});
}

TEST_CASE("people by the names of folders") {
  using P = ForeignPerson;
  CHECK(person_of_folder("Ana Silva") == P{"", "Ana Silva"});
  CHECK(person_of_folder("Ana_12") == P{"12", "Ana"});
  CHECK(person_of_folder("Ana Silva_1001") == P{"1001", "Ana Silva"});
  CHECK(person_of_folder("s1001") == P{"", "s1001"});
  CHECK(person_of_folder("person_2") == P{"", "person 2"});
  CHECK(kind_of_folder("Images_Attendance") == FolderKind::kPeople);
  CHECK(kind_of_folder("known_faces") == FolderKind::kPeople);
  CHECK(kind_of_folder("TrainingImage") == FolderKind::kPeople);
  CHECK(kind_of_folder("Strangers") == FolderKind::kIgnored);
  CHECK(kind_of_folder("unknown_faces") == FolderKind::kIgnored);
  CHECK(kind_of_folder("venv") == FolderKind::kIgnored);
  CHECK(kind_of_folder("test_images") == FolderKind::kIgnored);
  CHECK(kind_of_folder("Ana") == FolderKind::kOther);
  CHECK(kind_of_folder("Testa Maria") == FolderKind::kOther);
}

TEST_CASE("names are ids that are safe, and are compared without their dress") {
  CHECK(id_of_name("JOHN DOE") == "JOHN_DOE");
  CHECK(id_of_name("O'Brien, Tom") == "O'Brien,_Tom");
  CHECK(id_of_name("../=rm -rf") == "_=rm_-rf");
  CHECK(id_of_name("a/b\\c") == "a_b_c");
  CHECK(id_of_name(" @+- ").empty());
  CHECK_FALSE(id_problem(id_of_name(std::string(300, 'a'))));
  CHECK_FALSE(id_problem(id_of_name("é" + std::string(126, 'a') + "é")));
  CHECK(id_of_name("Ana\x12\xCC\x81") == "An\xC3\xA1");  // what was between them is left out
  CHECK(name_key("JOHN_DOE") == name_key("John  Doe"));
  CHECK(name_key("john.doe") == name_key("John-Doe"));
  CHECK(name_key("Doe, John") == name_key("john doe"));
  CHECK(name_key("STRASSE") == name_key("Straße"));
  CHECK(name_key("JOSÉ") == name_key("Jose\u0301"));
  CHECK(name_key("Jose") != name_key("José"));
}

TEST_CASE("a person is found by id, else by name") {
  ForeignPeople people(
      {{"s1001", {"Ana Silva", {"7a"}}}, {"Ben", {"Ben", {}}}, {"s7", {"Kim Lee", {}}}, {"s8", {"Kim Lee", {}}}});
  CHECK(people.find({"", "ANA SILVA"}).id == "s1001");
  CHECK(people.find({"S1001", ""}).id == "s1001");
  CHECK(people.find({"12", "Ana Silva"}).id == "s1001");  // another program's number
  CHECK(people.find({"", "kim lee"}).problem == "2 people are called kim lee: s7, s8");
  CHECK(people.find({"s7", "Kim Lee"}).id == "s7");
  CHECK(people.find({"s1001", "Ben"}).problem == "the id s1001 is Ana Silva's, and Ben is Ben");
  const auto nobody = people.find({"", "Tom O/Brien"});
  CHECK(nobody.id == "Tom_O_Brien");
  CHECK_FALSE(nobody.is_known);
  CHECK(people.find({"", "="}).problem == "'=' cannot be an id");

  people.add({"12", ""});
  CHECK(people.for_roster().empty());
  people.add({"12", "Eve"});
  people.add({"", "eve"}, {"7b"});
  people.add({"", "JOHN DOE"});
  CHECK(people.find({"", "John Doe"}).id == "JOHN_DOE");
  REQUIRE(people.for_roster().size() == 1);
  CHECK(people.for_roster().at("12").name == "Eve");
  CHECK(people.for_roster().at("12").groups == std::vector<std::string>{"7b"});
}

TEST_CASE("nobody gets somebody else's id, and texts have limits") {
  ForeignPeople people({});
  CHECK(people.add({"", "Ana B"}).id == "Ana_B");
  CHECK(people.add({"", "ana_b"}).id == "Ana_B");
  CHECK(people.add({"", "Ana/B"}).problem == "Ana/B would have the id Ana_B, which is Ana B's");

  const std::string longest(1000, 'x'), longer(1001, 'y'), id(128, '1');
  CHECK(people.add({"", longest}).id == std::string(128, 'x'));
  CHECK(people.find({"", longest}).is_known);
  CHECK(people.add({"", longer}).problem == "'" + std::string(60, 'y') + "...' is longer than 1000 bytes");
  CHECK(people.add({id, "Ben"}).id == id);
  CHECK(people.add({id + "2", "Eve"}).problem == "'" + std::string(60, '1') + "...' is longer than 128 bytes");
}

TEST_CASE("rows come to roster.csv once, in its own way") {
  const Roster people = {{"s1", {"Ana", {"7a", "choir"}}}, {"s2", {"=Ben", {}}}};
  const auto fresh = added_to_roster("", people);
  CHECK(fresh.rows == 2);
  CHECK(fresh.text == "id,name,groups\ns1,Ana,7a;choir\ns2,'=Ben,\n");
  CHECK(added_to_roster(fresh.text, people).rows == 0);
  const auto sheet = added_to_roster("phone;groups;id\r\n1;x;s2", people);
  CHECK(sheet.text == "phone;groups;id\r\n1;x;s2\r\n;\"7a;choir\";s1\r\n");
}
