#include "photo_queue.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "faceatt/core/text.hpp"
#include "faceatt/vision/photo.hpp"

namespace faceatt {

PhotoQueue::PhotoQueue(std::vector<std::string> arguments, bool nul, std::function<void(const std::string&)> warn)
    : warn_(std::move(warn)), is_stream_(std::find(arguments.begin(), arguments.end(), "-") != arguments.end()) {
  inputs_.emplace(std::move(arguments), nul);
  while (!is_stream_ && expand_one()) {
  }
}

PhotoQueue::PhotoQueue(const InboxListing& listing) {
  for (const auto& folder : listing.unreadable) {
    const std::string name = folder.string();
    waiting_.push_back({name, name + ": cannot be read, or photos cannot be moved out of it"});
  }
  for (const InboxPhoto& photo : listing.photos) waiting_.push_back({photo.path.string(), {}, photo});
  total_ = waiting_.size();
}

// The next argument as what is in it.
bool PhotoQueue::expand_one() {
  const auto input = inputs_ ? inputs_->next() : std::nullopt;
  if (!input) return false;
  std::vector<std::filesystem::path> unreadable;
  const auto files = photos_in(*input, unreadable);
  for (const auto& folder : unreadable) waiting_.push_back({folder.string(), folder.string() + ": cannot be read"});
  for (const auto& file : files) waiting_.push_back({file.string()});
  if (files.empty() && unreadable.empty()) warn_(printable(*input) + ": no photos in this folder");
  total_ += files.size() + unreadable.size();
  return true;
}

std::optional<QueuedPhoto> PhotoQueue::next() {
  while (waiting_.empty()) {
    if (!expand_one()) return std::nullopt;
  }
  QueuedPhoto photo = std::move(waiting_.front());
  waiting_.pop_front();
  return photo;
}

}  // namespace faceatt
