#include "faceatt/people/calibrate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "faceatt/core/parallel.hpp"
#include "faceatt/people/check.hpp"

namespace faceatt {
namespace {

constexpr double kZTwoSided = 1.959964, kZOneSided = 1.644854;
constexpr std::size_t kFewPeople = 20;
constexpr std::int64_t kFewComparisons = 300;
constexpr std::int64_t kEnoughHits = 6;  // three pairs of people, seen from both sides
constexpr std::size_t kBlock = 256, kProbes = 64;
constexpr int kBins = 20000;  // of scores -1..1
constexpr std::size_t kTrials = 20, kMostStrangers = 500;

std::size_t bin_of(double score) {
  const double at = std::clamp((score + 1) * kBins / 2 + 1e-6, 0.0, static_cast<double>(kBins));
  return static_cast<std::size_t>(at);
}

// How many scores fell where.
struct Histogram {
  std::vector<std::int64_t> bins = std::vector<std::int64_t>(kBins + 1);

  void add(double score) { ++bins[bin_of(score)]; }
  std::int64_t from(double threshold) const {
    return std::accumulate(bins.begin() + static_cast<std::ptrdiff_t>(bin_of(threshold)), bins.end(), std::int64_t{0});
  }
  std::int64_t total() const { return std::accumulate(bins.begin(), bins.end(), std::int64_t{0}); }
};

Rate wilson(std::int64_t hits, std::int64_t of, double z) {
  Rate rate{hits, of};
  if (of <= 0) return rate;
  const auto n = static_cast<double>(of);
  rate.value = static_cast<double>(hits) / n;
  const double middle = rate.value + z * z / (2 * n);
  const double reach = z * std::sqrt(rate.value * (1 - rate.value) / n + z * z / (4 * n * n));
  rate.low = hits == 0 ? 0 : std::max(0.0, (middle - reach) / (1 + z * z / n));
  rate.high = std::min(1.0, (middle + reach) / (1 + z * z / n));
  return rate;
}

// The photos that are compared: rows of the gallery and whose they are, numbered without gaps.
struct Selection {
  std::vector<std::size_t> rows;
  std::vector<std::size_t> person;           // of each of `rows`
  std::vector<std::vector<std::size_t>> of;  // indices into `rows`, by person
  EncodingMatrix encodings;
  std::size_t left_out = 0;
};

Selection select(const Gallery& gallery, const ModelThresholds& thresholds) {
  CheckOptions options;
  options.thresholds = thresholds;
  std::set<std::string> wrong, unclear, twice;
  for (const Finding& finding : check(gallery, options)) {
    if (finding.kind == FindingKind::kWrongPhoto) {
      if (finding.unclear) unclear.insert(finding.id);
      wrong.insert(finding.file);
    }
    if (finding.kind == FindingKind::kSamePerson) twice.insert(finding.other_id);
  }
  Selection selection;
  selection.encodings = EncodingMatrix(gallery.encodings().dimension());
  for (const Person& person : gallery.people()) {
    if (twice.contains(person.id) || unclear.contains(person.id)) {
      ++selection.left_out;
      continue;
    }
    std::vector<std::size_t> mine;
    for (const auto& photo : person.photos) {
      if (photo.row == GalleryPhoto::kNoRow) continue;
      if (wrong.contains(photo.path)) {
        ++selection.left_out;
        continue;
      }
      mine.push_back(selection.rows.size());
      selection.rows.push_back(photo.row);
      selection.person.push_back(selection.of.size());
      selection.encodings.add(gallery.encodings().row(photo.row));
    }
    if (!mine.empty()) selection.of.push_back(std::move(mine));
  }
  return selection;
}

struct Scores {
  Histogram impostor, genuine;
};

// Every photo against the best photo of every other person, and the best other photo of its own.
class Comparison {
 public:
  explicit Comparison(const Selection& selection) : selection_(selection) {}

