#include "faceatt/store/keys.hpp"

namespace faceatt {

std::string StoreKeys::all() const { return prefix_ + "*"; }  // a site's name has no character of a pattern

}  // namespace faceatt
