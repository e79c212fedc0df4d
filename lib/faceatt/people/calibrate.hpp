// How sure names are with the people enrolled here: false match and miss rates of the gallery itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "faceatt/people/gallery.hpp"
#include "faceatt/vision/models.hpp"

namespace faceatt {

// A share with its 95 % interval, all 0..1.
struct Rate {
  std::int64_t hits = 0, of = 0;
  double value = 0;
  double low = 0, high = 1;
};

// Interval of Wilson, two-sided (Wilson 1927, "Probable inference, the law of succession, and statistical inference").
Rate two_sided(std::int64_t hits, std::int64_t of);
// Upper bound only: 3 / of when there were no hits (rule of three, Hanley and Lippman-Hand 1983), else Wilson's with
// z = 1.645. `low` is 0.
Rate upper_bound(std::int64_t hits, std::int64_t of);

// Probability that a stranger is given a name of `people`, 1 - (1 - fmr)^people: comparisons taken as independent
// (Grother and Phillips 2004, "Models of large population recognition performance").
double expected_fpir(double fmr, double people);

// Rate per comparison measured for the model, between and beyond its levels on a straight line of log(rate); at most 1.
// Empty when models.toml gives none.
std::optional<double> model_fmr(const ModelThresholds& thresholds, double threshold);

// Thresholds that make sense: from loose minus twice what lies between loose and strict (0.20 for MobileFaceNet, where
// 1 in 31 comparisons of different people of LFW is a match) to nine tenths of the way from strict to 1 (0.95: only
// copies of a photo reach it).
struct ThresholdRange {
  double low, high;
};
ThresholdRange sensible_thresholds(const ModelThresholds& thresholds);

struct CalibrationOptions {
  ModelThresholds thresholds;
  std::vector<double> more;  // thresholds to measure besides the levels
  double aim = 0.01;         // most strangers who may be given a name
  std::size_t threads = 1;
};

constexpr std::array<std::size_t, 3> kSubsetSizes = {10, 100, 1000};

struct CalibrationRow {
  std::string level;  // empty for another threshold
  double threshold = 0;
  Rate false_match{};   // per comparison of a photo with a person who is somebody else
  Rate miss{};          // of a photo against the other photos of its person
  double fmr = 0;       // taken for what follows; see `basis`
  std::string basis{};  // "gallery", "model": too few false matches here, so the rate of the model; or "bound"
  double fpir = 0, fpir_ten = 0;  // expected for as many people as are enrolled, and for ten times as many
  // Measured: strangers in range of somebody, with random subsets of the people enrolled; empty when there are too few.
  std::array<std::optional<double>, kSubsetSizes.size()> subset_fpir{};
};

struct Calibration {
  std::size_t people = 0, photos = 0;  // that were compared
  std::size_t left_out = 0;            // photos and people that check() would report as wrong or enrolled twice
  bool too_small = false;              // under 20 people or 300 comparisons: the gallery alone tells nothing
  std::vector<CalibrationRow> rows;    // strict, normal, loose, then the others
  // The loosest level with which at most `aim` of the strangers are named; "" when there is none: then `threshold`.
  // Nothing looser than normal, and normal where no rate is known, when the gallery is too small to tell.
  std::string level;
  double threshold = 0;
  double fpir = 0;  // expected with it
};

// Compares every usable photo with the best photo of everybody else, and with the other photos of its person: as
// matching does. Photos and people that check() finds wrong or double are left out. A pair of people is seen from both
// sides; intervals count it once. Photos of one person are not independent, so that true intervals are wider.
// Deterministic. 10,000 photos take a few seconds.
Calibration calibrate(const Gallery& gallery, const CalibrationOptions& options);

}  // namespace faceatt
