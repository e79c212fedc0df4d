#include "faceatt/pipeline/store_source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <system_error>
#include <utility>

#include "faceatt/attendance/erase_stored.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr int kLowPriority = 3;  // nice value: frames come first, but a machine that is busy hears of people, too
constexpr auto kWait = 250ms;    // for a change, between two looks at whether the last is in force here
constexpr auto kRetry = 1s;      // between two tries to reach the store, or to write to this machine's disk
constexpr auto kTellEvery = 5s;  // that this machine is there
constexpr auto kClockEvery = 60s;
constexpr auto kKeepEvery = 5s;  // at most, while people come
constexpr int kMostPrograms = 100;
constexpr double kMostClockError = 2;  // seconds
constexpr StoreTimeouts kFollowing = {1500ms, 2000ms};

double own_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

StoreSource::StoreSource(const Options& options, const Stages& stages)
    : options_(options),
      stages_(stages),
      gallery_options_{stages.fingerprint(), static_cast<std::size_t>(stages.encoder_model().dimension)},
      link_(*options.store, kFollowing),
      people_(link_),
      snapshot_(options.spool, stages.seal()),
      stop_(::eventfd(0, EFD_CLOEXEC)) {}

StoreSource::~StoreSource() {
  if (!thread_.joinable()) return;
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

Gallery StoreSource::load(std::vector<std::string>& warnings, const Progress& progress, std::size_t threads) {
  auto opened = open_copy(people_, snapshot_, warnings, progress);
  machine_ = machine_name(options_.spool);
  copy_ = std::move(opened.copy);
  is_away_ = opened.is_away;
  is_anew_ = opened.changes.anew;
  has_gone_ = opened.changes.something_went;
  is_to_keep_ = opened.changes.any() || snapshot_.is_to_seal();
  Gallery gallery = make_gallery(warnings, threads);
  keep(true, warnings);
  in_force_ = copy_.change;
  if (is_away_) return gallery;
  try {
    forget_marks(warnings);
    if (is_spool_dirty_) return gallery;  // nor is it told that they are forgotten here
    // A program that runs on has its say about this snapshot itself; of one that does not, what it leaves.
    if (!people_.is_live(machine_)) tell(true);
  } catch (const Error&) {  // it went just now, or allows no writing; the people are here
  }
  return gallery;
}

Gallery StoreSource::make_gallery(std::vector<std::string>& warnings, std::size_t threads) {
  std::vector<std::string> problems;
  StoreGallery made = gallery_of(copy_.records, gallery_options_, problems);
  if (!is_away_ && read_photos(made.unread, threads)) {
    problems.clear();
    made = gallery_of(copy_.records, gallery_options_, problems);
  }
  warnings.insert(warnings.end(), problems.begin(), problems.end());
  if (const std::size_t unread = made.unread.size(); unread != std::exchange(unread_told_, unread) && unread > 0) {
    warnings.push_back(
        fmt::format("{} photo{} no encoding of this model, as in {}; publish them with it, or with --with-photos",
                    unread, unread == 1 ? " has" : "s have", printable(made.unread.front().path)));
  }
  in_gallery_ = made.gallery.people().size();
  return std::move(made.gallery);
}

// Of photos that were published with their bytes this model's encodings are made here, once for all machines. Whether
// there were any.
bool StoreSource::read_photos(const std::vector<JoinedPerson::Photo>& unread, std::size_t threads) {
  struct Job {
    std::string path, field;
    Digest sha256;
    std::string bytes;
  };
  using Work = OrderedWork<Job, PhotoReading>;
  auto at = unread.begin();
  std::size_t field = 0;  // of *at
  bool has_read = false;
  const auto next = [&]() -> std::optional<Job> {
    for (; at != unread.end(); ++at, field = 0) {
      while (field < at->fields.size()) {
        const std::string& one = at->fields[field++];
        if (!tried_.emplace(one, at->sha256).second) continue;
        auto bytes = people_.photo(one, at->sha256);
        if (!bytes || sha256(*bytes) != at->sha256) continue;
        field = at->fields.size();  // once is enough
        return Job{at->path, one, at->sha256, std::move(*bytes)};
      }
    }
    return std::nullopt;
  };
  const auto make_worker = [&]() -> Work::Worker {
    return [reader = stages_.portrait_reader(kGalleryLimits)](const Job& job) {
      const Portrait portrait = reader(job.path, job.bytes);
      EncodingMatrix packed(portrait.encoding.size());
      if (portrait.usable()) packed.add(portrait.encoding);
      return PhotoReading{portrait.problem, portrait.quality,
                          portrait.usable() ? encoding_bytes(packed.row(0)) : std::string()};
    };
  };
  const auto accept = [&](const Job& job, PhotoReading&& reading) {
    const auto known = copy_.records.find(job.field);
    PersonRecord record = PersonRecord::from_cbor(known->second);
    for (PhotoRecord& photo : record.photos) {
      if (photo.sha256 == job.sha256) photo.readings[reading_key(gallery_options_.fingerprint)] = reading;
    }
    std::string value = record.to_cbor();
    try {
      // Not when the record was changed meanwhile: then that change comes here, too.
      people_.publish(std::array{StorePeople::Publication{known->first, value, known->second, {}, {}}});
    } catch (const StoreGone&) {
      throw;
    } catch (const Error&) {  // this machine may not write: it has its encodings for itself
    }
    known->second = std::move(value);
    is_to_keep_ = has_read = true;
  };
  try {
    Work::run(threads, next, make_worker, accept);
  } catch (const Error&) {  // the store went; the rest when this machine is started again
  }
  return has_read;
}

// The snapshot. What somebody left must not stay on this disk; newcomers can wait a little.
void StoreSource::keep(bool at_once, std::vector<std::string>& warnings) {
  if (!is_to_keep_) {
    free_of_gone_ = copy_.change;
    return;
  }
  if (!has_gone_) free_of_gone_ = copy_.change;
  const auto wait = !has_gone_ ? kKeepEvery : keep_trouble_.empty() ? 0s : kRetry;
  if (!at_once && Steady::now() - kept_at_ < wait) return;
  kept_at_ = Steady::now();
  try {
    snapshot_.save(copy_, is_anew_);
    is_to_keep_ = has_gone_ = is_anew_ = false;
    keep_trouble_.clear();
    free_of_gone_ = copy_.change;
  } catch (const std::exception& e) {
    const std::string why = fmt::format(
        "{}: not written: {}; without it this machine cannot start while the store is "
        "away",
        printable(snapshot_.file().string()), e.what());
    if (std::exchange(keep_trouble_, why) != why) warnings.push_back(why);
    if (!has_gone_) return;
    std::error_code error;  // better none than one with people who are to be forgotten
    std::filesystem::remove(snapshot_.file(), error);
    if (error) return;
    free_of_gone_ = copy_.change;
    has_gone_ = false;
  }
}

// Marks, in the spool, of people who were erased. While the gallery without them is not in force more may come, and
// what cannot be rewritten is not forgotten: until then this machine does not say so.
void StoreSource::forget_marks(std::vector<std::string>& warnings) {
  if (!is_spool_dirty_) {
    free_of_marks_ = copy_.change;
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    if (comes_before(in_force_, dirty_since_)) return;
  }
  if (!spool_trouble_.empty() && Steady::now() - marks_at_ < kRetry) return;
  marks_at_ = Steady::now();
  try {
    Spool spool(options_.spool);
    forget_erased_rows(link_, spool);
    is_spool_dirty_ = false;
    spool_trouble_.clear();
    free_of_marks_ = copy_.change;
  } catch (const StoreGone&) {
    throw;
  } catch (const std::exception& e) {
    const std::string why = fmt::format("{}; marks of people who were erased are still there", e.what());
    if (std::exchange(spool_trouble_, why) != why) warnings.push_back(why);
  }
}

// Two programs that follow with one spool have two names, or erasing somebody would wait for one of them only. The
// second one's goes with it, as the snapshot is both's.
void StoreSource::take_name() {
  for (int number = 1; number <= kMostPrograms; ++number) {
    Descriptor lock(::open((options_.spool / fmt::format("following.{}", number)).c_str(),
                           O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock) return;  // the spool cannot be written to, which is told
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    name_lock_ = std::move(lock);
    if (number > 1) machine_ += fmt::format(" ({})", number);
    is_second_ = number > 1;
    return;
  }
}

void StoreSource::follow() {
  take_name();
  told_at_ = {};
  thread_ = std::thread([this] { run(); });
}

std::optional<PeopleNews> StoreSource::take() {
  const std::lock_guard lock(mutex_);
  if (news_) in_force_ = offered_;
  return std::exchange(news_, std::nullopt);
}

bool StoreSource::is_told_to_stop(int milliseconds) const {
  pollfd wait{stop_.get(), POLLIN, 0};
  return ::poll(&wait, 1, milliseconds) > 0;
}

void StoreSource::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLowPriority);
  while (!is_told_to_stop(0)) {
    bool is_well = false;
    try {
      look();
      trouble_.clear();
      is_well = true;
    } catch (const std::exception& e) {
      go_on_without(e);
    }
    if (!is_well && is_told_to_stop(static_cast<int>(milliseconds(kRetry).count()))) break;
  }
  try {
    std::vector<std::string> too_late;
    keep(true, too_late);
    if (link_.is_connected()) is_second_ ? people_.forget(machine_) : tell(true);
  } catch (const std::exception&) {  // it was told what matters before
  }
}

