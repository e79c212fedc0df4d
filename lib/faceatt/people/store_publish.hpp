// Brings a store in line with a people folder.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "faceatt/people/store_people.hpp"

namespace faceatt {

struct PublishRequest {
  std::filesystem::path folder;
  std::string fingerprint;                   // of the gallery's encodings
  std::optional<std::set<std::string>> ids;  // only these people; unset: everybody, and who is gone is looked for
  bool with_photos = false;                  // their bytes go along
  bool prune = false;                        // removes who is gone
  bool dry_run = false;
};

struct PublishOutcome {
  std::size_t added = 0, changed = 0, unchanged = 0;
  // Ids of people whom the store has from this folder, and who are not in it any more.
  std::vector<std::string> gone;
  // People who were erased in the store after all of their photos here were made: not published.
  std::vector<std::string> erased;
  // Photos that changed while they were published: these bytes did not go along.
  std::vector<std::string> left_out;
};

// `gallery` is that of the folder. What other models made of the same photos stays in the records. `progress` may be
// empty. Throws as StoreLink does; what was published until then is.
PublishOutcome publish_people(StorePeople& people, const Gallery& gallery, const PublishRequest& request,
                              const std::function<void(std::size_t done, std::size_t total)>& progress = {});

// What the folder says of a person, as of now.
PersonRecord record_of(const Gallery& gallery, const Person& person, const std::filesystem::path& folder,
                       const std::string& fingerprint);

}  // namespace faceatt
