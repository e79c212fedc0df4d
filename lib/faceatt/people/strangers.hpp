// The folder of strangers' visits: one picture for each, who of them is the same person, and how long they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "faceatt/core/file.hpp"
#include "faceatt/people/match.hpp"
#include "faceatt/people/stranger_file.hpp"
#include "faceatt/people/stranger_groups.hpp"

namespace faceatt {

struct StrangersOptions {
  std::string fingerprint;    // Stages::fingerprint()
  std::size_t dimension = 0;  // of its encodings
  double same_person = 0;     // average similarity from which visits are of one person: the model's level normal
  double enrolled = 0;        // similarity to somebody enrolled from which no picture is kept: the level loose
  int keep_days = 30;         // 0: for ever
  std::uint64_t most_bytes = std::uint64_t{500} << 20;  // of all pictures and sidecars; 0: no limit
  Seal seal = {};                                       // of pictures and sidecars; those that are plain stay so
};

// Files: STEM.jpg and STEM.json (stranger_file.hpp), .last_group with the last number given to a group; 0600 in a
// folder that is made 0700. Whatever is no visit is never touched: one is a regular JPEG file that has a sidecar, or is
// named as visit_stem() does. Links are not followed.
//
// A picture is written before its sidecar and removed before it: a picture without a sidecar belongs to no group but
// goes in its time, a sidecar without a picture is removed when it is seen, and so is what a crash left half written.
//
// A folder with sidecars that are sealed with a key that is not here is not used at all, Error(kCannotRun): who they
// are of could not be told, nor could anybody who is enrolled since be forgotten.
//
// Several processes may use one folder; each change is made under a lock on it, after taking in what others changed.
// Not thread-safe, but for use in any one thread at a time. Waits for the disk (fsync).
class Strangers {
 public:
  // Reads the folder, made when it is not there, and removes what is over age or too much. Throws Error(kCannotRun).
  Strangers(std::filesystem::path folder, StrangersOptions options, const LocalTime& now);

  struct Added {
    std::filesystem::path file;         // the picture; empty when none is kept
    std::optional<Candidate> enrolled;  // why none is kept: whom it may be; of `gallery`
    std::string group;
    std::size_t visits_before = 0;  // of this group, as far as they are kept
    LocalTime first_seen;           // the time of the first of them, or of this visit
  };
  // Keeps a visit, unless it may be somebody enrolled. Two groups that turn out to be one person become one, under the
  // older name. Room is made first, as expire(visit.time) does. Throws Error(kInput); then nothing of the visit is
  // there, and the next call reads the folder anew. `visit.encoding` is a unit vector of `dimension` numbers.
  Added add(const StrangerVisit& visit, std::string_view jpeg, const Gallery& gallery);

  struct Forgotten {
    std::string group;
    std::string id, name;  // who is enrolled now
    std::size_t pictures = 0;
  };
  // Removes visits of people who were enrolled since: those that reach `rule.threshold`, and with them the whole group
  // when at least half of it are the same person. Compares every visit with every photo (10,000 with 1,000: 0.1 s).
  // Throws Error(kInput); what was removed by then stays removed.
  std::vector<Forgotten> forget_enrolled(const Gallery& gallery, const MatchRule& rule);

  // Other limits from now on, see StrangersOptions; in force with the next expire() or add().
  void limit(int keep_days, std::uint64_t most_bytes);
  // Removes visits over `keep_days` old, and the oldest while there are more than `most_bytes`. Returns how many.
  // Throws Error(kInput).
  std::size_t expire(const LocalTime& now);

  std::size_t visits() const { return visits_.size(); }
  std::uint64_t bytes() const { return bytes_; }
  std::size_t groups() const { return groups_.size(); }

 private:
  struct Visit {
    FileStamp picture;
    std::optional<FileStamp> sidecar;
    LocalTime time;
    int group = 0;      // 0: of none
    Encoding encoding;  // empty when it is of no group

    std::uint64_t bytes() const { return picture.size + (sidecar ? sidecar->size : 0); }
  };
  using Visits = std::map<std::string, Visit>;  // by stem
  struct Listing;

  template <typename Change>
  auto locked(const Change& change);
  void refresh(const std::optional<FileStamp>& known);
  void read_again(const Listing& listing);
  void read(const std::string& stem);
  void forget(Visits::iterator visit);  // in memory
  void remove(Visits::iterator visit);  // with its files
  std::size_t make_room(const LocalTime& now, std::uint64_t bytes);
  void merge_twins(int& group);
  void rewrite_group(int from, int into);
  int next_group();
  std::string create_picture(const StrangerVisit& visit, std::string_view jpeg);
  std::vector<Visits::iterator> all_of(int group);
  std::filesystem::path path_of(const std::string& stem, const char* extension) const;

  std::filesystem::path folder_;
  StrangersOptions options_;
  Visits visits_;
  StrangerGroups groups_;
  int last_group_ = 0;
  std::uint64_t bytes_ = 0;
  std::optional<FileStamp> folder_stamp_;  // when the folder was as it is known; empty: it has to be read
};

// Whom of the gallery a face is most like, of the group asked for or not, when that reaches `least`.
std::optional<Candidate> find_enrolled(const Gallery& gallery, const Encoding& face, double least);

}  // namespace faceatt
