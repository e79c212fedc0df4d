#include "faceatt/store/keys.hpp"

#include "faceatt/core/file.hpp"

namespace faceatt {

std::string StoreKeys::hash_of_id(const std::string& id) const {
  return sha256_hex(std::string("faceatt") + kStoreSeparator + site_ + kStoreSeparator + id);
}

std::string StoreKeys::all() const { return prefix_ + "*"; }  // a site's name has no character of a pattern

}  // namespace faceatt
