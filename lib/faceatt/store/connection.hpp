// One connection to one Redis server. Of link.cpp; built with hiredis, or without, when it can only refuse.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "faceatt/store/link.hpp"

namespace faceatt {

class StoreConnection {
 public:
  struct Answer {
    StoreReply reply;
    bool is_error = false;  // then reply.text says which
  };

  virtual ~StoreConnection() = default;
  // One answer for each command. Throws StoreGone when the connection broke or the time is over: it is of no use then.
  virtual std::vector<Answer> exchange(std::span<const StoreLink::Arguments> commands,
                                       std::chrono::milliseconds timeout) = 0;

  // Throws StoreGone; UsageError where the program was built without Redis.
  static std::unique_ptr<StoreConnection> open(const StoreEndpoint& server, bool tls, const std::string& ca_file,
                                               std::chrono::milliseconds timeout);
};

}  // namespace faceatt
