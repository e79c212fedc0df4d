// Where the gallery comes from: a people folder, or a store that several machines share.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/core/parallel.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/store/url.hpp"

namespace faceatt {

struct PeopleNews {
  std::shared_ptr<Gallery> gallery;   // null when there is no other: the one before stays in force
  std::vector<std::string> warnings;  // what cannot be used, and why
  std::vector<std::string> notes;     // what is well again
};

class PeopleSource {
 public:
  struct Options {
    std::filesystem::path folder;  // when there is no store
    std::optional<StoreUrl> store;
    std::filesystem::path spool;  // where the people of the store are kept for when it is away
    std::string program;          // as the store's list of machines calls it
  };
  using Progress = std::function<void(std::size_t done, std::size_t total)>;

  virtual ~PeopleSource() = default;
  // `stages` outlives it.
  static std::unique_ptr<PeopleSource> create(const Options& options, const Stages& stages);

  // "people", or the store's URL without a password: for messages.
  virtual std::string name() const = 0;
  // To be called first, once. Throws Error(kCannotRun) when the people can be had from nowhere.
  virtual Gallery load(std::vector<std::string>& warnings, const Progress& progress = {},
                       std::size_t threads = core_count()) = 0;
  // From now on changes since load() are taken in, in a thread of low priority.
  virtual void follow() = 0;
  // What changed since the last call, the newest only. Never waits. Whoever takes a gallery puts it in force.
  virtual std::optional<PeopleNews> take() = 0;
};

}  // namespace faceatt