// The door goes on with whom it knows, and with what was heard before. The thread lives on, whatever happens.
void StoreSource::go_on_without(const std::exception& trouble) noexcept {
  try {
    link_.close();
    const bool is_gone = dynamic_cast<const StoreGone*>(&trouble) != nullptr;
    const bool is_new =
        is_gone ? !std::exchange(is_away_, true) : std::exchange(trouble_, trouble.what()) != trouble.what();
    if (is_new) {
      PeopleNews news;
      news.warnings.push_back(fmt::format("store: {}; going on with the people known so far", trouble.what()));
      deliver(std::move(news));
    }
    take_in({});
  } catch (const std::exception&) {  // as when there is no memory: the next look tries it again
  }
}

// One look at the store: waits a little for a change.
void StoreSource::look() {
  PeopleNews news;
  // Follows from now on: whoever erases somebody waits for this machine.
  if (link_.is_connected() && told_at_ == Steady::time_point{}) tell(false);
  if (!link_.is_connected() || Steady::now() - told_at_ >= kTellEvery) {
    // Whatever happened to the store meanwhile: emptied, started with other data, gone over to another server.
    people_.update(copy_, pending_, news.warnings);
    told_.clear();
  } else {
    people_.wait(copy_, kWait, pending_, news.warnings);
  }
  if (std::exchange(is_away_, false)) {
    news.notes.emplace_back("the store is back");
    clock_at_ = {};
  }
  take_in(std::move(news));
  PeopleNews of_marks;
  forget_marks(of_marks.warnings);
  deliver(std::move(of_marks));
  if (Steady::now() - clock_at_ >= kClockEvery) check_clock();
  if (applied() != told_) tell(false);
}