  Scores run(std::size_t threads) const {
    Scores sum;
    using Work = OrderedWork<std::size_t, Scores>;
    std::size_t given = 0;
    const auto next = [&]() -> std::optional<std::size_t> {
      const std::size_t first = given;
      given += kProbes;
      return first < selection_.rows.size() ? std::optional(first) : std::nullopt;
    };
    Work::run(
        threads, next, [&]() -> typename Work::Worker { return [this](std::size_t first) { return look(first); }; },
        [&](std::size_t, Scores&& scores) {
          for (std::size_t i = 0; i < sum.impostor.bins.size(); ++i) {
            sum.impostor.bins[i] += scores.impostor.bins[i];
            sum.genuine.bins[i] += scores.genuine.bins[i];
          }
        });
    return sum;
  }

 private:
  Scores look(std::size_t first) const {
    Scores scores;
    std::vector<float> best(selection_.of.size()), block(kBlock);
    const std::size_t last = std::min(first + kProbes, selection_.rows.size());
    for (std::size_t probe = first; probe < last; ++probe) {
      std::fill(best.begin(), best.end(), -2.0F);
      const auto encoding = selection_.encodings.unpacked(probe);
      for (std::size_t at = 0; at < selection_.rows.size(); at += kBlock) {
        const std::size_t count = std::min(kBlock, selection_.rows.size() - at);
        selection_.encodings.dot(encoding.data(), at, count, block.data());
        for (std::size_t i = 0; i < count; ++i) {
          if (at + i == probe) continue;
          float& mine = best[selection_.person[at + i]];
          mine = std::max(mine, block[i]);
        }
      }
      for (std::size_t person = 0; person < best.size(); ++person) {
        if (best[person] < -1.5F) continue;  // its only photo is the probe
        (person == selection_.person[probe] ? scores.genuine : scores.impostor).add(best[person]);
      }
    }
    return scores;
  }

