#include "faceatt/people/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "faceatt/core/error.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/text.hpp"

namespace faceatt {
namespace {

constexpr float kProfile = 0.8F;     // yaw from which on a face is like no other view of it
constexpr std::size_t kBlock = 256;  // rows compared at a time
constexpr std::size_t kProbes = 64;  // photos handed to a thread at a time

// A usable photo.
struct Entry {
  const Person* person = nullptr;
  const GalleryPhoto* photo = nullptr;
  std::optional<Quality> quality;  // measured again, where it had to be
  std::string weakness;            // what enrolment would say; empty when it would take the photo
  bool is_copy = false;            // of another photo of the person, which is kept
  bool is_wrong = false;
  double other = -1;  // similarity to the nearest photo of anybody else, and whose it is
  std::size_t other_row = GalleryPhoto::kNoRow;
};

struct Alike {
  std::size_t a = 0, b = 0;  // rows, a < b
  double score = 0;
};

// The percentage from which on a photo is within every limit: then it need not be looked at again.
int sure_percent(const QualityLimits& limits) {
  const Quality good{200, 1, 128, 128, 0, 0, 0, {}};
  std::vector<Quality> at(5, good);
  at[0].inter_ocular = limits.min_inter_ocular;
  at[1].sharpness = limits.min_sharpness;
  at[2].brightness = limits.min_brightness;
  at[3].brightness = limits.max_brightness;
  at[4].yaw = limits.max_yaw;
  int sure = 0;
  for (const Quality& quality : at) sure = std::max(sure, quality.percent());
  return sure + 1;
}

class Audit {
 public:
  Audit(const Gallery& gallery, const CheckOptions& options)
      : gallery_(gallery), options_(options), limits_(CheckLimits::of(options.thresholds)) {
    entries_.resize(gallery.encodings().rows());
    for (const Person& person : gallery.people()) {
      for (const GalleryPhoto& photo : person.photos) {
        if (photo.row == GalleryPhoto::kNoRow) continue;
        entries_[photo.row].person = &person;
        entries_[photo.row].photo = &photo;
      }
    }
  }

