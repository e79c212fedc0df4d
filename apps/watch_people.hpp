// Who is enrolled, for faceatt-watch: the gallery of the people asked for, kept up to date.
#pragma once

#include <memory>

#include "cli/tool.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/pipeline/people_source.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt {

class WatchedPeople {
 public:
  // Loads the people of folder or store, of --group if given, and follows them from then on. Warns of what cannot be
  // used. Throws as PeopleSource::load(), and UsageError for a group that there is none of.
  WatchedPeople(cli::Tool& tool, const Stages& stages);

  const Gallery& gallery() const { return *gallery_; }

  // Takes in what changed there since the last call. When there is a new gallery, `put_in_force` is called with
  // it while the one before is still there; returns whether. Never waits.
  bool take_news(const std::function<void(const Gallery&)>& put_in_force);

 private:
  void restrict(Gallery& gallery);

  cli::Tool& tool_;
  std::shared_ptr<Gallery> gallery_;
  bool group_is_there_ = true;
  std::unique_ptr<PeopleSource> source_;
};

}  // namespace faceatt
