// Takes a person out of the log of a store, as erase.hpp does out of files.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "faceatt/attendance/spool.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

struct StoredErasure {
  std::size_t rows = 0;             // of the person
  std::size_t mentions = 0;         // rows of others that named them
  std::vector<std::string> left{};  // what names them all the same, one line each

  std::size_t changed() const { return rows + mentions; }
};

// `names`: of the person besides the id and those in the log; `others`: ids and names of everybody else. Throws as
// StoreLink::call().
StoredErasure erase_stored(StoreLink& link, const std::string& id, std::set<std::string> names,
                           std::set<std::string> others, const std::string& pseudonym, bool dry_run);
// To be called before machines are told of an erasure: how they know names of the person (NFC) in notes of others.
void note_erased_names(StoreLink& link, const std::set<std::string>& names, const std::string& pseudonym);
bool is_in_stored_log(StoreLink& link, const std::string& id);

// Rows in this machine's spool of people who were erased in the store since go on as those of their pseudonyms, also
// rows that wait to be sent; notes of others that name them are emptied. How many there were. Throws as
// StoreLink::call() and Spool::update().
std::size_t forget_erased_rows(StoreLink& link, Spool& spool);

}  // namespace faceatt
