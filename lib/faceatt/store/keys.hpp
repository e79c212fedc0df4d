// The names of what a site has in the store. All have the site as their hash tag, so a cluster keeps them on one node.
//
//   faceatt:{SITE}:log             stream: the rows of Attendance.csv, one entry each, in the order in which they came.
//                                  Fields are the columns; empty ones are left out.
//   faceatt:{SITE}:keys:DATE       hash: SESSION \n ID (NFC) -> entry of the row in force; with \n "out" at its end the
//                                  entry of the person's last row "out".
//   faceatt:{SITE}:sent:UID        string, for days: the entry of a row that may stand there several times and whose
//                                  writer may not have heard that it does.
//   faceatt:{SITE}:people          hash: ID \x1f ORIGIN -> CBOR of the person as that people folder has them; see
//                                  people/store_people.hpp.
//   faceatt:{SITE}:photos          hash: ID \x1f ORIGIN \x1f SHA-256 -> bytes of a photo, of those published with them.
//   faceatt:{SITE}:changes         stream: `who` = the field of `people` that changed; `erased` = hash_of_id().
//   faceatt:{SITE}:machines        hash: machine -> JSON: when it was seen, which changes it has taken in.
//   faceatt:{SITE}:erased          hash: hash_of_id() -> unix seconds, space, pseudonym; see attendance/erase.hpp.
#pragma once

#include <string>
#include <string_view>

namespace faceatt {

inline constexpr char kStoreSeparator = '\x1f';

class StoreKeys {
 public:
  explicit StoreKeys(const std::string& site) : site_(site), prefix_("faceatt:{" + site + "}:") {}

  std::string log() const { return prefix_ + "log"; }
  std::string keys_of(const std::string& date) const { return prefix_ + "keys:" + date; }
  std::string sent(const std::string& uid) const { return prefix_ + "sent:" + uid; }
  std::string people() const { return prefix_ + "people"; }
  std::string photos() const { return prefix_ + "photos"; }
  std::string changes() const { return prefix_ + "changes"; }
  std::string machines() const { return prefix_ + "machines"; }
  std::string erased() const { return prefix_ + "erased"; }
  // What stands for somebody who was erased: SHA-256, in hexadecimal, of "faceatt", the site and the id (NFC).
  std::string hash_of_id(const std::string& id) const;
  std::string hash_of_name(const std::string& name) const { return hash_of_id(kStoreSeparator + name); }
  // All of them, as a pattern for SCAN.
  std::string all() const;

 private:
  std::string site_, prefix_;
};

}  // namespace faceatt
