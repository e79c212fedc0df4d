// faceatt-enroll with a store: what it does to the people whom all machines share.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/erase_stored.hpp"
#include "faceatt/people/gallery.hpp"
#include "faceatt/people/store_people.hpp"
#include "faceatt/pipeline/stages.hpp"

namespace faceatt::cli {

// Each that changes something returns an exit code and throws StoreGone when the store is away.
class SharedPeople {
 public:
  SharedPeople(const StoreUrl& store, const Stages& stages, const Tool& tool, Output& out);

  // Everybody in the store; what this people folder has published only `with_own`.
  Gallery gallery(bool with_own, std::vector<std::string>& warnings);
  // Brings the store in line with the people folder, of which `folder` is the gallery.
  int publish_all(const Gallery& folder, bool with_photos, bool prune);
  // After people were enrolled in the folder: their records. `code` is that of the enrolment.
  int publish_enrolled(const std::set<std::string>& ids, bool with_photos, int code);

  bool has(const std::string& id);
  // The records of somebody, wherever they were enrolled; whether there were any.
  bool remove(const std::string& id);
  // Throws Error(kInput) when somebody has the id `to` already.
  void check_rename(const std::string& from, const std::string& to);
  bool rename(const std::string& from, const std::string& to);
  struct Erasure {
    std::string id, pseudonym;
    std::vector<std::string> encodings;   // of theirs, as far as they are known
    std::set<std::string> names, others;  // as erase_stored() wants them
  };
  // Erases and proves: nothing of them is left in the store, and every machine has forgotten them.
  int erase(const Erasure& what);
  // The same proof again, of somebody who was erased `at` these unix seconds.
  int prove_erased(const Erasure& what, std::int64_t at);
  bool is_in_log(const std::string& id) { return is_in_stored_log(link_, id); }
  std::optional<StorePeople::Erased> erased(const std::string& id) { return people_.erased(id); }
  std::string name() const { return link_.url().text(); }

 private:
  void warn_of_origins(const Records& records);
  void publish_again(const std::string& id);
  void refresh_snapshot();
  bool forget(const Erasure& what, const std::string& change);
  StoredErasure erase_rows(const Erasure& what);
  void tell_rows(const Erasure& what, const StoredErasure& log);
  bool wait_for_machines(const std::string& id, const std::string& change);

  const Stages& stages_;
  const Tool& tool_;
  Output& out_;
  StoreLink link_;
  StorePeople people_;
};

// The people of the folder and those of the store. For enrolling, what is of this folder is as it is there now; and
// when the store is away, its people are left out with a warning.
Gallery with_shared(const Gallery& folder, SharedPeople& shared, bool for_enrolling, const Tool& tool);

// A record of what was done to what a people folder, ours or another machine's, has in the store.
Record store_change(const std::string& origin, const std::string& id, const std::string& verdict,
                    const std::string& reason);

// "enrolled here; not published: WHY ...": what was done is done.
int not_published(const Tool& tool, const std::string& done, const Error& why);

}  // namespace faceatt::cli
