#include "enroll_audit.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>

#include "cli/matching.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/file.hpp"
#include "faceatt/core/parallel.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/people/calibrate.hpp"
#include "faceatt/people/check.hpp"

namespace faceatt::cli {
namespace {

// The caches that some tool can be using, one for each pair of detector and encoder.
std::vector<GalleryOptions> caches_in_use(const Tool& tool) {
  const std::string& folder = tool.settings.text("models");
  std::vector<std::string> detectors{"hog"}, encoders;
  const ModelList models = ModelList::read(folder);
  for (const Model& model : models.all()) {
    if (model.role == "detect") detectors.push_back(model.name);
    if (model.role == "encode") encoders.push_back(model.name);
  }
  std::vector<GalleryOptions> caches;
  for (const auto& detector : detectors) {
    for (const auto& encoder : encoders) {
      caches.push_back(Stages({folder, detector, encoder, tool.seal()}).gallery_options(tool.db()));
    }
  }
  return caches;
}

FieldValue score_of(const Finding& finding) {
  return finding.score ? FieldValue(Decimal{*finding.score}) : FieldValue(std::monostate{});
}

void print(Output& out, const Finding& f) {
  out.record({{"file", f.file},
              {"id", f.id},
              {"finding", std::string(name_of(f.kind))},
              {"other_id", f.other_id},
              {"other_file", f.other_file},
              {"score", score_of(f)},
              {"reason", f.reason}},
             fmt::format("{}  {}: {}", printable(f.file), name_of(f.kind), f.reason));
}

std::string summary(const Gallery& gallery, std::size_t findings) {
  std::size_t people = 0, photos = 0, single = 0, listed = 0;
  for (const Person& person : gallery.people()) {
    people += !person.photos.empty();
    listed += person.photos.empty();
    photos += person.photos.size();
    single += person.usable_photos() == 1;
  }
  std::string text = fmt::format("{} people, {} photos: {}", people, photos,
                                 findings == 0 ? "ok" : fmt::format("{} findings", findings));
  if (single > 0) text += fmt::format("; {} people have one usable photo, more make them easier to recognise", single);
  if (listed > 0) text += fmt::format("; {} people of the roster have no photo", listed);
  return text;
}

FieldValue share(const std::optional<double>& value, int decimals = 4) {
  return value ? FieldValue(Decimal{*value, decimals}) : FieldValue(std::monostate{});
}

Record record_of(const CalibrationRow& row, const Calibration& all) {
  const auto of_genuine = [&](double value) { return row.miss.of > 0 ? share(value) : FieldValue(std::monostate{}); };
  return {{"level", row.level},
          {"threshold", Decimal{row.threshold}},
          {"comparisons", row.false_match.of},
          {"false_matches", row.false_match.hits},
          {"fmr", Decimal{row.false_match.value, 8}},
          {"fmr_upper", Decimal{row.false_match.high, 8}},
          {"genuine", row.miss.of},
          {"misses", row.miss.hits},
          {"fnmr", of_genuine(row.miss.value)},
          {"fnmr_low", of_genuine(row.miss.low)},
          {"fnmr_high", of_genuine(row.miss.high)},
          {"people", static_cast<std::int64_t>(all.people)},
          {"basis", row.basis},
          {"fpir", Decimal{row.fpir, 6}},
          {"fpir_ten_times", Decimal{row.fpir_ten, 6}},
          {"fpir_10", share(row.subset_fpir[0])},
          {"fpir_100", share(row.subset_fpir[1])},
          {"fpir_1000", share(row.subset_fpir[2])},
          {"suggested", std::string(row.level == all.level && !row.level.empty() ? "yes" : "no")}};
}

// The columns that fit a terminal.
Record short_record_of(const CalibrationRow& row, const Calibration& all) {
  const auto one_in = [](double rate) { return fmt::format("{:.2g}", rate); };
  Record record{{"level", row.level.empty() ? std::string("-") : row.level},
                {"threshold", Decimal{row.threshold, 3}},
                {"false matches", fmt::format("{} of {}", row.false_match.hits, row.false_match.of)},
                {"at most", one_in(row.false_match.high)},
                {"missed", fmt::format("{} of {}", row.miss.hits, row.miss.of)},
                {"from", row.miss.of > 0 ? percent(row.miss.low) : "-"},
                {"to", row.miss.of > 0 ? percent(row.miss.high) : "-"},
                {"strangers named", percent(row.fpir)},
                {"with 10 times the people", percent(row.fpir_ten)}};
  for (std::size_t i = 0; i < kSubsetSizes.size(); ++i) {
    static constexpr std::array<std::string_view, kSubsetSizes.size()> kNames = {"of 10", "of 100", "of 1000"};
    if (all.rows.front().subset_fpir[i]) record.push_back({kNames[i], percent(*row.subset_fpir[i])});
  }
  return record;
}

std::string suggestion(const Calibration& c, const Model& encoder) {
  std::string text;
  if (c.too_small) {
    text = fmt::format("{} people are too few to tell (20 and 300 comparisons are needed); ", c.people);
    text += encoder.thresholds.fmr ? fmt::format("rates are those of {} on LFW: ", encoder.name)
                                   : "the rates are upper bounds: ";
  }
  text += c.level.empty() ? fmt::format("no level fits; suggested: threshold {:.3f}", c.threshold)
                          : fmt::format("suggested: level {}", c.level);
  return text + fmt::format("; with {} people enrolled {} of strangers would be named", c.people, percent(c.fpir));
}

// Puts the suggestion into faceatt.toml; everything else in it stays.
void write_suggestion(const Tool& tool, const Calibration& c) {
  constexpr std::uint64_t kMostBytes = 1 << 20;
  const std::filesystem::path file = tool.db() / "faceatt.toml";
  std::error_code missing;
  const auto permissions = std::filesystem::status(file, missing).permissions();
  const bool is_new = !std::filesystem::exists(file, missing);
  std::string text = is_new ? std::string() : read_file(file, kMostBytes);
  if (c.level.empty()) {
    text = with_setting(text, "threshold", fmt::format("{:.3f}", c.threshold));
  } else {
    text = with_setting(with_setting(text, "level", '"' + c.level + '"'), "threshold", "");
  }
  try {
    replace_file(file, text);
    if (!is_new) std::filesystem::permissions(file, permissions);
  } catch (const std::system_error& e) {
    throw Error(ErrorCode::kCannotRun, fmt::format("{}: {}", file.string(), e.code().message()));
  }
  tool.note(fmt::format("{}: {} written", file.string(), c.level.empty() ? "threshold" : "level"));
}

}  // namespace

int calibrate_gallery(const Tool& tool, Output& out, const Stages& stages, const Gallery& gallery, bool write) {
  const Model& encoder = stages.encoder_model();
  CalibrationOptions options;
  options.thresholds = encoder.thresholds;
  options.threads = core_count();
  const auto& t = options.thresholds;
  options.more = {t.strict + (t.strict - t.normal), t.normal - (t.strict - t.normal) / 2, 2 * t.loose - t.normal};
  if (!tool.settings.text("threshold").empty()) options.more = {rule_of(tool, encoder).threshold};
  const Calibration result = calibrate(gallery, options);
  if (result.left_out > 0) {
    tool.warn(fmt::format("{} photos or people left out that --check finds wrong or enrolled twice", result.left_out));
  }
  if (result.rows.front().false_match.of == 0) {
    tool.error(fmt::format("{}: fewer than two people with usable photos: nothing to compare", tool.db().string()));
    return kNothingFound;
  }
  if (out.format() == Format::kText) {
    std::vector<Record> table;
    table.reserve(result.rows.size());
    for (const auto& row : result.rows) table.push_back(short_record_of(row, result));
    out.raw(format_table(table));
    out.raw(suggestion(result, encoder) + "\n");
  } else {
    for (const auto& row : result.rows) out.record(record_of(row, result));
    tool.note(suggestion(result, encoder));
  }
  if (write) write_suggestion(tool, result);
  return kDone;
}

int check_gallery(const Tool& tool, Output& out, const Stages& stages, const Gallery& gallery) {
  CheckOptions options;
  options.thresholds = stages.encoder_model().thresholds;
  options.threads = core_count();
  options.make_inspector = [&] { return stages.photo_inspector(); };
  options.progress = [&](std::size_t done, std::size_t total) { tool.progress("checking", done, total); };
  std::vector<Finding> findings = check(gallery, options);
  for (Finding& stale : check_folder(tool.db(), caches_in_use(tool))) findings.push_back(std::move(stale));
  for (const Finding& finding : findings) print(out, finding);
  tool.note(summary(gallery, findings.size()));
  return findings.empty() ? kDone : kNothingFound;
}

}  // namespace faceatt::cli
