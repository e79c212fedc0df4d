// Instead of connection.cpp where FACEATT_REDIS is off.
#include "faceatt/store/connection.hpp"

namespace faceatt {

std::unique_ptr<StoreConnection> StoreConnection::open(const StoreEndpoint&, bool, const std::string&,
                                                       std::chrono::milliseconds) {
  throw UsageError("--store: this faceatt was built without Redis (FACEATT_REDIS=OFF)");
}

bool has_store() { return false; }

}  // namespace faceatt