  std::vector<Finding> run() {
    find_unusable();
    measure();
    find_copies();
    find_weak();
    compare_people();
    for (const auto& person : gallery_.people()) find_wrong(person);
    find_same_person();
    std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.kind, a.id, a.file) < std::tie(b.kind, b.id, b.file);
    });
    return std::move(findings_);
  }

 private:
  using Rows = std::vector<std::size_t>;

  static std::string file_of(const Entry& e) { return e.photo->path; }
  static std::string shown(const Entry& e) { return printable(e.photo->path); }

  Rows rows_of(const Person& person) const {
    Rows rows;
    for (const auto& photo : person.photos) {
      if (photo.row != GalleryPhoto::kNoRow) rows.push_back(photo.row);
    }
    return rows;
  }

  double similarity(std::size_t a, std::size_t b) const {
    float score = -1;
    gallery_.encodings().dot(gallery_.encodings().unpacked(a).data(), b, 1, &score);
    return score;
  }

  void find_unusable() {
    for (const Person& person : gallery_.people()) {
      if (person.photos.empty()) continue;  // of the roster only
      if (person.usable_photos() > 0) {
        for (const auto& photo : person.photos) {
          if (photo.usable()) continue;
          findings_.push_back({FindingKind::kUnusablePhoto,
                               photo.path,
                               person.id,
                               {},
                               {},
                               {},
                               fmt::format("cannot be used: {}; replace or remove it", photo.problem)});
        }
        continue;
      }
      const auto& first = person.photos.front();
      findings_.push_back(
          {FindingKind::kNoUsablePhoto,
           first.path,
           person.id,
           {},
           {},
           {},
           person.photos.size() == 1
               ? fmt::format("the only photo cannot be used: {}; nobody is recognised as this person; replace it",
                             first.problem)
               : fmt::format("none of {} photos can be used, this one: {}; nobody is recognised as this person; add a "
                             "good photo",
                             person.photos.size(), first.problem)});
    }
  }

  // Measures again the photos that may be under the limits.
  void measure() {
    if (!options_.make_inspector) return;
    const int sure = sure_percent(options_.quality);
    Rows doubtful;
    for (std::size_t row = 0; row < entries_.size(); ++row) {
      if (entries_[row].photo != nullptr && entries_[row].photo->quality < sure) doubtful.push_back(row);
    }
    using Work = OrderedWork<std::size_t, std::optional<Quality>>;
    std::size_t given = 0, done = 0;
    const auto next = [&] { return given < doubtful.size() ? std::optional(doubtful[given++]) : std::nullopt; };
    const auto make = [&]() -> typename Work::Worker {
      return [this, inspector = options_.make_inspector()](std::size_t row) {
        return inspector.quality(entries_[row].photo->path);
      };
    };
    Work::run(options_.threads, next, make, [&](std::size_t row, std::optional<Quality>&& quality) {
      if (quality) {
        entries_[row].weakness = quality_problem(*quality, options_.quality).value_or("");
        entries_[row].quality = *quality;
      }
      if (options_.progress) options_.progress(++done, doubtful.size());
    });
  }

  // Too poor a picture to say that it is of somebody else; a face turned a little is not.
  bool is_poor(const Entry& e) const {
    if (!e.quality || e.weakness.empty()) return false;
    QualityLimits lax = options_.quality;
    lax.max_yaw = kProfile;
    return quality_problem(*e.quality, lax).has_value();
  }

  bool is_blurred(const Entry& e) const { return e.quality && e.quality->sharpness < options_.quality.min_sharpness; }

  // Copies within a person: byte for byte, or alike and the same picture.
  void find_copies() {
    std::vector<std::vector<Alike>> work;  // for each person who has some
    for (const Person& person : gallery_.people()) {
      std::vector<Alike> pairs;
      const Rows rows = rows_of(person);
      for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
          const double score = similarity(rows[i], rows[k]);
          if (score >= limits_.candidate) pairs.push_back({rows[k], rows[i], score});
        }
      }
      if (!pairs.empty()) work.push_back(std::move(pairs));
    }
    using Work = OrderedWork<std::size_t, std::vector<double>>;
    std::size_t given = 0, done = 0;
    const auto next = [&] { return given < work.size() ? std::optional(given++) : std::nullopt; };
    const auto make = [&]() -> typename Work::Worker {
      const auto inspector = options_.make_inspector ? options_.make_inspector() : PhotoInspector{};
      return [&, inspector](std::size_t i) {
        std::vector<double> same;
        for (const Alike& pair : work[i]) same.push_back(same_picture(pair, inspector));
        return same;
      };
    };
    Work::run(options_.threads, next, make, [&](std::size_t i, std::vector<double>&& same) {
      for (std::size_t k = 0; k < same.size(); ++k) {
        if (same[k] >= limits_.copy) add_copy(work[i][k], same[k]);
      }
      if (options_.progress) options_.progress(++done, work.size());
    });
  }

  double same_picture(const Alike& pair, const PhotoInspector& inspector) const {
    const auto &a = *entries_[pair.a].photo, &b = *entries_[pair.b].photo;
    if (a.sha256 == b.sha256 && a.sha256 != Digest{}) return 1;
    return inspector.same_picture ? inspector.same_picture(a.path, b.path) : -1;
  }

  void add_copy(const Alike& pair, double same) {
    Entry *keep = &entries_[pair.a], *copy = &entries_[pair.b];
    if (keep->is_copy || copy->is_copy) return;          // of a third, which is named
    if (is_blurred(*keep) != is_blurred(*copy)) return;  // the blurred one is weak, and that is said
    const auto size = [](const Entry& e) {
      std::error_code ignored;
      const auto bytes = std::filesystem::file_size(e.photo->path, ignored);
      return ignored ? 0 : bytes;
    };
    // The better one stays.
    if (std::pair(copy->photo->quality, size(*copy)) > std::pair(keep->photo->quality, size(*keep))) {
      std::swap(keep, copy);
    }
    copy->is_copy = true;
    const bool same_bytes = keep->photo->sha256 == copy->photo->sha256 && keep->photo->sha256 != Digest{};
    findings_.push_back(
        {FindingKind::kNearDuplicate, file_of(*copy), copy->person->id, keep->person->id, file_of(*keep), same,
         same_bytes ? fmt::format("the same file as {}; remove one of them", shown(*keep))
                    : fmt::format("the same picture as {} (agreement {:.2f}, from {:.2f} on a copy); it adds nothing, "
                                  "remove it",
                                  shown(*keep), same, limits_.copy)});
  }

  void find_weak() {
    for (const Entry& e : entries_) {
      if (e.photo == nullptr || e.weakness.empty() || e.is_copy) continue;
      findings_.push_back({FindingKind::kWeakPhoto,
                           file_of(e),
                           e.person->id,
                           {},
                           {},
                           {},
                           fmt::format("{}; replace it with a better photo", e.weakness)});
    }
  }

  // Every photo against those of everybody else.
  void compare_people() {
    struct Seen {
      double other = -1;
      std::size_t other_row = GalleryPhoto::kNoRow;
      std::vector<Alike> alike;
    };
    using Work = OrderedWork<std::size_t, std::vector<Seen>>;
    const EncodingMatrix& all = gallery_.encodings();
    std::size_t given = 0;
    const auto next = [&]() -> std::optional<std::size_t> {
      const std::size_t first = given;
      given += kProbes;
      return first < all.rows() ? std::optional(first) : std::nullopt;
    };
    const auto look = [&](std::size_t first) {
      std::vector<Seen> seen(std::min(kProbes, all.rows() - first));
      std::vector<std::vector<float>> probes;
      probes.reserve(seen.size());
      for (std::size_t p = 0; p < seen.size(); ++p) probes.push_back(all.unpacked(first + p));
      std::vector<float> scores(kBlock);
      for (std::size_t block = 0; block < all.rows(); block += kBlock) {
        const std::size_t count = std::min(kBlock, all.rows() - block);
        for (std::size_t p = 0; p < seen.size(); ++p) {
          all.dot(probes[p].data(), block, count, scores.data());
          const double least = std::min(seen[p].other, limits_.same_person);
          for (std::size_t i = 0; i < count; ++i) {
            const double score = scores[i];
            if (!(score > least) || gallery_.person_of(block + i) == gallery_.person_of(first + p)) continue;
            if (score > seen[p].other) {
              seen[p].other = score;
              seen[p].other_row = block + i;
            }
            if (score >= limits_.same_person && first + p < block + i) {
              seen[p].alike.push_back({first + p, block + i, score});
            }
          }
        }
      }
      return seen;
    };
    Work::run(
        options_.threads, next, [&]() -> typename Work::Worker { return look; },
        [&](std::size_t first, std::vector<Seen>&& seen) {
          for (std::size_t p = 0; p < seen.size(); ++p) {
            entries_[first + p].other = seen[p].other;
            entries_[first + p].other_row = seen[p].other_row;
            alike_.insert(alike_.end(), seen[p].alike.begin(), seen[p].alike.end());
          }
        });
  }

  double best_of(std::size_t row, const Rows& rows) const {
    double best = -1;
    for (const std::size_t other : rows) {
      if (other != row) best = std::max(best, similarity(row, other));
    }
    return best;
  }

  // Clearly somebody else of the gallery.
  bool belongs_elsewhere(std::size_t row, double own, double least) const {
    const Entry& e = entries_[row];
    return e.other >= least && own < limits_.loose && e.other - own >= limits_.margin;
  }

  // Groups of photos that agree with each other (single linkage).
  std::vector<Rows> groups_of(const Rows& rows) const {
    std::vector<Rows> groups;
    for (const std::size_t row : rows) {
      Rows joined{row};
      std::vector<Rows> rest;
      for (Rows& group : groups) {
        if (best_of(row, group) >= limits_.different) {
          joined.insert(joined.end(), group.begin(), group.end());
        } else {
          rest.push_back(std::move(group));
        }
      }
      rest.push_back(std::move(joined));
      groups = std::move(rest);
    }
    for (Rows& group : groups) std::sort(group.begin(), group.end());
    std::sort(groups.begin(), groups.end());
    return groups;
  }

  // Copies of one picture are one vote.
  std::ptrdiff_t votes(const Rows& group) const {
    return std::max<std::ptrdiff_t>(
        1, std::count_if(group.begin(), group.end(), [&](std::size_t row) { return !entries_[row].is_copy; }));
  }

  void find_wrong(const Person& person) {
    Rows good, weak;
    for (const std::size_t row : rows_of(person)) (is_poor(entries_[row]) ? weak : good).push_back(row);
    auto groups = groups_of(good);
    if (groups.size() > 1) {
      const auto most = votes(*std::max_element(groups.begin(), groups.end(),
                                                [&](const Rows& a, const Rows& b) { return votes(a) < votes(b); }));
      std::stable_partition(groups.begin(), groups.end(), [&](const Rows& g) { return votes(g) == most; });
      const auto is_elsewhere = [&](const Rows& g) {
        return votes(g) < most || std::any_of(g.begin(), g.end(), [&](std::size_t row) {
                 return belongs_elsewhere(row, best_of(row, good), limits_.normal) ||
                        entries_[row].other >= limits_.same_person;
               });
      };
      const auto own =
          std::stable_partition(groups.begin(), groups.end(), [&](const Rows& g) { return !is_elsewhere(g); });
      auto claims = own - groups.begin();  // groups that could be the person
      if (claims == 0)
        claims = std::count_if(groups.begin(), groups.end(), [&](const Rows& g) { return votes(g) == most; });
      const Rows main = groups.front();
      if (claims > 1) add_unclear(person, groups, static_cast<std::size_t>(claims), good.size());
      for (auto i = static_cast<std::size_t>(claims); i < groups.size(); ++i) {
        for (const std::size_t row : groups[i]) add_wrong(row, best_of(row, main), main);
      }
      if (claims > 1) return;
      good = main;
    }
    const Rows all = rows_of(person);
    for (const std::size_t row : all) {
      const bool is_weak = std::find(weak.begin(), weak.end(), row) != weak.end();
      if (entries_[row].is_wrong || all.size() < 2) continue;
      const double own = best_of(row, all);
      if (!belongs_elsewhere(row, own, is_weak ? limits_.same_person : limits_.normal)) continue;
      // Unless the whole person is like the other: enrolled twice.
      const Rows theirs = rows_of(*entries_[entries_[row].other_row].person);
      const bool all_alike = std::any_of(good.begin(), good.end(), [&](std::size_t mine) {
        return mine != row && best_of(mine, theirs) >= limits_.loose;
      });
      if (!all_alike) add_wrong(row, own, good);
    }
  }

  void add_wrong(std::size_t row, double own, const Rows& main) {
    Entry& e = entries_[row];
    if (e.is_wrong) return;
    e.is_wrong = true;
    Finding finding{FindingKind::kWrongPhoto, file_of(e), e.person->id, {}, {}, own, {}};
    finding.reason =
        fmt::format("unlike the other photos of {}: similarity {:.2f} at most, {:.2f} and more is usual",
                    printable(e.person->id), own, own < limits_.different ? limits_.different : limits_.loose);
    if (e.other >= limits_.normal && e.other - own >= limits_.margin) {
      const Entry& other = entries_[e.other_row];
      finding.other_id = other.person->id;
      finding.other_file = file_of(other);
      finding.reason += fmt::format("; it looks like {} ({:.2f})", printable(other.person->id), e.other);
    } else if (!main.empty()) {
      finding.other_id = e.person->id;
      finding.other_file = file_of(entries_[main.front()]);
    }
    finding.reason += "; look at it, and move or remove it";
    findings_.push_back(std::move(finding));
  }

  void add_unclear(const Person& person, const std::vector<Rows>& groups, std::size_t claims, std::size_t photos) {
    const std::size_t a = groups[0].front(), b = groups[1].front();
    double score = -1;
    for (const std::size_t row : groups[0]) score = std::max(score, best_of(row, groups[1]));
    std::string others;
    for (std::size_t i = 1; i < claims; ++i) others += (i > 1 ? ", " : "") + shown(entries_[groups[i].front()]);
    findings_.push_back(
        {FindingKind::kWrongPhoto, file_of(entries_[a]), person.id, person.id, file_of(entries_[b]), score,
         fmt::format("the {} photos of {} are not of one person: this one and {} have a similarity of "
                     "{:.2f}, {:.2f} and more is usual; which is wrong cannot be told, look at them and "
                     "remove what is not {}",
                     photos, printable(person.id), others, score, limits_.different, printable(person.id)),
         true});
  }

  void find_same_person() {
    std::map<std::pair<std::string, std::string>, Alike> best;
    for (const Alike& pair : alike_) {
      const Entry &a = entries_[pair.a], &b = entries_[pair.b];
      if (a.is_wrong || b.is_wrong) continue;
      // Blurred faces are like each other, whoever they are.
      if ((is_poor(a) || is_poor(b)) && pair.score < limits_.candidate) continue;
      Alike& known = best[std::minmax(a.person->id, b.person->id)];
      if (pair.score > known.score) known = pair;
    }
    for (const auto& [ids, pair] : best) {
      const bool in_order = entries_[pair.a].person->id == ids.first;
      const Entry &a = entries_[in_order ? pair.a : pair.b], &b = entries_[in_order ? pair.b : pair.a];
      const bool same_bytes = a.photo->sha256 == b.photo->sha256 && a.photo->sha256 != Digest{};
      findings_.push_back(
          {FindingKind::kSamePerson, file_of(a), ids.first, ids.second, file_of(b), pair.score,
           same_bytes
               ? fmt::format("the same photo as {} of {}; remove it from one of them", shown(b), printable(ids.second))
               : fmt::format(
                     "looks like {} (similarity {:.2f}, from {:.2f} on one person): enrolled twice? Then remove "
                     "one of the two; if not, both will often be called ambiguous",
                     printable(ids.second), pair.score, limits_.same_person)});
    }
  }

  const Gallery& gallery_;
  const CheckOptions& options_;
  const CheckLimits limits_;
  std::vector<Entry> entries_;  // by row
  std::vector<Alike> alike_;    // photos of two people
  std::vector<Finding> findings_;
};

}  // namespace

const char* name_of(FindingKind kind) {
  switch (kind) {
    case FindingKind::kWrongPhoto:
      return "wrong_photo";
    case FindingKind::kSamePerson:
      return "same_person";
    case FindingKind::kNearDuplicate:
      return "near_duplicate";
    case FindingKind::kWeakPhoto:
      return "weak_photo";
    case FindingKind::kUnusablePhoto:
      return "unusable_photo";
    case FindingKind::kNoUsablePhoto:
      return "no_usable_photo";
    case FindingKind::kStaleFile:
      break;
  }
  return "stale_file";
}

CheckLimits CheckLimits::of(const ModelThresholds& t) {
  return {t.loose - 1.5 * (t.strict - t.loose), t.loose, t.normal, t.margin, t.strict, (t.strict + 1) / 2, 0.96};
}

std::vector<Finding> check(const Gallery& gallery, const CheckOptions& options) {
  return Audit(gallery, options).run();
}

}  // namespace faceatt
