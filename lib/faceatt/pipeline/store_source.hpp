// The people of a store as a gallery, followed while a program runs. Of people_source.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/people/people_copy.hpp"
#include "faceatt/people/store_gallery.hpp"
#include "faceatt/people/store_people.hpp"
#include "faceatt/pipeline/people_source.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

class StoreSource final : public PeopleSource {
 public:
  StoreSource(const Options& options, const Stages& stages);
  ~StoreSource() override;  // waits for what is under way, some seconds where the network hangs

  std::string name() const override { return link_.url().text(); }
  Gallery load(std::vector<std::string>& warnings, const Progress& progress, std::size_t threads) override;
  void follow() override;
  std::optional<PeopleNews> take() override;

 private:
  using Steady = std::chrono::steady_clock;

  void take_name();
  void run();
  void look();
  void go_on_without(const std::exception& trouble) noexcept;
  void take_in(PeopleNews&& news);
  bool read_photos(const std::vector<JoinedPerson::Photo>& unread, std::size_t threads);
  Gallery make_gallery(std::vector<std::string>& warnings, std::size_t threads);
  void keep(bool at_once, std::vector<std::string>& warnings);
  void forget_marks(std::vector<std::string>& warnings);
  void check_clock();
  void tell(bool stopped);
  std::string applied();
  bool is_told_to_stop(int milliseconds) const;
  void deliver(PeopleNews&& news);

  const Options options_;
  const Stages& stages_;
  const StoreGalleryOptions gallery_options_;
  // Used by load(), from follow() on by its thread only.
  StoreLink link_;
  StorePeople people_;
  PeopleSnapshot snapshot_;
  PeopleCopy copy_;
  StorePeople::Changes pending_;  // in copy_, and not in a gallery yet
  std::string machine_;
  Descriptor name_lock_;  // of a name that no other program of this machine has; held while following
  std::size_t unread_told_ = 0, in_gallery_ = 0;
  std::set<std::pair<std::string, Digest>> tried_;  // photos that the store was asked for: field, content
  bool is_second_ = false, is_away_ = false, is_to_keep_ = false, has_gone_ = false, is_anew_ = false;
  bool is_spool_dirty_ = true;  // may have marks of people who were erased, also since before this program was started
  std::string dirty_since_;     // the change by which it is, to be in force first
  std::string trouble_, keep_trouble_, spool_trouble_;  // last told, so that it is told once
  Steady::time_point kept_at_{}, marks_at_{}, told_at_{}, clock_at_{};
  std::string told_;       // the change last told to the store
  double clock_told_ = 0;  // seconds
  // The changes that snapshot and spool have nobody of who went before them.
  std::string free_of_gone_, free_of_marks_;

  Descriptor stop_;
  std::mutex mutex_;
  std::optional<PeopleNews> news_;  // guarded by mutex_, as are these:
  std::string offered_, in_force_;  // the change that the gallery in news_ is of, and the one taken last
  std::thread thread_;
};

}  // namespace faceatt
