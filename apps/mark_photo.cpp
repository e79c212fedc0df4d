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
#include "faceatt/pipeline/inbox.hpp"
#include "faceatt/pipeline/photo.hpp"
#include "faceatt/pipeline/stages.hpp"
#include "faceatt/vision/photo.hpp"
#include "mark_annotate.hpp"
#include "mark_records.hpp"

using namespace faceatt;

namespace {

std::chrono::seconds settle_of(const std::string& text) {
  if (text == "0" || text == "0s") return std::chrono::seconds(0);  // parse_duration() wants a duration
  try {
    return parse_duration(text);
  } catch (const UsageError& e) {
    throw UsageError(std::string("--settle: ") + e.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  cli::Tool tool({"faceatt-mark-photo",
                  "[OPTIONS] PHOTO|FOLDER|- ... | --inbox DIR --done DIR",
                  "Marks everybody who is recognised in photos as present.\n\n"
                  "  faceatt-mark-photo class.jpg                     one photo, today\n"
                  "  faceatt-mark-photo --format csv photos/ > out.csv\n"
                  "  find inbox -name '*.jpg' | faceatt-mark-photo -  a list of files\n"
                  "  faceatt-mark-photo --inbox new --done old        from cron: what came in",
                  "Exit status: 0 somebody was recognised, 1 nobody, 2 usage error, 3 some photos\n"
                  "failed, 4 cannot run (people folder, model, log), 130/143 stopped by a signal.",
                  {"db", "log", "models", "format", "level", "threshold", "detector", "encoder"}});
  cli::Output out(tool);
  std::vector<std::string> arguments;
  std::string liveness = "off", annotate, inbox_folder, done_folder, settle = "10s";
  bool nul = false, lists_absent = false;
  tool.app.add_option("PHOTO", arguments, "Photos, folders of photos, - for a list on stdin");
  tool.app.add_option("--liveness", liveness, "passive: no mark for a face on paper or a screen")
      ->type_name("NAME")
      ->default_str("off");
  tool.app.add_flag("-0,--null", nul, "The list on stdin has NUL, not newline, after each name");
  tool.add_group_option("Name only people of this group of roster.csv");
  tool.app.add_option("--annotate", annotate, "Folder for the photos with boxes and names drawn in")->type_name("DIR");
  tool.app.add_flag("--absent", lists_absent, "List who is expected and in none of the photos");
  tool.app.add_option("--inbox", inbox_folder, "Take the photos that lie here, each once")->type_name("DIR");
  tool.app.add_option("--done", done_folder, "Where they go once their marks are on disk")->type_name("DIR");
  tool.app.add_option("--settle", settle, "Leave what changed less than this ago")
      ->type_name("DURATION")
      ->default_str("10s");
  tool.app.add_flag("-n,--dry-run", tool.dry_run, "Recognise, but write nothing to the log");

  return tool.main(argc, argv, [&]() -> int {
    if (arguments.empty() && inbox_folder.empty() && done_folder.empty()) {
      throw UsageError("PHOTO is required; see faceatt-mark-photo --help");
    }
    if (inbox_folder.empty() && tool.app.count("--settle") > 0) throw UsageError("--settle wants --inbox");
    std::optional<Inbox> inbox;
    InboxListing waiting;
    if (!inbox_folder.empty() || !done_folder.empty()) {
      if (inbox_folder.empty() || done_folder.empty()) throw UsageError("--inbox and --done go together");
      if (!arguments.empty()) throw UsageError("either PHOTO or --inbox, not both");
      std::vector<std::filesystem::path> kept = {tool.db(), tool.settings.text("log"), tool.settings.text("models")};
      if (!annotate.empty()) kept.emplace_back(annotate);
      inbox = Inbox::open({inbox_folder, done_folder, settle_of(settle), kept, tool.dry_run});
      if (!inbox) {
        tool.note(inbox_folder + ": another run is at work on it; nothing done");
        return cli::kDone;
      }
      waiting = inbox->list();
      if (waiting.photos.empty() && waiting.unreadable.empty()) {
        if (inbox->left() > 0) tool.note(fmt::format("{} left for next time", inbox->left()));
        return cli::kDone;
      }
    }
    Stages stages({tool.settings.text("models"), tool.settings.text("detector"), tool.settings.text("encoder")});
    const MatchRule rule = cli::rule_of(tool, stages.encoder_model());
    if (liveness != "off" && liveness != "passive") {
      throw UsageError(fmt::format("--liveness: must be off or passive for photos, not '{}'", liveness));
    }
    const bool judges_liveness = liveness == "passive";
    if (judges_liveness) stages.passive();
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
    AttendanceLog log(tool.settings.text("log"));
    out.open({tool.settings.text("log")});
    const Clock clock = tool.clock();
    std::set<std::string> would_be_marked, present;
    MarkCounts counts;
    bool drew_all = true;

    const auto mark = [&](const RecognisedFace& face, const std::string& file) -> std::string {
      const Candidate& best = *face.match.best;
      const AttendanceRow row =
          row_for({best.person->id, best.person->name, clock(), std::filesystem::path(file).filename().string(),
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

    const InboxPhoto* from_inbox = nullptr;  // the one being processed
    const auto fail = [&](const std::string& file, const std::string& why, bool is_damaged = false) {
      if (from_inbox != nullptr && !inbox->set_aside(*from_inbox, why, is_damaged)) {
        --counts.photos;
        from_inbox = nullptr;
        return tool.detail(why + "; left for next time");
      }
      from_inbox = nullptr;
      ++counts.failed;
      tool.error(printable(why));
      out.record(photo_record(file, "error"), printable(file) + "  error");
    };

    const auto process = [&](const std::string& file) {
      ++counts.photos;
      Frame frame;
      std::vector<RecognisedFace> recognised;
      try {
        frame = read_photo(file);
        recognised = recognise_photo(frame, stages.photo_detector(), stages.encoder(), gallery, rule,
                                     judges_liveness ? &stages.passive() : nullptr);
      } catch (const Error& e) {
        if (e.code() != ErrorCode::kInput) throw;
        return fail(file, e.what(), dynamic_cast<const DamagedPhoto*>(&e) != nullptr);
      } catch (const std::exception& e) {  // of OpenCV or dlib: one photo, not the end of the run
        return fail(file, file + ": cannot be looked at: " + e.what());
      }
      if (recognised.empty()) out.record(photo_record(file, "no_face"), printable(file) + "  no face");
      for (std::size_t i = 0; i < recognised.size(); ++i) {
        const RecognisedFace& face = recognised[i];
        std::string marked = "no";
        counts.add(face);
        if (face.verdict == FaceVerdict::kMatch && face.liveness.verdict != LivenessVerdict::kUnsure) {
          marked = mark(face, file);  // the log first, then the record
          present.insert(face.match.best->person->id);
        }
        const std::string verdict = name_of(face.verdict);
        if (is_outsider(face)) {
          tool.detail(fmt::format("{}: face {} is enrolled, but not of group {}", file, i + 1, tool.group()));
        }
        const std::string shown = tool.dry_run && marked == "new" ? "would" : marked;
        out.record(photo_record(file, verdict, i + 1, &face, marked),
                   face_text(file, i + 1, face, shown, tool.group()));
      }
      if (!annotated) return;
      try {
        annotated->write(file, frame, recognised, text_of_photo(file, recognised));
      } catch (const Error& e) {
        drew_all = false;
        tool.error(printable(e.what()));
      }
    };

    cli::catch_signals();
    cli::Inputs inputs(arguments, nul);
    for (const auto& folder : waiting.unreadable) {
      fail(folder.string(), folder.string() + ": cannot be read, or photos cannot be moved out of it");
    }
    for (const InboxPhoto& photo : waiting.photos) {
      if (cli::stop_signal() != 0) return 128 + cli::stop_signal();
      from_inbox = &photo;
      try {
        process(photo.path.string());
        if (from_inbox != nullptr) inbox->move_to_done(photo);
      } catch (const Error& e) {  // it cannot be moved
        if (e.code() != ErrorCode::kInput) throw;
        ++counts.failed;
        tool.error(e.what());
      }
    }
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
    tool.note(text_of(counts) + (inbox && inbox->left() > 0 ? fmt::format("; {} left", inbox->left()) : ""));
    if (counts.failed > 0 || !drew_all) return cli::kSomeFailed;
    if (inbox && counts.photos == 0) return cli::kDone;  // all of them left for next time
    return counts.recognised > 0 ? cli::kDone : cli::kNothingFound;
  });
}
