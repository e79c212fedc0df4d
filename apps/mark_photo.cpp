// faceatt-mark-photo: marks everybody who is recognised in photos.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <set>

#include "cli/inputs.hpp"
#include "cli/matching.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "cli/tool.hpp"
#include "faceatt/attendance/log.hpp"
#include "faceatt/attendance/rules.hpp"
#include "faceatt/core/error.hpp"
#include "faceatt/core/text.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/pipeline/photo_time.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/photo.hpp"
#include "mark_annotate.hpp"
#include "mark_records.hpp"
#include "mark_review.hpp"

using namespace faceatt;

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-mark-photo",
                  "[OPTIONS] PHOTO|FOLDER|- ...",
                  "Marks everybody who is recognised in photos as present.\n\n"
                  "  faceatt-mark-photo class.jpg                     one photo, on its day\n"
                  "  faceatt-mark-photo --format csv photos/ > out.csv\n"
                  "  find inbox -name '*.jpg' | faceatt-mark-photo -  a list of files",
                  "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some photos\n"
                  "failed, 4 cannot run (people folder, model, log), 130/143 stopped by a signal.",
                  {"db", "log", "models", "format", "level", "threshold", "detector", "encoder"}});
  cli::Output out(tool);
  std::vector<std::string> arguments;
  std::string liveness = "off", annotate, at, review;
  bool nul = false, lists_absent = false, ignores_exif = false;
  tool.app.add_option("PHOTO", arguments, "Photos, folders of photos, - for a list on stdin")->required();
  tool.app.add_option("--liveness", liveness, "passive: no mark for a face on paper or a screen")
      ->type_name("NAME")
      ->default_str("off");
  tool.app.add_option("--at", at, "When the photos were taken that have no EXIF time")->type_name("TIME");
  tool.app.add_flag("--no-exif", ignores_exif, "Do not use EXIF times: the camera's clock is wrong");
  tool.app.add_flag("-0,--null", nul, "The list on stdin has NUL, not newline, after each name");
  tool.add_group_option("Name only people of this group of roster.csv");
  tool.app.add_option("--annotate", annotate, "Folder for the photos with boxes and names drawn in")->type_name("DIR");
  tool.app.add_option("--review", review, "Folder for a sheet of doubtful faces, for you to check")->type_name("DIR");
  tool.app.add_flag("--absent", lists_absent, "List who is expected and in none of the photos");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Recognise, but write nothing to the log");

  return tool.main(argc, argv, [&]() -> int {
    Stages stages({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")});
    const MatchRule rule = cli::rule_of(tool, stages.encoder_model());
    if (liveness != "off" && liveness != "passive") {
      throw UsageError(fmt::format("--liveness: must be off or passive for photos, not '{}'", liveness));
    }
    const auto told = at.empty() ? std::nullopt : std::optional(parse_time(at));
    const bool judges_liveness = liveness == "passive";
    PhotoReader reader(stages, {core_count(), judges_liveness});
    std::vector<std::string> warnings;
    Gallery gallery = stages.load_gallery(tool.db(), warnings, [&](std::size_t done, std::size_t total) {
      tool.progress("reading the people folder", done, total);
    });
    tool.warn_all(warnings);
    if (!tool.group().empty()) gallery.restrict_to(tool.group());
    if (gallery.people().empty()) tool.warn(tool.db().string() + ": nobody is enrolled");
    cli::describe_rule(tool, stages.encoder_model(), rule, gallery.people().size());
    tool.detail(fmt::format("{} people, {} photos read anew, threshold {:.3f}, margin {:.3f}", gallery.people().size(),
                            gallery.photos_read(), rule.threshold, rule.margin));

    std::optional<AnnotatedPhotos> annotated;
    if (!annotate.empty()) annotated.emplace(annotate, out.overwrites());
    std::optional<ReviewSheets> reviewed;
    if (!review.empty()) reviewed.emplace(review, out.overwrites(), rule);
    AttendanceLog log(tool.settings.text("log"));
    out.open({tool.settings.text("log")});
    const WallClock clock = tool.clock();
    std::set<std::string> would_be_marked, present;
    MarkCounts counts;
    bool drew_all = true;

    const auto mark = [&](const RecognisedFace& face, const std::string& file, const LocalTime& time) -> std::string {
      const Candidate& best = *face.match.best;
      const AttendanceRow row =
          row_for({best.person->id, best.person->name, time, std::filesystem::path(file).filename().string(),
                   best.score, name_of(face.liveness.verdict)});
      bool is_new = false;
      if (tool.dry_run) {
        is_new = !log.contains(row) && would_be_marked.insert(key_of(row)).second;
      } else {
        is_new = log.append(row) == AttendanceLog::Outcome::kNew;
        auto repaired = log.take_warnings();
        tool.warn_all(repaired);
      }
      return is_new ? "new" : "already";
    };

    const auto fail = [&](const std::string& file, const std::string& why) {
      ++counts.failed;
      tool.error(printable(why));
      out.record(photo_record(file, "error"), printable(file) + "  error");
    };

    const auto draw = [&](const auto& picture) {
      try {
        picture();
      } catch (const Error& e) {
        drew_all = false;
        tool.error(printable(e.what()));
      }
    };

    const auto process = [&](const std::string& file) {
      ++counts.photos;
      const LocalTime now = clock();
      Frame frame;
      PhotoTime taken;
      std::vector<RecognisedFace> recognised;
      try {
        frame = read_photo(file);
        taken = photo_time(file, {ignores_exif ? std::nullopt : frame.taken, told, file_time(file)}, now);
        tool.detail(fmt::format("{}: taken {} ({})", file, taken.time.iso8601(), name_of(taken.from)));
        recognised = recognise(gallery, rule, reader.look(frame));
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kInput) throw;
        return fail(file, e.what());
      } catch (const std::exception& e) {  // of OpenCV or dlib: one photo, not the end of the run
        return fail(file, file + ": cannot be looked at: " + e.what());
      }
      const std::string date = taken.time.date() == now.date() ? "" : taken.time.date();
      if (recognised.empty()) out.record(photo_record(file, "no_face", &taken), printable(file) + "  no face");
      for (std::size_t i = 0; i < recognised.size(); ++i) {
        const RecognisedFace& face = recognised[i];
        std::string marked = "no";
        counts.add(face);
        if (face.verdict == FaceVerdict::kMatch && face.liveness.verdict != LivenessVerdict::kUnsure) {
          marked = mark(face, file, taken.time);  // the log first, then the record
          present.insert(face.match.best->person->id);
        }
        const std::string verdict = name_of(face.verdict);
        if (is_outsider(face)) {
          tool.detail(fmt::format("{}: face {} is enrolled, but not of group {}", file, i + 1, tool.group()));
        }
        const std::string shown = tool.dry_run && marked == "new" ? "would" : marked;
        out.record(photo_record(file, verdict, &taken, i + 1, &face, marked),
                   face_text(file, i + 1, face, shown, date, tool.group()));
      }
      draw([&] {
        if (annotated) annotated->write(file, frame, recognised, text_of_photo(file, recognised));
      });
      draw([&] {
        if (reviewed) reviewed->add(file, frame, recognised);
      });
    };

    cli::catch_signals();
    cli::Inputs inputs(arguments, nul);
    while (const auto input = inputs.next()) {
      std::vector<std::filesystem::path> unreadable;
      const auto files = photos_in(*input, unreadable);
      for (const auto& folder : unreadable) fail(folder.string(), folder.string() + ": cannot be read");
      if (files.empty() && unreadable.empty()) tool.warn(printable(*input) + ": no photos in this folder");
      for (const auto& file : files) {
        if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
        if (out.closed() && tool.dry_run) return cli::kDone;  // nobody reads on, and there is nothing else to do
        process(file.string());
      }
    }
    for (const Person& person : gallery.people()) {
      if (!person.expected) continue;
      ++counts.expected;
      counts.present += present.contains(person.id);
      if (lists_absent && !present.contains(person.id)) out.record(absent_record(person), absent_text(person));
    }
    if (lists_absent && counts.failed > 0) {
      tool.warn(fmt::format("who is called absent may be in what failed ({})", counts.failed));
    }
    draw([&] {
      if (reviewed) tool.note(printable(reviewed->write(stages.portrait_detector())));
    });
    tool.note(text_of(counts));
    if (counts.failed > 0 || !drew_all) return cli::kSomeFailed;
    return counts.recognised > 0 ? cli::kDone : cli::kNothingFound;
  });
}