// Makes a gallery of what has changed, and keeps it. What is in pending_ stays there until the gallery is delivered.
void StoreSource::take_in(PeopleNews&& news) {
  std::vector<std::string> warnings;
  if (pending_.any()) {
    std::erase_if(tried_, [&](const auto& photo) {
      return pending_.anew || pending_.ids.contains(photo.first.substr(0, photo.first.find(kStoreSeparator)));
    });
    is_to_keep_ = true;
    has_gone_ |= pending_.something_went;
    is_anew_ |= pending_.anew;
    if (pending_.anew) {  // as when somebody was erased
      is_spool_dirty_ = true;
      dirty_since_ = copy_.change;
    }
    news.gallery = std::make_shared<Gallery>(make_gallery(news.warnings, 1));
    deliver(std::move(news));
    pending_ = {};
  } else {
    deliver(std::move(news));
    // Changes of no consequence here are in force at once.
    const std::lock_guard lock(mutex_);
    if (!news_ || !news_->gallery) in_force_ = copy_.change;
    offered_ = copy_.change;
  }
  keep(false, warnings);
  PeopleNews of_disk;
  of_disk.warnings = std::move(warnings);
  deliver(std::move(of_disk));
}

void StoreSource::deliver(PeopleNews&& news) {
  if (!news.gallery && news.warnings.empty() && news.notes.empty()) return;
  const std::lock_guard lock(mutex_);
  if (news_) {
    news.warnings.insert(news.warnings.begin(), news_->warnings.begin(), news_->warnings.end());
    news.notes.insert(news.notes.begin(), news_->notes.begin(), news_->notes.end());
    if (!news.gallery) news.gallery = std::move(news_->gallery);
  }
  if (news.gallery) offered_ = copy_.change;
  news_ = std::move(news);
}

// The last change that is in force here, and of which neither snapshot nor spool has anybody who went.
std::string StoreSource::applied() {
  const std::lock_guard lock(mutex_);
  return std::min({in_force_, free_of_gone_, free_of_marks_}, comes_before);
}

void StoreSource::tell(bool stopped) {
  const std::string change = applied();
  people_.tell({machine_, options_.program, change, 0, static_cast<std::int64_t>(in_gallery_), stopped});
  told_ = change;
  told_at_ = Steady::now();
}

void StoreSource::check_clock() {
  PeopleNews news;
  clock_at_ = Steady::now();
  const double before = own_seconds();
  const double server = static_cast<double>(people_.now_us()) / 1e6;
  const double ahead = (before + own_seconds()) / 2 - server;
  const bool is_wrong = std::abs(ahead) > kMostClockError;
  if (is_wrong && std::abs(ahead - clock_told_) > kMostClockError) {
    news.warnings.push_back(fmt::format("this machine's clock is {:.0f} s {} the store's", std::abs(ahead),
                                        ahead > 0 ? "ahead of" : "behind"));
    clock_told_ = ahead;
  } else if (!is_wrong && clock_told_ != 0) {
    news.notes.emplace_back("this machine's clock is right again, by the store's");
    clock_told_ = 0;
  }
  deliver(std::move(news));
}

}  // namespace faceatt
