// The people of a site in a store: who there is, what changed, publishing and removing.
//
// Every change of a record is told in the stream `changes` by the same script that makes it. A reader keeps the id of
// the last change it took in and asks for those after it, whenever it comes back: what happened while it was away is
// not lost, as it would be with PUBLISH or keyspace notifications, which only reach those who listen just then. When
// the stream does not have a reader's change any more (it keeps some 100,000; or it is another store), the reader loads
// everybody anew.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "faceatt/people/people_copy.hpp"
#include "faceatt/people/person_record.hpp"
#include "faceatt/store/keys.hpp"
#include "faceatt/store/link.hpp"

namespace faceatt {

// A machine that follows the people of the site.
struct StoreMachine {
  std::string name;       // machine_name(): whose snapshot it is
  std::string program;    // faceatt-watch
  std::string applied;    // id of the last change that is in force there and in its snapshot
  std::int64_t seen = 0;  // unix seconds by the store's clock
  std::int64_t people = 0;
  bool stopped = false;  // it ended properly, with its snapshot as of `applied`
};

// "HOST:/spool/folder#1a2b3c4d" of this machine, for StoreMachine::name. Machines made from one image may have the same
// host name and folder: the digits are of a random number, kept in SPOOL/machine, which is made when there is none, of
// /etc/machine-id, and of the address of the first network device. Images that were taken of a running machine, with
// its spool, and whose copies share the latter two have one name all the same, and proof of an erasure is had of one of
// them only: empty the spool in such an image. A machine of which any of these changes is another one; what it was
// before stays in the store's list.
std::string machine_name(const std::filesystem::path& spool);

// All throw as StoreLink does.
class StorePeople {
 public:
  explicit StorePeople(StoreLink& link) : link_(link), keys_(link.url().site) {}

  struct Changes {
    bool anew = false;            // everybody was loaded
    std::set<std::string> ids;    // else: whose records are others now
    bool something_went = false;  // a record was removed, or another took its place
    bool any() const { return anew || !ids.empty(); }
  };
  // Brings a copy up to date: by the changes since it was, or by loading everybody. Adds to `changes` what is other
  // now, also when it throws half-way. Fields that name nobody are left out with a warning. A store in which nothing
  // ever was, when the copy has people, is gone (StoreGone): its server was started without its data.
  void update(PeopleCopy& copy, Changes& changes, std::vector<std::string>& warnings,
              const std::function<void(std::size_t done, std::size_t total)>& progress = {});
  // The same for a copy that is up to date with this store: waits up to `longest` for the next change.
  void wait(PeopleCopy& copy, std::chrono::milliseconds longest, Changes& changes, std::vector<std::string>& warnings);
  // Whether the stream still has the copy's last change, so that wait() misses nothing.
  bool is_complete(const PeopleCopy& copy);

  struct Publication {
    std::string field;                                   // RecordField::text()
    std::string value;                                   // CBOR; empty: the record goes, with the photos
    std::optional<std::string> instead_of;               // only when this value is there; unset: whatever is
    std::vector<std::pair<Digest, std::string>> photos;  // bytes that go along
    std::vector<Digest> gone;                            // photos whose bytes go
  };
  // The change that each made, in their order; empty where there was nothing to change, or another value was there.
  std::vector<std::string> publish(std::span<const Publication> publications);

  std::vector<std::optional<std::string>> values(std::span<const std::string> fields);
  // All records of a person; each record there is when `id` is empty.
  Records records_of(const std::string& id);
  // Whether the bytes of a photo are there.
  bool has_photo(const std::string& field, const Digest& digest);
  // The bytes of a photo; none when they were not published.
  std::optional<std::string> photo(const std::string& field, const Digest& digest);

  // Removes all there is of a person but for the rows of the log: records, photos, and their id in old changes. Notes
  // the hash of the id with the pseudonym that stands for it from now on, for machines that only hear of it later.
  // Returns the change.
  std::string erase(const std::string& id, const std::string& pseudonym);
  // When each of these ids was erased last, unix seconds; 0 for those who never were.
  std::vector<std::int64_t> erased_at(std::span<const std::string> ids);
  struct Erased {
    std::int64_t at = 0;  // unix seconds
    std::string pseudonym;
  };
  std::optional<Erased> erased(const std::string& id);
  // The change by which the last of those who were erased were, or, when it is not told any more, a later one: machines
  // that have taken it in have forgotten all of them.
  std::string change_of_erasures();
  // What is still there of somebody: "people: FIELD" and the like, where a name of a field or a value holds the id or
  // one of the encodings.
  std::vector<std::string> left_of(const std::string& id, const std::vector<std::string>& encodings);

  void tell(const StoreMachine& machine);  // with the store's time as `seen`
  void forget(const std::string& machine);
  std::vector<StoreMachine> machines();
  // Whether a program says that it follows the people, and was heard of just now.
  static bool is_live(const StoreMachine& machine, std::int64_t now);
  bool is_live(const std::string& name);
  std::int64_t now_us();  // the store's clock, unix microseconds

  const StoreKeys& keys() const { return keys_; }

 private:
  void load(PeopleCopy& copy, std::vector<std::string>& warnings,
            const std::function<void(std::size_t, std::size_t)>& progress);
  void take_in(PeopleCopy& copy, const StoreReply& entries, Changes& changes, std::vector<std::string>& warnings);
  void each_pair(const std::string& key, const std::string& pattern,
                 const std::function<void(std::string&& field, std::string&& value)>& visit);
  std::vector<std::string> changes_naming(const std::string& id);

  StoreLink& link_;
  StoreKeys keys_;
};

// The people of the store, or, when it cannot be reached, those of the snapshot.
struct OpenedCopy {
  PeopleCopy copy;
  StorePeople::Changes changes;  // since the snapshot was written
  bool is_away = false;          // the store; what there is of it is told in `warnings`
};
// Throws Error(kCannotRun) when there is neither.
OpenedCopy open_copy(StorePeople& people, const PeopleSnapshot& snapshot, std::vector<std::string>& warnings,
                     const std::function<void(std::size_t done, std::size_t total)>& progress = {});

}  // namespace faceatt
