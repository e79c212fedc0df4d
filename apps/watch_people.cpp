#include "watch_people.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "cli/people_source.hpp"
#include "faceatt/core/error.hpp"

namespace faceatt {

WatchedPeople::WatchedPeople(cli::Tool& tool, const Stages& stages) : tool_(tool) {
  std::vector<std::string> warnings;
  source_ = cli::people_source(tool_, stages);
  gallery_ = std::make_shared<Gallery>(source_->load(warnings));
  tool_.warn_all(warnings);
  if (!tool_.group().empty()) gallery_->restrict_to(tool_.group());
  if (gallery_->people().empty()) tool_.warn(source_->name() + ": nobody is enrolled");
  source_->follow();
}

// A slip in the roster does not open the door to everybody: without the group its people remain who they were.
void WatchedPeople::restrict(Gallery& gallery) {
  if (tool_.group().empty()) return;
  try {
    gallery.restrict_to(tool_.group());
    group_is_there_ = true;
  } catch (const UsageError& e) {
    gallery.restrict_as(*gallery_);
    if (std::exchange(group_is_there_, false)) {
      tool_.warn(std::string(e.what()) + "; going on with the people of it known so far");
    }
  }
}

bool WatchedPeople::take_news(const std::function<void(const Gallery&)>& put_in_force) {
  auto news = source_->take();
  if (!news) return false;
  tool_.warn_all(news->warnings);
  for (const auto& note : news->notes) tool_.note(note);
  if (!news->gallery) return false;
  restrict(*news->gallery);
  put_in_force(*news->gallery);
  gallery_ = std::move(news->gallery);
  tool_.note(fmt::format("{} changed: {} people", tool_.settings.text("store").empty() ? "people folder" : "people",
                         gallery_->people().size()));
  return true;
}

}  // namespace faceatt