  const Selection& selection_;
};

// The best score of strangers with random subsets of the people as the gallery.
std::vector<double> subset_scores(const Selection& selection, std::size_t size) {
  const std::size_t people = selection.of.size();
  std::vector<double> scores;
  if (people < size + size / 4 + 2) return scores;
  std::vector<std::size_t> order(people);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::mt19937_64 random(size);  // the same subsets in every run
  const std::size_t strangers = std::min(people - size, kMostStrangers);
  const std::size_t trials = std::max<std::size_t>(2, std::min(kTrials, 4'000'000 / (size * strangers)));
  for (std::size_t trial = 0; trial < trials; ++trial) {
    for (std::size_t i = 0; i + 1 < people; ++i) std::swap(order[i], order[i + random() % (people - i)]);
    for (std::size_t s = 0; s < strangers; ++s) {
      const auto probe = selection.encodings.unpacked(selection.of[order[size + s]].front());
      float best = -1, score = -1;
      for (std::size_t i = 0; i < size; ++i) {
        for (const std::size_t row : selection.of[order[i]]) {
          selection.encodings.dot(probe.data(), row, 1, &score);
          best = std::max(best, score);
        }
      }
      scores.push_back(best);
    }
  }
  return scores;
}

void estimate(CalibrationRow& row, const CalibrationOptions& options, const Calibration& result) {
  const auto of_model = model_fmr(options.thresholds, row.threshold);
  if (row.false_match.hits >= kEnoughHits && !result.too_small) {
    row.fmr = row.false_match.value;
    row.basis = "gallery";
  } else if (of_model) {
    row.fmr = result.too_small ? *of_model : std::max(*of_model, row.false_match.value);
    row.basis = row.fmr > *of_model ? "gallery" : "model";
  } else {
    row.fmr = row.false_match.high;
    row.basis = "bound";
  }
  row.fpir = expected_fpir(row.fmr, static_cast<double>(result.people));
  row.fpir_ten = expected_fpir(row.fmr, 10 * static_cast<double>(result.people));
}

}  // namespace

Rate two_sided(std::int64_t hits, std::int64_t of) { return wilson(hits, of, kZTwoSided); }

Rate upper_bound(std::int64_t hits, std::int64_t of) {
  Rate rate = wilson(hits, of, kZOneSided);
  rate.low = 0;
  if (hits == 0 && of > 0) rate.high = std::min(1.0, 3 / static_cast<double>(of));
  return rate;
}

double expected_fpir(double fmr, double people) { return fmr >= 1 ? 1 : -std::expm1(people * std::log1p(-fmr)); }

std::optional<double> model_fmr(const ModelThresholds& t, double threshold) {
  if (!t.fmr) return std::nullopt;
  const bool upper = threshold >= t.normal;
  const double x0 = upper ? t.normal : t.loose, x1 = upper ? t.strict : t.normal;
  const double y0 = std::log(upper ? t.fmr->normal : t.fmr->loose);
  const double y1 = std::log(upper ? t.fmr->strict : t.fmr->normal);
  return std::min(1.0, std::exp(y0 + (y1 - y0) * (threshold - x0) / (x1 - x0)));
}

ThresholdRange sensible_thresholds(const ModelThresholds& t) {
  const auto rounded = [](double value) { return std::round(value * 1e4) / 1e4; };
  return {rounded(t.loose - 2 * (t.strict - t.loose)), rounded(t.strict + 0.9 * (1 - t.strict))};
}

Calibration calibrate(const Gallery& gallery, const CalibrationOptions& options) {
  const Selection selection = select(gallery, options.thresholds);
  const Scores scores = Comparison(selection).run(options.threads);
  const std::int64_t comparisons = scores.impostor.total(), genuine = scores.genuine.total();

  Calibration result;
  result.people = selection.of.size();
  result.photos = selection.rows.size();
  result.left_out = selection.left_out;
  result.too_small = result.people < kFewPeople || comparisons < kFewComparisons;
  const ModelThresholds& t = options.thresholds;
  for (const auto& [level, threshold] : {std::pair("strict", t.strict), {"normal", t.normal}, {"loose", t.loose}}) {
    result.rows.push_back({level, threshold});
  }
  for (const double threshold : options.more) result.rows.push_back({"", threshold});
  std::array<std::vector<double>, kSubsetSizes.size()> subsets;
  for (std::size_t i = 0; i < subsets.size(); ++i) subsets[i] = subset_scores(selection, kSubsetSizes[i]);
  for (CalibrationRow& row : result.rows) {
    const std::int64_t hits = scores.impostor.from(row.threshold);
    row.false_match = upper_bound((hits + 1) / 2, comparisons / 2);  // each pair once
    row.false_match.hits = hits;
    row.false_match.of = comparisons;
    row.false_match.value = comparisons > 0 ? static_cast<double>(hits) / static_cast<double>(comparisons) : 0;
    row.miss = two_sided(genuine - scores.genuine.from(row.threshold), genuine);
    estimate(row, options, result);
    for (std::size_t i = 0; i < subsets.size(); ++i) {
      if (subsets[i].empty()) continue;
      const auto named =
          std::count_if(subsets[i].begin(), subsets[i].end(), [&](double score) { return score >= row.threshold; });
      row.subset_fpir[i] = static_cast<double>(named) / static_cast<double>(subsets[i].size());
    }
  }

  for (std::size_t i = result.too_small ? 2 : 3; i-- > 0;) {  // the loosest first
    const CalibrationRow& row = result.rows[i];
    const bool fits = row.fpir <= options.aim || (result.too_small && row.basis == "bound");
    if (!fits) continue;
    result.level = row.level;
    result.threshold = row.threshold;
    result.fpir = row.fpir;
    return result;
  }
  // Stricter than strict.
  const double highest = sensible_thresholds(t).high;
  CalibrationRow row;
  for (int step = 0; step < 100; ++step) {
    const double threshold = t.strict + step * (1 - t.strict) / 100;
    if (threshold > highest) break;
    row.threshold = std::ceil(threshold * 1000) / 1000;
    const std::int64_t hits = scores.impostor.from(row.threshold);
    row.false_match = upper_bound((hits + 1) / 2, comparisons / 2);
    row.false_match.hits = hits;
    row.false_match.value = comparisons > 0 ? static_cast<double>(hits) / static_cast<double>(comparisons) : 0;
    estimate(row, options, result);
    if (row.fpir <= options.aim) break;
  }
  result.threshold = row.threshold;
  result.fpir = row.fpir;
  return result;
}

}  // namespace faceatt
