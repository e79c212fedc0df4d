// Keeps the gallery up to date while a program runs: photos that are dropped into the people folder, replaced or
// removed are in force within two seconds, and no frame waits for them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/people/gallery.hpp"

namespace faceatt {

class PeopleWatch {
 public:
  struct News {
    std::shared_ptr<Gallery> gallery;   // null when it could not be loaded: the one before stays in force
    std::vector<std::string> warnings;  // and why
  };
  // Loads the gallery anew. Called in a thread of its own, with low priority.
  using Load = std::function<Gallery(std::vector<std::string>& warnings)>;

  // Watches from now on; `state` is people_folder_state() from before the gallery in force was loaded, so that nothing
  // in between is missed. Where the kernel does not tell of changes (network folders, too many folders to watch), it
  // looks for itself, every 1.5 seconds.
  PeopleWatch(std::filesystem::path folder, std::size_t state, Load load);
  ~PeopleWatch();  // waits for a load that is under way
  PeopleWatch(const PeopleWatch&) = delete;
  PeopleWatch& operator=(const PeopleWatch&) = delete;

  // What changed since the last call, the newest only. Never waits.
  std::optional<News> take();

 private:
  void run();
  bool watch_folders();  // false: the kernel will not tell of every change
  bool wait(int milliseconds);
  void look();

  std::filesystem::path folder_;
  std::size_t state_;
  Load load_;
  Descriptor events_, stop_;
  std::string trouble_;  // last told, so that it is told once
  std::mutex mutex_;
  std::optional<News> news_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace faceatt
