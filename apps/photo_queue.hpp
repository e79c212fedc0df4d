// The photos that a run of faceatt-mark-photo works through, wherever they come from.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/inputs.hpp"
#include "faceatt/pipeline/inbox.hpp"

namespace faceatt {

struct QueuedPhoto {
  std::string file;
  std::string problem{};                   // nothing to look at: a folder that cannot be read, for one
  std::optional<InboxPhoto> from_inbox{};  // when it came out of one
};

class PhotoQueue {
 public:
  // Photos, folders of them, and - for a list on stdin; see cli::Inputs. `warn` hears of folders without a photo.
  PhotoQueue(std::vector<std::string> arguments, bool nul, std::function<void(const std::string&)> warn);
  explicit PhotoQueue(const InboxListing& listing);

  std::optional<QueuedPhoto> next();

  // The list on stdin may come slowly, and nobody knows how long it is.
  bool is_stream() const { return is_stream_; }
  // In all; 0 when it is not known.
  std::size_t total() const { return is_stream_ ? 0 : total_; }

 private:
  bool expand_one();

  std::optional<cli::Inputs> inputs_;
  std::function<void(const std::string&)> warn_;
  std::deque<QueuedPhoto> waiting_;
  std::size_t total_ = 0;
  bool is_stream_ = false;
};

}  // namespace faceatt
